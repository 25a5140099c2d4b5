/* SPDX-License-Identifier: BSD-2-Clause */
#include "prof/cli.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/unit.h"

struct taken {
	struct prof_common_options common;
	struct prof_text_list subscribe;
	const char *positionals[1];
	const char *cores;
};

static int parse(struct taken *ret_taken, const char *line)
{
	static char words[256];
	char *argv[32];
	int argc = 0;
	const struct prof_option options[] = {
		{ .name = "subscribe",
		  .kind = PROF_OPTION_LIST,
		  .arg_name = "STREAM",
		  .help = "a stream",
		  .value = &ret_taken->subscribe },
		{ .letter = 'l',
		  .kind = PROF_OPTION_TEXT,
		  .arg_name = "CORES",
		  .help = "cores",
		  .value = &ret_taken->cores },
		PROF_COMMON_OPTION_ROWS(&ret_taken->common),
	};
	struct prof_cli cli = {
		.program = "tool",
		.synopsis = "[URL]",
		.summary = "A tool.",
		.options = options,
		.option_count = sizeof(options) / sizeof(options[0]),
		.positional_count_max = 1,
		.positionals = ret_taken->positionals,
	};

	memset(ret_taken, 0, sizeof(*ret_taken));
	(void)strncpy(words, line, sizeof(words) - 1);
	for (char *word = strtok(words, " "); word; word = strtok(NULL, " "))
		argv[argc++] = word;
	argv[argc] = NULL;
	return prof_cli_parse(&cli, argc, argv);
}

static void options_fill_the_struct(void **state)
{
	struct taken taken;

	(void)state;
	assert_int_equal(parse(&taken, "tool --bus /b wss://host/ws -v --subscribe a --duration 9 "
				       "--subscribe b -l 0-1 --"),
			 -1);
	assert_string_equal(taken.common.bus_name, "/b");
	assert_int_equal(taken.common.duration_s, 9);
	assert_true(taken.common.is_verbose);
	assert_int_equal(taken.subscribe.count, 2);
	assert_string_equal(taken.subscribe.texts[1], "b");
	assert_string_equal(taken.positionals[0], "wss://host/ws");
	assert_string_equal(taken.cores, "0-1");
}

static void wrong_usage_is_status_2(void **state)
{
	static const char *const lines[] = {
		"tool --bogus",	      "tool -x",
		"tool --duration",    "tool --duration 0",
		"tool --duration 1s", "tool --duration -1",
		"tool a b",	      "tool --duration 99999999999",
	};
	struct taken taken;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_int_equal(parse(&taken, lines[i]), PROF_EXIT_USAGE);
}

static void help_and_version_are_status_0(void **state)
{
	struct taken taken;

	(void)state;
	assert_int_equal(parse(&taken, "tool --help"), PROF_EXIT_OK);
	assert_int_equal(parse(&taken, "tool -V"), PROF_EXIT_OK);
}

static void numbers_are_whole_or_refused(void **state)
{
	uint32_t value = 77;

	(void)state;
	assert_int_equal(prof_parse_u32("", 0, 9, &value), -EINVAL);
	assert_int_equal(prof_parse_u32(" 1", 0, 9, &value), -EINVAL);
	assert_int_equal(prof_parse_u32("+1", 0, 9, &value), -EINVAL);
	assert_int_equal(prof_parse_u32("1 ", 0, 9, &value), -EINVAL);
	assert_int_equal(prof_parse_u32("10", 0, 9, &value), -ERANGE);
	assert_int_equal(prof_parse_u32("99999999999999999999999", 0, 9, &value), -ERANGE);
	assert_int_equal(value, 77);
	assert_int_equal(prof_parse_u32("4294967295", 0, UINT32_MAX, &value), 0);
	assert_true(value == UINT32_MAX);
}

static void rows_stay_in_order_up_to_the_last_that_fits(void **state)
{
	const struct prof_option three[] = { { .letter = 'a' },
					     { .letter = 'b' },
					     { .letter = 'c' } };
	const struct prof_option one[] = { { .letter = 'd' } };
	struct prof_option_list list = { 0 };

	(void)state;
	prof_options_add(&list, one, 0);
	assert_int_equal(list.count, 0);
	PROF_OPTIONS_ADD(&list, three);
	assert_int_equal(list.count, 3);
	while (list.count < PROF_OPTION_COUNT_MAX)
		PROF_OPTIONS_ADD(&list, one);
	for (size_t i = 0; i < PROF_OPTION_COUNT_MAX; i++)
		assert_int_equal(list.rows[i].letter, i < 3 ? "abc"[i] : 'd');
}

/* In a child: what is asserted ends the process. */
static void one_row_too_many_is_asserted(void **state)
{
#ifdef NDEBUG
	(void)state;
	skip();
#else
	const struct prof_option two[2] = { 0 };
	struct prof_option_list list = { .count = PROF_OPTION_COUNT_MAX - 1 };
	pid_t child = fork();
	int status;

	(void)state;
	assert_true(child >= 0);
	if (child == 0) {
		(void)signal(SIGABRT, SIG_DFL);	 /* cmocka would take it for a failure */
		(void)prctl(PR_SET_DUMPABLE, 0); /* no core */
		(void)close(STDERR_FILENO);
		PROF_OPTIONS_ADD(&list, two);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
#endif
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_fill_the_struct),
		cmocka_unit_test(wrong_usage_is_status_2),
		cmocka_unit_test(help_and_version_are_status_0),
		cmocka_unit_test(numbers_are_whole_or_refused),
		cmocka_unit_test(rows_stay_in_order_up_to_the_last_that_fits),
		cmocka_unit_test(one_row_too_many_is_asserted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
