/* SPDX-License-Identifier: BSD-2-Clause */
#include "ebpf_loader/blindness.h"

#include "prof/clock.h"
#include "tests/unit/unit.h"

static struct blind_look look_after(uint64_t seconds, uint64_t read_count, uint64_t call_count)
{
	return (struct blind_look){ .time_ns = (1 + seconds) * PROF_NS_PER_S,
				    .read_count = read_count,
				    .call_count = call_count,
				    .has_ssl = true };
}

static enum blind_sight look(struct blindness *blindness, const struct blind_look *at)
{
	return blindness_look(blindness, at);
}

static void reads_without_a_call_for_a_second_are_told_once(void **state)
{
	struct blindness blindness = { 0 };
	struct blind_look at = look_after(0, 0, 0);

	(void)state;
	assert_int_equal(look(&blindness, &at), BLIND_NOTHING_NEW);
	at = look_after(60, 5, 0);
	assert_int_equal(look(&blindness, &at), BLIND_NOTHING_NEW);
	at = look_after(61, 23, 0);
	assert_int_equal(look(&blindness, &at), BLIND_NOTHING_NEW); /* too few */
	at = look_after(62, 24, 0);
	assert_int_equal(look(&blindness, &at), BLIND_NO_CALLS);
	at = look_after(63, 100, 0);
	assert_int_equal(look(&blindness, &at), BLIND_NOTHING_NEW);
}

static void a_single_call_shows_that_the_probe_is_where_it_belongs(void **state)
{
	struct blindness blindness = { 0 };
	struct blind_look at = look_after(0, 3, 1);

	(void)state;
	assert_int_equal(look(&blindness, &at), BLIND_NOTHING_NEW);
	at = look_after(100, 1000, 1);
	assert_int_equal(look(&blindness, &at), BLIND_NOTHING_NEW);
	at = look_after(100, 1000, 0);
	at.has_ssl = false;
	assert_int_equal(look(&blindness, &at), BLIND_NOTHING_NEW);
}

static void a_kernel_told_to_skip_probes_is_told_each_time_it_changes(void **state)
{
	struct blindness blindness = { 0 };
	struct blind_look at = look_after(0, 0, 0);

	(void)state;
	at.is_ftrace_off = true;
	assert_int_equal(look(&blindness, &at), BLIND_FTRACE_OFF);
	assert_int_equal(look(&blindness, &at), BLIND_NOTHING_NEW);
	at.is_ftrace_off = false;
	assert_int_equal(look(&blindness, &at), BLIND_FTRACE_ON);
	at.is_ftrace_off = true;
	assert_int_equal(look(&blindness, &at), BLIND_FTRACE_OFF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_without_a_call_for_a_second_are_told_once),
		cmocka_unit_test(a_single_call_shows_that_the_probe_is_where_it_belongs),
		cmocka_unit_test(a_kernel_told_to_skip_probes_is_told_each_time_it_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
