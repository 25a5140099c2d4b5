/* SPDX-License-Identifier: BSD-2-Clause */
#include "correlator/compare/compare_text.h"

#include <stdlib.h>
#include <string.h>

#include "correlator/compare/bootstrap.h"

#include "tests/unit/unit.h"

#define MESSAGE_COUNT 1500

/* Uniform in 0..1; a generator of the test's own. */
static double next_uniform(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (double)(*seed >> 11) / (double)(UINT64_C(1) << 53);
}

static void set_stage(struct corr_message *message, enum corr_stage stage, double value_ns)
{
	message->stage_ns[stage] = (int64_t)value_ns;
	message->stage_mask |= 1u << stage;
}

/*
 * A recording whose delays are skewed and cling to their predecessors as
 * queues do: `memory` of each excess is left for the next message.
 */
static void record(struct samples *samples, uint64_t seed, double memory, double added_ns)
{
	double nic_excess = 0;
	double user_excess = 0;

	assert_int_equal(samples_open(samples), 0);
	for (uint32_t i = 0; i < MESSAGE_COUNT; i++) {
		struct corr_message message = { .user_ns = 1000000000 + i * UINT64_C(1000000) };
		double uniform = next_uniform(&seed);

		nic_excess = memory * nic_excess + 100000 * uniform * uniform * uniform;
		uniform = next_uniform(&seed);
		user_excess = memory * user_excess + 50000 * uniform * uniform * uniform;
		set_stage(&message, CORR_STAGE_NIC_KERNEL, 50000 + nic_excess + added_ns);
		set_stage(&message, CORR_STAGE_KERNEL_USER, 90000 + user_excess);
		set_stage(&message, CORR_STAGE_RECV_USER, 80000 + user_excess);
		set_stage(&message, CORR_STAGE_TOTAL, 140000 + nic_excess + user_excess + added_ns);
		samples_add(samples, &message);
	}
}

static void compare_runs(uint64_t seed, double memory, double added_ns,
			 struct compare_result *result)
{
	struct samples a;
	struct samples b;

	record(&a, 2 * seed, memory, 0);
	record(&b, 2 * seed + 1, memory, added_ns);
	assert_int_equal(compare(&a, &b, result), 0);
	samples_close(&a);
	samples_close(&b);
}

static void an_added_delay_is_found_on_its_stage(void **state)
{
	static struct compare_result result;

	(void)state;
	for (uint64_t seed = 1; seed <= 10; seed++) {
		compare_runs(seed, 0.9, 200000, &result);
		assert_true(result.has_finding);
		assert_int_equal(result.stage, CORR_STAGE_NIC_KERNEL);
		assert_int_equal(result.rows[CORR_STAGE_NIC_KERNEL][COMPARE_P50].state,
				 COMPARE_HIGHER);
		assert_true(result.rows[CORR_STAGE_NIC_KERNEL][COMPARE_P50].low_ns < 200000);
		assert_true(result.rows[CORR_STAGE_NIC_KERNEL][COMPARE_P50].high_ns > 200000);
		assert_false(
			compare_is_different(&result.rows[CORR_STAGE_KERNEL_USER][COMPARE_P50]));
	}
}

static void a_delay_that_is_gone_is_found_too(void **state)
{
	static struct compare_result result;

	(void)state;
	compare_runs(3, 0.5, -40000, &result);
	assert_true(result.has_finding);
	assert_int_equal(result.stage, CORR_STAGE_NIC_KERNEL);
	assert_int_equal(result.rows[result.stage][result.quantile].state, COMPARE_LOWER);
}

/* Also where each message says much about the next fifty. */
static void equal_runs_do_not_differ(void **state)
{
	static const double memories[] = { 0, 0.9, 0.98 };
	static struct compare_result result;
	uint32_t false_count = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(memories) / sizeof(memories[0]); i++) {
		for (uint64_t seed = 1; seed <= 20; seed++) {
			compare_runs(seed, memories[i], 0, &result);
			false_count += result.has_finding;
		}
	}
	assert_true(false_count <= 1);
}

