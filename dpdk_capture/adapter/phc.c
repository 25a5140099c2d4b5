/* SPDX-License-Identifier: BSD-2-Clause */
#include "phc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <linux/ptp_clock.h>

#include "prof/clock.h"
#include "stamping.h"

static uint64_t ns_of(const struct ptp_clock_time *time)
{
	return (uint64_t)time->sec * PROF_NS_PER_S + time->nsec;
}

/*
 * Since Linux 6.12 the first of the reserved words is the clock's number; before,
 * it must be 0, which is CLOCK_REALTIME's.
 */
static int read_between(const struct phc *phc, clockid_t clock, size_t count,
			struct ptp_sys_offset_extended *ret_offset)
{
	memset(ret_offset, 0, sizeof(*ret_offset));
	ret_offset->n_samples = (unsigned int)count;
	ret_offset->rsv[0] = (unsigned int)clock;
	return ioctl(phc->fd, PTP_SYS_OFFSET_EXTENDED, ret_offset) < 0 ? -errno : 0;
}

static size_t fill_reads(const struct ptp_sys_offset_extended *offset,
			 struct device_read *ret_reads)
{
	for (size_t i = 0; i < offset->n_samples; i++)
		ret_reads[i] = (struct device_read){ .before_ns = ns_of(&offset->ts[i][0]),
						     .device_ns = ns_of(&offset->ts[i][1]),
						     .after_ns = ns_of(&offset->ts[i][2]) };
	return offset->n_samples;
}

static uint64_t now_of(clockid_t clock)
{
	struct timespec now;

	(void)clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * PROF_NS_PER_S + (uint64_t)now.tv_nsec;
}

/* CLOCK_MONOTONIC less CLOCK_REALTIME lies between *ret_min_ns and *ret_max_ns. */
static void relate_wall(int64_t *ret_min_ns, int64_t *ret_max_ns)
{
	uint64_t before_ns = now_of(CLOCK_MONOTONIC);
	uint64_t wall_ns = now_of(CLOCK_REALTIME);

	*ret_min_ns = prof_delta_ns(wall_ns, before_ns);
	*ret_max_ns = prof_delta_ns(wall_ns, now_of(CLOCK_MONOTONIC));
}

static size_t read_by_wall(const struct phc *phc, struct device_read *ret_reads, size_t read_count)
{
	struct ptp_sys_offset_extended offset;
	int64_t min_ns;
	int64_t max_ns;
	int64_t later_min_ns;
	int64_t later_max_ns;
	size_t count;

	relate_wall(&min_ns, &max_ns);
	if (read_between(phc, CLOCK_REALTIME, read_count, &offset) < 0)
		return 0;
	relate_wall(&later_min_ns, &later_max_ns);
	min_ns = later_min_ns > min_ns ? later_min_ns : min_ns;
	max_ns = later_max_ns < max_ns ? later_max_ns : max_ns;
	if (min_ns > max_ns) /* the wall clock was set */
		return 0;
	count = fill_reads(&offset, ret_reads);
	for (size_t i = 0; i < count; i++) {
		ret_reads[i].before_ns += (uint64_t)min_ns;
		ret_reads[i].after_ns += (uint64_t)max_ns;
	}
	return count;
}

/*
 * The kernel gives CLOCK_REALTIME and CLOCK_MONOTONIC_RAW of the same instant; the latter ticks
 * unslewed and is no help.
 */
static size_t read_precise(const struct phc *phc, struct device_read *ret_reads)
{
	struct ptp_sys_offset_precise precise = { 0 };
	int64_t min_ns;
	int64_t max_ns;
	int64_t later_min_ns;
	int64_t later_max_ns;

	relate_wall(&min_ns, &max_ns);
	if (ioctl(phc->fd, PTP_SYS_OFFSET_PRECISE, &precise) < 0)
		return 0;
	relate_wall(&later_min_ns, &later_max_ns);
	min_ns = later_min_ns > min_ns ? later_min_ns : min_ns;
	max_ns = later_max_ns < max_ns ? later_max_ns : max_ns;
	if (min_ns > max_ns)
		return 0;
	*ret_reads = (struct device_read){
		.before_ns = ns_of(&precise.sys_realtime) + (uint64_t)min_ns,
		.device_ns = ns_of(&precise.device),
		.after_ns = ns_of(&precise.sys_realtime) + (uint64_t)max_ns,
	};
	return 1;
}

size_t phc_read(struct phc *phc, struct device_read *ret_reads, size_t read_count)
{
	struct ptp_sys_offset_extended offset;

	if (read_count > PTP_MAX_SAMPLES)
		read_count = PTP_MAX_SAMPLES;
	if (phc->way == PHC_PRECISE)
		return read_precise(phc, ret_reads);
	if (phc->way == PHC_REALTIME)
		return read_by_wall(phc, ret_reads, read_count);
	if (read_between(phc, CLOCK_MONOTONIC, read_count, &offset) < 0)
		return 0;
	return fill_reads(&offset, ret_reads);
}

/* The best way that gives a read. */
static int choose_way(struct phc *phc)
{
	struct device_read read;

	for (int way = PHC_PRECISE; way < PHC_WAY_COUNT; way++) {
		phc->way = (enum phc_way)way;
		if (phc_read(phc, &read, 1) == 1)
			return 0;
	}
	return -EOPNOTSUPP;
}

int phc_open(const char *interface, struct phc *ret_phc)
{
	struct stamping_abilities abilities;
	char path[32];
	int err = stamping_abilities(interface, &abilities);

	if (err)
		return err;
	if (abilities.phc_index < 0)
		return -ENODEV;
	(void)snprintf(path, sizeof(path), "/dev/ptp%d", abilities.phc_index);
	*ret_phc = (struct phc){ .index = abilities.phc_index };
	ret_phc->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (ret_phc->fd < 0)
		return -errno;
	err = choose_way(ret_phc);
	if (err)
		phc_close(ret_phc);
	return err;
}

const char *phc_way_text(enum phc_way way)
{
	static const char *const texts[PHC_WAY_COUNT] = {
		[PHC_PRECISE] = "both clocks at once",
		[PHC_MONOTONIC] = "between two reads of CLOCK_MONOTONIC",
		[PHC_REALTIME] = "between two reads of CLOCK_REALTIME",
	};

	return texts[way];
}

void phc_close(struct phc *phc)
{
	if (phc->fd >= 0)
		(void)close(phc->fd);
	phc->fd = -1;
}
