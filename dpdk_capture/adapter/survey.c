/* SPDX-License-Identifier: BSD-2-Clause */
#include "survey.h"

#include <errno.h>
#include <inttypes.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "phc.h"
#include "prof/clock.h"
#include "stamping.h"

#define READ_COUNT   5
#define DRIFT_SPAN_S 2
#define REST_US	     20000
#define ROW	     "%-4s  %-20s %s: "

struct survey {
	const char *interface;
	struct stamping_abilities abilities;
	int ability_err;
	enum stamping_state state;
	bool is_settable; /* SIOCGHWTSTAMP is answered */
	int clock_err;	  /* 0: the clock can be read */
	struct phc phc;
	struct device_clock clock;
};

static bool is_read(const struct survey *survey)
{
	return survey->ability_err == 0 && survey->clock_err == 0;
}

static void take(struct survey *survey)
{
	struct device_read reads[READ_COUNT];
	size_t count = phc_read(&survey->phc, reads, READ_COUNT);

	if (count == 0) { /* it may not like to be read so often: see adapter.c */
		(void)usleep(REST_US);
		count = phc_read(&survey->phc, reads, 1);
	}
	if (count > 0)
		(void)device_clock_take(&survey->clock, reads, count);
}

static void ask(struct survey *survey, const char *interface)
{
	*survey = (struct survey){ .interface = interface, .phc.fd = -1 };
	survey->ability_err = stamping_abilities(interface, &survey->abilities);
	survey->is_settable = stamping_state(interface, &survey->state) == 0;
	if (survey->ability_err)
		return;
	device_clock_init(&survey->clock, PHC_RESOLUTION_NS);
	survey->clock_err = phc_open(interface, &survey->phc);
	if (is_read(survey))
		take(survey);
}

static const char *filters_text(const struct stamping_abilities *abilities)
{
	if (abilities->rx_filters & 1u << HWTSTAMP_FILTER_ALL)
		return "all packets can be stamped";
	return abilities->rx_filters & ~(1u << HWTSTAMP_FILTER_NONE)
		       ? "only PTP's packets can be stamped"
		       : "no received packet can be";
}

static const char *state_text(const struct survey *survey)
{
	static const char *const texts[] = {
		[STAMPING_ALL] = "set to all",
		[STAMPING_SOME] = "set to some",
		[STAMPING_NONE] = "set to none",
	};

	return survey->is_settable ? texts[survey->state] : "what is set cannot be asked";
}

static void print_clock(const struct survey *survey)
{
	const struct device_mark *mark = device_clock_newest(&survey->clock);
	int64_t rate_ppb;
	int64_t uncertainty_ppb;

	if (!is_read(survey) || !mark) {
		(void)printf(", its clock /dev/ptp%d cannot be read: %s",
			     survey->abilities.phc_index,
			     strerror(survey->clock_err ? -survey->clock_err : EIO));
		return;
	}
	(void)printf(", clock /dev/ptp%d read %s, window %" PRId64 " ns", survey->phc.index,
		     phc_way_text(survey->phc.way), mark->offset_ns_max - mark->offset_ns_min);
	if (device_clock_rate(&survey->clock, &rate_ppb, &uncertainty_ppb))
		(void)printf(", drift %+.2f ppm (+-%.2f)", (double)rate_ppb / 1000,
			     (double)uncertainty_ppb / 1000);
}

static void print(const struct survey *survey)
{
	bool is_usable = is_read(survey) &&
			 survey->abilities.rx_filters & 1u << HWTSTAMP_FILTER_ALL;

	if (survey->ability_err || survey->abilities.phc_index < 0) {
		(void)printf(ROW "no: it has no clock of its own: the kernel's stamps are used\n",
			     "ok", "adapter's stamps", survey->interface);
		return;
	}
	(void)printf(ROW "%s, %s", is_usable ? "ok" : "warn", "adapter's stamps", survey->interface,
		     filters_text(&survey->abilities), state_text(survey));
	print_clock(survey);
	if (!survey->abilities.is_raw_reported)
		(void)printf(
			", its driver does not report RAW_HARDWARE: libpcap takes software stamps");
	(void)printf("%s\n", is_usable && survey->state != STAMPING_ALL
				     ? ": dpdk_capture --stamps adapter"
				     : "");
}

#define INTERFACE_COUNT_MAX 64

void survey_adapters(void)
{
	static struct survey surveys[INTERFACE_COUNT_MAX];
	struct if_nameindex *interfaces = if_nameindex();
	size_t count = 0;
	bool has_clock = false;

	for (const struct if_nameindex *entry = interfaces;
	     entry && entry->if_index != 0 && count < INTERFACE_COUNT_MAX; entry++) {
		ask(&surveys[count], entry->if_name);
		has_clock |= is_read(&surveys[count++]);
	}
	if (has_clock)
		(void)sleep(DRIFT_SPAN_S);
	for (size_t i = 0; i < count; i++) {
		if (is_read(&surveys[i]))
			take(&surveys[i]);
		print(&surveys[i]);
		phc_close(&surveys[i].phc);
	}
	if (interfaces)
		if_freenameindex(interfaces);
}