static void the_same_recordings_give_the_same_result(void **state)
{
	static struct compare_result first;
	static struct compare_result second;

	(void)state;
	compare_runs(1, 0.9, 30000, &first);
	compare_runs(1, 0.9, 30000, &second);
	for (int stage = 0; stage < CORR_STAGE_COUNT; stage++) {
		for (int i = 0; i < COMPARE_QUANTILE_COUNT; i++) {
			assert_int_equal(first.rows[stage][i].low_ns, second.rows[stage][i].low_ns);
			assert_int_equal(first.rows[stage][i].state, second.rows[stage][i].state);
		}
	}
}

static void few_messages_and_unknown_stages_are_not_judged(void **state)
{
	static struct compare_result result;
	struct samples a;
	struct samples b;

	(void)state;
	record(&a, 1, 0, 0);
	record(&b, 2, 0, 1000000);
	b.row_count = 150;
	assert_int_equal(compare(&a, &b, &result), 0);
	assert_int_equal(result.rows[CORR_STAGE_TOTAL][COMPARE_P50].state, COMPARE_FEW);
	assert_int_equal(result.rows[CORR_STAGE_HOL_WAIT][COMPARE_P50].state, COMPARE_UNKNOWN);
	assert_false(result.has_finding);
	b.row_count = 500;
	assert_int_equal(compare(&a, &b, &result), 0);
	assert_int_equal(result.rows[CORR_STAGE_TOTAL][COMPARE_P50].state, COMPARE_HIGHER);
	assert_int_equal(result.rows[CORR_STAGE_TOTAL][COMPARE_P99].state, COMPARE_FEW);
	samples_close(&a);
	samples_close(&b);
}

/* Against the plain definition, for every quantile in hundredths. */
static void quantiles_are_those_of_the_histogram(void **state)
{
	struct bootstrap_value values[200];
	struct bootstrap_sample sample;
	struct bootstrap_weights weights;

	(void)state;
	for (uint32_t i = 0; i < 200; i++)
		values[i] = (struct bootstrap_value){ .value_ns = 199 - (int64_t)i,
						      .block = i % 32 };
	assert_int_equal(bootstrap_open(values, 200, &sample), 0);
	bootstrap_whole(&weights);
	for (int percent = 0; percent <= 100; percent++) {
		double quantile = percent / 100.0;
		int64_t value_ns;

		bootstrap_quantiles(&sample, &weights, &quantile, 1, &value_ns);
		assert_int_equal(value_ns, percent ? percent * 2 - 1 : 0);
	}
	bootstrap_close(&sample);
}

static void what_is_not_drawn_has_no_part(void **state)
{
	struct bootstrap_value values[] = { { 3, 2 }, { 1, 0 }, { 2, 1 } };
	struct bootstrap_sample sample;
	const double quantiles[] = { 0.25, 0.5, 1 };
	struct bootstrap_weights weights = { .of_block = { [1] = 3, [2] = 1 } };
	int64_t found_ns[3];

	(void)state;
	assert_int_equal(bootstrap_open(values, 3, &sample), 0);
	bootstrap_quantiles(&sample, &weights, quantiles, 3, found_ns);
	assert_int_equal(found_ns[0], 2);
	assert_int_equal(found_ns[1], 2);
	assert_int_equal(found_ns[2], 3);
	weights = (struct bootstrap_weights){ 0 };
	bootstrap_quantiles(&sample, &weights, quantiles, 3, found_ns);
	assert_int_equal(found_ns[2], 0);
	bootstrap_close(&sample);
}

static void a_drawing_has_as_many_blocks_as_the_recording(void **state)
{
	struct bootstrap_weights weights;
	uint64_t seed = 7;

	(void)state;
	for (int round = 0; round < 100; round++) {
		uint32_t sum = 0;

		bootstrap_draw(&seed, &weights);
		for (uint32_t i = 0; i < BOOTSTRAP_BLOCK_COUNT; i++)
			sum += weights.of_block[i];
		assert_int_equal(sum, BOOTSTRAP_BLOCK_COUNT);
	}
}

