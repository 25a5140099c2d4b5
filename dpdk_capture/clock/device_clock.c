/* SPDX-License-Identifier: BSD-2-Clause */
#include "device_clock.h"

#include <assert.h>

#include "prof/clock.h"

#define PPB ((int64_t)1000000000)

/*
 * A clock that was set back shows the same times again, and a stamp may have waited for so
 * long before it is converted.
 */
#define STEP_SHADOW_NS ((int64_t)PROF_NS_PER_S)

/* An offset within [min, max]; empty if they have changed places. */
struct interval {
	int64_t min_ns;
	int64_t max_ns;
};

/* By how much the offset can have moved in so long, rounded up. */
static int64_t drift_ns_max(const struct device_clock *clock, int64_t span_ns)
{
	int64_t whole_s = span_ns / PPB;
	int64_t rest_ns = span_ns % PPB;

	return whole_s * clock->rate_ppb_max + (rest_ns * clock->rate_ppb_max + PPB - 1) / PPB;
}

static int64_t distance_ns(uint64_t a_ns, uint64_t b_ns)
{
	int64_t delta_ns = prof_delta_ns(a_ns, b_ns);

	return delta_ns < 0 ? -delta_ns : delta_ns;
}

static struct interval meet(struct interval a, struct interval b)
{
	return (struct interval){
		.min_ns = a.min_ns > b.min_ns ? a.min_ns : b.min_ns,
		.max_ns = a.max_ns < b.max_ns ? a.max_ns : b.max_ns,
	};
}

static bool is_empty(struct interval interval)
{
	return interval.min_ns > interval.max_ns;
}

static struct interval widen(struct interval interval, int64_t by_ns)
{
	return (struct interval){ interval.min_ns - by_ns, interval.max_ns + by_ns };
}

static struct interval interval_of(const struct device_mark *mark)
{
	return (struct interval){ mark->offset_ns_min, mark->offset_ns_max };
}

void device_clock_init(struct device_clock *clock, uint32_t resolution_ns)
{
	*clock = (struct device_clock){ .resolution_ns = resolution_ns,
					.rate_ppb_max = DEVICE_CLOCK_RATE_PPB_MAX };
}

/*
 * What one read says of the offset at at_ns, monotonic, which is not earlier.  The
 * device's clock shows a time that has passed by less than its resolution.
 */
static struct interval interval_read(const struct device_clock *clock,
				     const struct device_read *read, uint64_t at_ns)
{
	struct interval interval = {
		.min_ns = prof_delta_ns(read->device_ns, read->before_ns) - clock->resolution_ns,
		.max_ns = prof_delta_ns(read->device_ns, read->after_ns),
	};

	return widen(interval, drift_ns_max(clock, prof_delta_ns(read->before_ns, at_ns)));
}

/* How many of them hold the offset to be possible. */
static size_t votes_for(const struct interval *intervals, size_t count, int64_t offset_ns)
{
	size_t votes = 0;

	for (size_t i = 0; i < count; i++)
		votes += intervals[i].min_ns <= offset_ns && offset_ns <= intervals[i].max_ns;
	return votes;
}

/* From the smallest to the largest offset that more than half hold to be possible. */
static bool agree(const struct interval *intervals, size_t count, struct interval *ret_interval)
{
	struct interval agreed = { INT64_MAX, INT64_MIN };

	for (size_t i = 0; i < count; i++) {
		if (2 * votes_for(intervals, count, intervals[i].min_ns) > count &&
		    intervals[i].min_ns < agreed.min_ns)
			agreed.min_ns = intervals[i].min_ns;
		if (2 * votes_for(intervals, count, intervals[i].max_ns) > count &&
		    intervals[i].max_ns > agreed.max_ns)
			agreed.max_ns = intervals[i].max_ns;
	}
	*ret_interval = agreed;
	return !is_empty(agreed);
}

const struct device_mark *device_clock_newest(const struct device_clock *clock)
{
	return clock->mark_count > 0 ? &clock->marks[clock->newest_index] : NULL;
}

/* The mark that is so many older than the newest. */
static const struct device_mark *mark_back(const struct device_clock *clock, size_t back_count)
{
	return &clock->marks[(clock->newest_index + DEVICE_MARK_COUNT - back_count) %
			     DEVICE_MARK_COUNT];
}

/* True if no rate within the limit leads from the older mark to the other. */
static bool is_contradicted(const struct device_clock *clock, const struct device_mark *older,
			    const struct device_mark *newer)
{
	int64_t span_ns = prof_delta_ns(older->device_ns, newer->device_ns);

	return span_ns < 0 || is_empty(meet(widen(interval_of(older), drift_ns_max(clock, span_ns)),
					    interval_of(newer)));
}

