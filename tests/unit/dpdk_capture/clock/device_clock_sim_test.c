/* SPDX-License-Identifier: BSD-2-Clause */
/* The conversion of an adapter's stamps against a simulated clock that drifts, is set and lies. */
#include <stdlib.h>

#include "dpdk_capture/clock/device_clock.h"
#include "prof/clock.h"
#include "tests/unit/unit.h"

#define BOOT_NS	    ((uint64_t)7 * PROF_NS_PER_S)
#define DEVICE_NS   UINT64_C(1790000000123456789)
#define READ_COUNT  5
#define STAMP_COUNT 1000000
#define BURST_MAX   32

struct adapter {
	uint64_t random;
	uint64_t now_ns;  /* CLOCK_MONOTONIC, the truth */
	double device_ns; /* since the last step */
	uint64_t base_ns; /* what the device showed then */
	double rate_ppb;  /* against CLOCK_MONOTONIC */
	uint32_t resolution_ns;
};

/* splitmix64 (Steele et al. 2014) */
static uint64_t draw(struct adapter *adapter, uint64_t below)
{
	uint64_t z = adapter->random += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (z ^ (z >> 31)) % below;
}

static int64_t draw_around(struct adapter *adapter, int64_t most)
{
	return (int64_t)draw(adapter, (uint64_t)(2 * most + 1)) - most;
}

/* Time goes by: the oscillator wanders, and now and then a servo jumps. */
static void pass(struct adapter *adapter, uint64_t span_ns)
{
	adapter->now_ns += span_ns;
	adapter->device_ns += (double)span_ns * (1 + adapter->rate_ppb / 1e9);
	adapter->rate_ppb += (double)draw_around(adapter, 100) * (double)span_ns / 1e6;
	if (draw(adapter, 20000) == 0)
		adapter->rate_ppb = (double)draw_around(adapter, 590000);
	if (adapter->rate_ppb > 590000 || adapter->rate_ppb < -590000)
		adapter->rate_ppb = 0;
}

static uint64_t device_shows(const struct adapter *adapter)
{
	uint64_t shown_ns = adapter->base_ns + (uint64_t)adapter->device_ns;

	return shown_ns - shown_ns % adapter->resolution_ns;
}

static void set_device(struct adapter *adapter)
{
	int64_t step_ns = draw_around(adapter, PROF_NS_PER_S);

	/* Larger than what the slowest read leaves open: no one could see a smaller one. */
	step_ns += step_ns < 0 ? -4000000 : 4000000;
	adapter->base_ns += (uint64_t)adapter->device_ns + (uint64_t)step_ns;
	adapter->device_ns = 0;
}

static struct device_read simulate_read(struct adapter *adapter)
{
	bool is_slow = draw(adapter, 100) == 0;
	struct device_read read = { .before_ns = adapter->now_ns };

	pass(adapter, draw(adapter, is_slow ? 1000000 : 1000));
	read.device_ns = device_shows(adapter);
	pass(adapter, draw(adapter, is_slow ? 1000000 : 1000));
	read.after_ns = adapter->now_ns;
	return read;
}

/* The reads of one mark, of which up to two lie; those that do not are kept for the judge. */
static size_t simulate_mark(struct adapter *adapter, struct device_clock *clock,
			    struct device_read *ret_honest)
{
	struct device_read reads[READ_COUNT];
	size_t liar_count = draw(adapter, 20) == 0 ? 1 + draw(adapter, 2) : 0;
	size_t honest_count = 0;

	for (size_t i = 0; i < READ_COUNT; i++) {
		reads[i] = simulate_read(adapter);
		if (i == 1 || i == 3 ? liar_count > i / 2 : false)
			reads[i].device_ns += (uint64_t)draw_around(
				adapter, draw(adapter, 2) ? 3000 : 10000000);
		else
			ret_honest[honest_count++] = reads[i];
	}
	assert_true(device_clock_take(clock, reads, READ_COUNT));
	return honest_count;
}