static void what_has_no_room_is_thinned_evenly(void **state)
{
	struct samples samples;

	(void)state;
	assert_int_equal(samples_open(&samples), 0);
	for (uint32_t i = 0; i < 3 * SAMPLES_ROW_COUNT_MAX + 5; i++) {
		struct corr_message message = { .user_ns = i + 1 };

		set_stage(&message, CORR_STAGE_TOTAL, i);
		samples_add(&samples, &message);
	}
	assert_int_equal(samples.stride, 4);
	assert_int_equal(samples.row_count, (3 * SAMPLES_ROW_COUNT_MAX + 5 + 3) / 4);
	for (uint32_t i = 0; i < samples.row_count; i++)
		assert_int_equal(samples.rows[i].stage_ns[CORR_STAGE_TOTAL], 4 * i);
	samples_close(&samples);
}

static void negative_differences_are_left_out(void **state)
{
	struct corr_message message = { .user_ns = 1 };
	struct samples samples;

	(void)state;
	assert_int_equal(samples_open(&samples), 0);
	set_stage(&message, CORR_STAGE_TOTAL, -1);
	set_stage(&message, CORR_STAGE_KERNEL_USER, 5);
	samples_add(&samples, &message);
	assert_int_equal(samples.rows[0].stage_mask, 1u << CORR_STAGE_KERNEL_USER);
	samples_close(&samples);
}

static const char *write_words(const struct samples *a, const struct samples *b)
{
	static char bytes[COMPARE_TEXT_BYTES_MAX];
	static struct compare_result result;
	struct text text = { .bytes = bytes, .room_bytes = sizeof(bytes) - 1 };
	const struct compare_side side_a = { "one", a };
	const struct compare_side side_b = { "two", b };

	assert_int_equal(compare(a, b, &result), 0);
	compare_write(&text, &side_a, &side_b, &result, CORR_UNIT_US);
	assert_false(text.is_cut);
	bytes[text.size_bytes] = '\0';
	return bytes;
}

static void the_verdict_names_the_stage(void **state)
{
	struct samples empty;
	struct samples a;
	struct samples b;

	(void)state;
	assert_int_equal(samples_open(&empty), 0);
	record(&a, 1, 0.5, 0);
	record(&b, 2, 0.5, 200000);
	assert_non_null(strstr(write_words(&a, &b), "\nverdict: B is slower: NIC->Kernel +"));
	assert_non_null(strstr(write_words(&b, &a), "\nverdict: B is faster: NIC->Kernel -"));
	assert_non_null(
		strstr(write_words(&a, &a), "\nverdict: no difference found: NIC->User 0 us"));
	assert_non_null(strstr(write_words(&a, &empty), "\nverdict: nothing to compare"));
	assert_non_null(strstr(write_words(&empty, &empty), "\nverdict: nothing to compare"));
	b.correlated_count = 0;
	assert_non_null(strstr(write_words(&a, &b), "note: the recordings do not cover"));
	samples_close(&empty);
	samples_close(&a);
	samples_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_added_delay_is_found_on_its_stage),
		cmocka_unit_test(a_delay_that_is_gone_is_found_too),
		cmocka_unit_test(equal_runs_do_not_differ),
		cmocka_unit_test(the_same_recordings_give_the_same_result),
		cmocka_unit_test(few_messages_and_unknown_stages_are_not_judged),
		cmocka_unit_test(quantiles_are_those_of_the_histogram),
		cmocka_unit_test(what_is_not_drawn_has_no_part),
		cmocka_unit_test(a_drawing_has_as_many_blocks_as_the_recording),
		cmocka_unit_test(what_has_no_room_is_thinned_evenly),
		cmocka_unit_test(negative_differences_are_left_out),
		cmocka_unit_test(the_verdict_names_the_stage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
