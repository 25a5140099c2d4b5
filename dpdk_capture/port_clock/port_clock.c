/* SPDX-License-Identifier: BSD-2-Clause */
#include "port_clock.h"

#include <errno.h>
#include <math.h>
#include <time.h>

#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_mbuf_dyn.h>

#include "prof/clock.h"

/* Two may lie (device_clock.h). */
#define MARK_READ_COUNT 5

#define MARK_INTERVAL_NS ((int64_t)100 * PROF_NS_PER_MS)

/* The rate is measured over so long, by reads that are hardly ever wider than 10 us: to 100 ppm. */
#define RATE_SPAN_NS ((int64_t)100 * PROF_NS_PER_MS)

/*
 * Measured against CLOCK_MONOTONIC as it was slewed then: it may be slewed the other way later
 * (adjtimex(2): 500 ppm either way), which the limit for clocks of a known rate has once.
 */
#define MEASURED_RATE_PPB_MAX (DEVICE_CLOCK_RATE_PPB_MAX + 500000)

/* Beyond it a rate so measured is no rate. */
#define RATE_ERROR_PPB_MAX 1000000

/* True: it counts ns by itself, as far as such clocks do. */
static bool is_ns(double ns_per_tick, double error)
{
	return fabs(ns_per_tick - 1) <= DEVICE_CLOCK_RATE_PPB_MAX / 1e9 + error;
}

bool port_clock_is_offered(uint16_t port_id)
{
	struct rte_eth_dev_info info;

	return rte_eth_dev_info_get(port_id, &info) == 0 &&
	       (info.rx_offload_capa & RTE_ETH_RX_OFFLOAD_TIMESTAMP);
}

/* In its own unit. */
static int read_raw(const struct port_clock *clock, uint64_t *ret_raw)
{
	struct timespec time;
	int err;

	if (!clock->is_timesync)
		return rte_eth_read_clock(clock->port_id, ret_raw);
	err = rte_eth_timesync_read_time(clock->port_id, &time);
	if (err == 0)
		*ret_raw = (uint64_t)time.tv_sec * PROF_NS_PER_S + (uint64_t)time.tv_nsec;
	return err;
}

/* Up to 2^53 ticks after its opening a double has them to the tick: 104 days of 1 GHz. */
static uint64_t ns_of(const struct port_clock *clock, uint64_t raw)
{
	int64_t ticks;

	if (clock->is_timesync || clock->ns_per_tick == 1)
		return raw;
	ticks = prof_delta_ns(clock->base_ticks, raw);
	return clock->base_ticks + (uint64_t)(int64_t)((double)ticks * clock->ns_per_tick);
}

static bool read_once(const struct port_clock *clock, struct device_read *ret_read)
{
	ret_read->before_ns = prof_now_ns();
	if (read_raw(clock, &ret_read->device_ns) != 0)
		return false;
	ret_read->after_ns = prof_now_ns();
	return true;
}

/* The tightest of a few, raw. */
static bool read_best(const struct port_clock *clock, struct device_read *ret_best)
{
	bool has_any = false;

	for (int i = 0; i < MARK_READ_COUNT; i++) {
		struct device_read read;

		if (!read_once(clock, &read))
			continue;
		if (!has_any || prof_delta_ns(read.before_ns, read.after_ns) <
					prof_delta_ns(ret_best->before_ns, ret_best->after_ns))
			*ret_best = read;
		has_any = true;
	}
	return has_any;
}

static uint64_t middle_ns(const struct device_read *read)
{
	return read->before_ns + (read->after_ns - read->before_ns) / 2;
}

