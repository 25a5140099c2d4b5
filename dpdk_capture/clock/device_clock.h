/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the stamps of an adapter's own clock (PHC) to CLOCK_MONOTONIC, with the
 * uncertainty of each.
 *
 * Such a clock is read between two reads of the monotonic clock: their
 * difference, monotonic less device, then lies somewhere in an interval as wide
 * as the reads are apart.  A few reads make a mark: what more than half of them
 * hold to be possible (Marzullo's algorithm; RFC 5905, section 11.2.1, chooses NTP's servers
 * so), and so the truth as long as fewer lie.  Reads that contradict each other are refused.
 *
 * What holds between two marks is not extrapolated from a rate that was
 * measured before, because whoever steers a clock (ptp4l, chronyd) may change
 * its rate at any time; it follows from one limit, DEVICE_CLOCK_RATE_PPB_MAX, and two marks
 * that contradict that limit have a step between them.  So a stamp is sure only
 * once there is a mark after it: take one after the stamps, before converting them.
 * The marks are then microseconds away and what the limit adds is small.
 *
 * Pure: the caller reads the clocks.
 */
#ifndef CAPTURE_DEVICE_CLOCK_H
#define CAPTURE_DEVICE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * By how much the two clocks' rates may differ: 100 ppm of either oscillator
 * (IEEE 802.3 allows an adapter's so much), and the 500 ppm by which Linux lets
 * adjtimex(2) slew CLOCK_MONOTONIC (MAXFREQ).
 */
#define DEVICE_CLOCK_RATE_PPB_MAX 600000

/* Reads that one mark is made of, at most. */
#define DEVICE_READ_COUNT_MAX 16

/* Marks remembered; a stamp from before them is not sure. */
#define DEVICE_MARK_COUNT 64

/* One read of the device's clock between two of CLOCK_MONOTONIC. */
struct device_read {
	uint64_t before_ns;
	uint64_t device_ns;
	uint64_t after_ns;
};

/* What is known at one time of the device's clock. */
struct device_mark {
	uint64_t device_ns;
	int64_t offset_ns_min; /* monotonic less device: not below */
	int64_t offset_ns_max; /* nor above */
	bool is_stepped;       /* one of the clocks was set since the mark before */
};

struct device_clock {
	struct device_mark marks[DEVICE_MARK_COUNT];
	size_t mark_count; /* of marks[], the newest at newest_index */
	size_t newest_index;
	uint32_t resolution_ns; /* of the device's clock and of its stamps */
	/* DEVICE_CLOCK_RATE_PPB_MAX, or more for a clock whose rate had to be measured. */
	int64_t rate_ppb_max;
	uint64_t refused_count; /* marks whose reads contradicted each other */
	uint64_t step_count;
	uint64_t step_ns; /* monotonic time at which the last one was found */
};

/* What a stamp's conversion is worth. */
enum device_verdict {
	DEVICE_SURE,	/* the time lies within the uncertainty */
	DEVICE_EARLY,	/* from before the first mark that is remembered */
	DEVICE_LATE,	/* from after the newest mark: take another one and ask again */
	DEVICE_STEPPED, /* a clock was set between the marks around it, or less than 1 s before */
};

/* Begins without a mark.  Stamps are taken to be late by less than resolution_ns. */
void device_clock_init(struct device_clock *clock, uint32_t resolution_ns);

/*
 * Makes a mark of the reads, taken one after the other within a few milliseconds.
 * Returns false, and counts, if no interval is agreed on by more than half of
 * them; what was known before still holds.
 */
bool device_clock_take(struct device_clock *clock, const struct device_read *reads,
		       size_t read_count);

/*
 * Converts a stamp.  With DEVICE_SURE the monotonic time and how far it may be off on either side;
 * otherwise neither is written.
 */
enum device_verdict device_clock_convert(const struct device_clock *clock, uint64_t device_ns,
					 uint64_t *ret_time_ns, uint64_t *ret_uncertainty_ns);

/*
 * The device's rate less the monotonic clock's, in parts per 10^9, as the oldest
 * and the newest mark since the last step have it, and how far that may be off.
 * Returns false without two marks that are apart.
 */
bool device_clock_rate(const struct device_clock *clock, int64_t *ret_rate_ppb,
		       int64_t *ret_uncertainty_ppb);

/* The newest mark; NULL if there is none. */
const struct device_mark *device_clock_newest(const struct device_clock *clock);

#endif