static void keep(struct device_clock *clock, struct device_mark mark)
{
	const struct device_mark *newest = device_clock_newest(clock);

	mark.is_stepped = newest && is_contradicted(clock, newest, &mark);
	if (mark.is_stepped) {
		clock->step_count++;
		clock->step_ns = mark.device_ns + (uint64_t)mark.offset_ns_max;
	}
	if (newest)
		clock->newest_index = (clock->newest_index + 1) % DEVICE_MARK_COUNT;
	clock->marks[clock->newest_index] = mark;
	clock->mark_count += clock->mark_count < DEVICE_MARK_COUNT;
}

/* What is agreed on holds at at_ns; the device then showed a time that is only as well known. */
static struct device_mark mark_of(const struct device_clock *clock, struct interval agreed,
				  uint64_t at_ns)
{
	agreed = widen(agreed, drift_ns_max(clock, agreed.max_ns - agreed.min_ns));
	return (struct device_mark){ .device_ns = at_ns - (uint64_t)agreed.min_ns,
				     .offset_ns_min = agreed.min_ns,
				     .offset_ns_max = agreed.max_ns };
}

bool device_clock_take(struct device_clock *clock, const struct device_read *reads,
		       size_t read_count)
{
	struct interval intervals[DEVICE_READ_COUNT_MAX];
	struct interval agreed;
	uint64_t at_ns;

	assert(read_count <= DEVICE_READ_COUNT_MAX);
	if (read_count == 0)
		return false;
	at_ns = reads[read_count - 1].after_ns;
	for (size_t i = 0; i < read_count; i++)
		intervals[i] = interval_read(clock, &reads[i], at_ns);
	if (!agree(intervals, read_count, &agreed)) {
		clock->refused_count++;
		return false;
	}
	keep(clock, mark_of(clock, agreed, at_ns));
	return true;
}

static enum device_verdict convert_between(const struct device_clock *clock,
					   const struct device_mark *older,
					   const struct device_mark *newer, uint64_t device_ns,
					   uint64_t *ret_time_ns, uint64_t *ret_uncertainty_ns)
{
	struct interval offset = meet(
		widen(interval_of(older),
		      drift_ns_max(clock, distance_ns(older->device_ns, device_ns))),
		widen(interval_of(newer),
		      drift_ns_max(clock, distance_ns(newer->device_ns, device_ns))));
	int64_t width_ns;

	uint64_t time_ns;

	if (newer->is_stepped || is_empty(offset))
		return DEVICE_STEPPED;
	/* The stamp, too, shows a time that has passed. */
	offset.max_ns += clock->resolution_ns;
	width_ns = offset.max_ns - offset.min_ns;
	time_ns = device_ns + (uint64_t)(offset.min_ns + width_ns / 2);
	if (clock->step_count > 0 && prof_delta_ns(clock->step_ns, time_ns) < STEP_SHADOW_NS)
		return DEVICE_STEPPED;
	*ret_time_ns = time_ns;
	*ret_uncertainty_ns = (uint64_t)(width_ns + 1) / 2;
	return DEVICE_SURE;
}

enum device_verdict device_clock_convert(const struct device_clock *clock, uint64_t device_ns,
					 uint64_t *ret_time_ns, uint64_t *ret_uncertainty_ns)
{
	const struct device_mark *newer = device_clock_newest(clock);

	if (!newer)
		return DEVICE_EARLY;
	/* Set back, it may be a stamp of before: there is no telling, and no asking again. */
	if (prof_delta_ns(newer->device_ns, device_ns) > 0)
		return newer->is_stepped ? DEVICE_STEPPED : DEVICE_LATE;
	for (size_t back_count = 1; back_count < clock->mark_count; back_count++) {
		const struct device_mark *older = mark_back(clock, back_count);

		if (prof_delta_ns(older->device_ns, device_ns) >= 0)
			return convert_between(clock, older, newer, device_ns, ret_time_ns,
					       ret_uncertainty_ns);
		/* Set back: its times from before and after cannot be told apart. */
		if (newer->is_stepped)
			return DEVICE_STEPPED;
		newer = older;
	}
	return DEVICE_EARLY;
}

bool device_clock_rate(const struct device_clock *clock, int64_t *ret_rate_ppb,
		       int64_t *ret_uncertainty_ppb)
{
	const struct device_mark *newest = device_clock_newest(clock);
	const struct device_mark *oldest = newest;
	int64_t span_ns;
	int64_t min_ns;
	int64_t max_ns;

	for (size_t back_count = 1; back_count < clock->mark_count && !oldest->is_stepped;
	     back_count++)
		oldest = mark_back(clock, back_count);
	if (!newest || newest == oldest)
		return false;
	span_ns = prof_delta_ns(oldest->device_ns, newest->device_ns);
	if (span_ns <= 0)
		return false;
	/* The offset falls as the device's clock gains. */
	min_ns = oldest->offset_ns_min - newest->offset_ns_max;
	max_ns = oldest->offset_ns_max - newest->offset_ns_min;
	*ret_rate_ppb = (int64_t)((double)(min_ns + max_ns) / 2 / (double)span_ns * 1e9);
	*ret_uncertainty_ppb = (int64_t)((double)(max_ns - min_ns) / 2 / (double)span_ns * 1e9) + 1;
	return true;
}