/* How long a tick is.  Sets what is known of the clock's rate and resolution. */
static int measure_rate(struct port_clock *clock)
{
	const struct timespec span = { .tv_nsec = RATE_SPAN_NS };
	struct device_read begin;
	struct device_read end;
	double span_ns;
	double error;

	if (!read_best(clock, &begin))
		return -EIO;
	(void)nanosleep(&span, NULL);
	if (!read_best(clock, &end) || end.device_ns <= begin.device_ns)
		return -EIO;
	span_ns = (double)(middle_ns(&end) - middle_ns(&begin));
	error = (double)((begin.after_ns - begin.before_ns) + (end.after_ns - end.before_ns)) / 2 /
		span_ns;
	if (error > RATE_ERROR_PPB_MAX / 1e9)
		return -ERANGE;
	clock->base_ticks = begin.device_ns;
	clock->ns_per_tick = span_ns / (double)(end.device_ns - begin.device_ns);
	if (is_ns(clock->ns_per_tick, error)) {
		clock->ns_per_tick = 1;
		return 0;
	}
	clock->clock.resolution_ns = (uint32_t)clock->ns_per_tick + 2;
	clock->clock.rate_ppb_max = MEASURED_RATE_PPB_MAX + (int64_t)(2 * error * 1e9);
	return 0;
}

/* The clock that fills the field: its ticks, or else that of IEEE 1588. */
static int choose_clock(struct port_clock *clock)
{
	uint64_t raw;

	device_clock_init(&clock->clock, 1);
	if (read_raw(clock, &raw) == 0)
		return measure_rate(clock);
	clock->is_timesync = true;
	(void)rte_eth_timesync_enable(clock->port_id); /* what cannot be read is found out next */
	return read_raw(clock, &raw) == 0 ? 0 : -EOPNOTSUPP;
}

int port_clock_open(uint16_t port_id, struct port_clock *ret_clock, struct fault *ret_why)
{
	int err;

	*ret_clock = (struct port_clock){ .port_id = port_id };
	if (rte_mbuf_dyn_rx_timestamp_register(&ret_clock->field_offset, &ret_clock->field_flag) <
	    0)
		return fault_set(ret_why, -ENOSPC, "the port's stamps",
				 "DPDK has no room for them in its buffers", "");
	err = choose_clock(ret_clock);
	if (err == -ERANGE)
		return fault_set(ret_why, err, "the port's clock",
				 "its rate cannot be measured: reads take too long",
				 "the poll's stamps are used");
	if (err)
		return fault_set(ret_why, err, "the port's clock", "the driver does not tell it",
				 "the poll's stamps are used");
	port_clock_mark(ret_clock);
	ret_clock->is_used = true;
	return 0;
}

void port_clock_mark(struct port_clock *clock)
{
	struct device_read reads[MARK_READ_COUNT];
	size_t count = 0;

	for (int i = 0; i < MARK_READ_COUNT; i++) {
		if (!read_once(clock, &reads[count]))
			continue;
		reads[count].device_ns = ns_of(clock, reads[count].device_ns);
		count++;
	}
	if (count > 0)
		(void)device_clock_take(&clock->clock, reads, count);
	clock->marked_ns = prof_now_ns();
}

bool port_clock_is_due(const struct port_clock *clock, uint64_t now_ns)
{
	return clock->is_used && prof_delta_ns(clock->marked_ns, now_ns) >= MARK_INTERVAL_NS;
}

bool port_clock_stamp(struct port_clock *clock, const struct rte_mbuf *buffer,
		      struct port_stamp *ret_stamp)
{
	enum device_verdict verdict;

	if (!(buffer->ol_flags & clock->field_flag)) {
		clock->bare_count++;
		return false;
	}
	verdict = device_clock_convert(
		&clock->clock,
		ns_of(clock, *RTE_MBUF_DYNFIELD(buffer, (uintptr_t)clock->field_offset,
						const rte_mbuf_timestamp_t *)),
		&ret_stamp->time_ns, &ret_stamp->uncertainty_ns);
	clock->stamped_count += verdict == DEVICE_SURE;
	clock->stepped_count += verdict == DEVICE_STEPPED;
	clock->unread_count += verdict == DEVICE_EARLY || verdict == DEVICE_LATE;
	return verdict == DEVICE_SURE;
}