/* How wide is what every honest read of the marks around a stamp leaves possible? */
static int64_t best_width_ns(const struct device_read *reads, size_t count, uint64_t stamp_ns,
			     uint32_t resolution_ns)
{
	int64_t min_ns = INT64_MIN;
	int64_t max_ns = INT64_MAX;

	for (size_t i = 0; i < count; i++) {
		int64_t span_ns = prof_delta_ns(reads[i].device_ns, stamp_ns);
		int64_t drift_ns = llabs(span_ns) * (DEVICE_CLOCK_RATE_PPB_MAX / 1000) / 1000000;
		int64_t low_ns = prof_delta_ns(reads[i].device_ns, reads[i].before_ns) - drift_ns -
				 resolution_ns;
		int64_t high_ns = prof_delta_ns(reads[i].device_ns, reads[i].after_ns) + drift_ns;

		min_ns = low_ns > min_ns ? low_ns : min_ns;
		max_ns = high_ns < max_ns ? high_ns : max_ns;
	}
	return max_ns - min_ns + resolution_ns;
}

struct verdicts {
	size_t sure_count;
	size_t count;
	size_t ratio_counts[1000]; /* of the uncertainty to the best possible, in percent */
};

struct stamp {
	uint64_t time_ns;
	uint64_t device_ns;
};

static void judge(struct verdicts *verdicts, const struct device_clock *clock,
		  const struct stamp *stamp, const struct device_read *honest, size_t honest_count)
{
	uint64_t time_ns;
	uint64_t uncertainty_ns;
	int64_t best_ns;
	size_t percent;

	verdicts->count++;
	if (device_clock_convert(clock, stamp->device_ns, &time_ns, &uncertainty_ns) != DEVICE_SURE)
		return;
	assert_true(llabs(prof_delta_ns(stamp->time_ns, time_ns)) <= (int64_t)uncertainty_ns);
	best_ns = best_width_ns(honest, honest_count, stamp->device_ns, clock->resolution_ns) / 2;
	percent = (size_t)(uncertainty_ns * 100 / (uint64_t)(best_ns > 0 ? best_ns : 1));
	verdicts->ratio_counts[percent < 999 ? percent : 999]++;
	verdicts->sure_count++;
}

static size_t median_percent(const struct verdicts *verdicts)
{
	size_t seen_count = 0;
	size_t percent = 0;

	while (percent < 999 && 2 * seen_count < verdicts->sure_count)
		seen_count += verdicts->ratio_counts[percent++];
	return percent;
}

static void simulate(struct adapter *adapter, struct verdicts *verdicts)
{
	struct device_clock clock;
	struct device_read honest[2 * READ_COUNT];
	struct stamp stamps[BURST_MAX];
	size_t before_count;

	device_clock_init(&clock, adapter->resolution_ns);
	before_count = simulate_mark(adapter, &clock, honest);
	while (verdicts->count < STAMP_COUNT) {
		size_t count = 1 + draw(adapter, BURST_MAX);
		size_t after_count;

		pass(adapter, draw(adapter, 5000000));
		for (size_t i = 0; i < count; i++) {
			pass(adapter, draw(adapter, 5000));
			stamps[i] = (struct stamp){ adapter->now_ns, device_shows(adapter) };
			if (draw(adapter, 100000) == 0)
				set_device(adapter);
		}
		pass(adapter, draw(adapter, 60000));
		after_count = simulate_mark(adapter, &clock, honest + before_count);
		for (size_t i = 0; i < count; i++)
			judge(verdicts, &clock, &stamps[i], honest, before_count + after_count);
		for (size_t i = 0; i < after_count; i++)
			honest[i] = honest[before_count + i];
		before_count = after_count;
	}
	assert_int_in_range(clock.step_count, 1, 100);
}

static void a_million_stamps_of_a_bad_clock_lie_within_their_uncertainty(void **state)
{
	static const uint32_t resolutions_ns[] = { 1, 8, 100 };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct verdicts verdicts = { 0 };
		struct adapter adapter = { .random = i + 1,
					   .now_ns = BOOT_NS,
					   .base_ns = DEVICE_NS,
					   .resolution_ns = resolutions_ns[i] };

		simulate(&adapter, &verdicts);
		assert_true(verdicts.sure_count * 100 >= verdicts.count * 80);
		print_message(
			"resolution %u ns: %zu of %zu sure, median %zu %% of the best possible\n",
			adapter.resolution_ns, verdicts.sure_count, verdicts.count,
			median_percent(&verdicts));
		assert_true(median_percent(&verdicts) <= 300);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_million_stamps_of_a_bad_clock_lie_within_their_uncertainty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
