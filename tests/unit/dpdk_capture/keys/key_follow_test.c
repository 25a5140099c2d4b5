/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dpdk_capture/keys/key_follow.h"

#include "tests/unit/unit.h"

static char folder[] = "/tmp/key_follow_test.XXXXXX";

static const char *path_of(const char *name)
{
	static char path[64][128];
	static unsigned int at;
	char *text = path[at++ % 64];

	(void)snprintf(text, sizeof(path[0]), "%s/%s", folder, name);
	return text;
}

/* Adds lines [from, to) to a file; cut_bytes of the last one are left out. */
static void write_lines(const char *name, const char *mode, unsigned int from, unsigned int to,
			size_t cut_bytes)
{
	FILE *file = fopen(path_of(name), mode);
	char line[256];

	assert_non_null(file);
	for (unsigned int i = from; i < to; i++) {
		size_t size_bytes = (size_t)snprintf(
			line, sizeof(line), "SERVER_TRAFFIC_SECRET_0 %064x %064x\n", i + 1, i);

		if (i + 1 == to)
			size_bytes -= cut_bytes;
		assert_int_equal(fwrite(line, 1, size_bytes, file), size_bytes);
	}
	assert_int_equal(fclose(file), 0);
}

static struct key_follow *open_live(const char *name)
{
	struct prof_text_list files = { .count = 1, .texts = { path_of(name) } };
	struct key_follow *follow = NULL;
	struct fault fault;

	assert_int_equal(key_follow_open(&files, true, &follow, &fault), 0);
	return follow;
}

static uint32_t count_of(struct key_follow *follow)
{
	return key_follow_log(follow)->secret_count;
}

static void a_file_is_followed_as_it_grows(void **state)
{
	struct key_follow *follow;

	(void)state;
	write_lines("grows", "w", 0, 3, 0);
	follow = open_live("grows");
	assert_int_equal(count_of(follow), 3);
	assert_false(key_follow_poll(follow));
	write_lines("grows", "a", 3, 5, 30); /* the last one is only half there */
	assert_true(key_follow_poll(follow));
	assert_int_equal(count_of(follow), 4);
	assert_int_equal(truncate(path_of("grows"), 4 * 154), 0);
	write_lines("grows", "a", 4, 5, 0);
	(void)key_follow_poll(follow);
	assert_null(key_follow_close(follow));
}

static void half_a_line_waits_for_its_end(void **state)
{
	FILE *file;
	struct key_follow *follow;

	(void)state;
	write_lines("half", "w", 0, 1, 30);
	follow = open_live("half");
	assert_int_equal(count_of(follow), 0);
	file = fopen(path_of("half"), "a");
	assert_non_null(file);
	(void)fprintf(file, "%029x\n", 0);
	assert_int_equal(fclose(file), 0);
	assert_true(key_follow_poll(follow));
	assert_int_equal(count_of(follow), 1);
	assert_int_equal(key_follow_log(follow)->counters.malformed_count, 0);
	assert_null(key_follow_close(follow));
}

static void a_late_file_is_waited_for(void **state)
{
	struct key_follow *follow = open_live("late");

	(void)state;
	assert_int_equal(count_of(follow), 0);
	assert_false(key_follow_poll(follow));
	write_lines("late", "w", 0, 2, 0);
	assert_true(key_follow_poll(follow));
	assert_int_equal(count_of(follow), 2);
	assert_null(key_follow_close(follow));
}

/* What is still written to the old one counts until the new one is there. */
static void a_rotated_file_is_left_for_its_successor(void **state)
{
	struct key_follow *follow;

	(void)state;
	write_lines("rotated", "w", 0, 2, 0);
	follow = open_live("rotated");
	assert_int_equal(rename(path_of("rotated"), path_of("rotated.1")), 0);
	write_lines("rotated.1", "a", 2, 3, 0);
	assert_true(key_follow_poll(follow));
	assert_int_equal(count_of(follow), 3);
	write_lines("rotated.1", "a", 3, 4, 0);
	write_lines("rotated", "w", 4, 6, 0);
	assert_true(key_follow_poll(follow));
	assert_int_equal(count_of(follow), 6);
	assert_null(key_follow_close(follow));
}

static void a_file_that_begins_anew_is_read_anew(void **state)
{
	struct key_follow *follow;

	(void)state;
	write_lines("anew", "w", 0, 3, 0);
	follow = open_live("anew");
	write_lines("anew", "w", 3, 4, 0);
	assert_true(key_follow_poll(follow));
	assert_int_equal(count_of(follow), 4);
	assert_null(key_follow_close(follow));
}

static void what_is_no_key_file_is_refused(void **state)
{
	struct prof_text_list files = { .count = 1 };
	struct key_follow *follow = NULL;
	struct fault fault;

	(void)state;
	assert_int_equal(mkfifo(path_of("fifo"), 0600), 0);
	files.texts[0] = path_of("fifo");
	assert_int_equal(key_follow_open(&files, true, &follow, &fault), -EINVAL);
	assert_string_equal(fault.why, "is not a regular file");
	files.texts[0] = folder;
	assert_int_equal(key_follow_open(&files, true, &follow, &fault), -EINVAL);
	assert_string_equal(fault.why, "is a directory");
	files.texts[0] = path_of("nowhere");
	assert_int_equal(key_follow_open(&files, false, &follow, &fault), -ENOENT);
	assert_null(follow);
}

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	static const char *const names[] = { "grows",	  "half", "late", "rotated",
					     "rotated.1", "anew", "fifo" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		(void)unlink(path_of(names[i]));
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_followed_as_it_grows),
		cmocka_unit_test(half_a_line_waits_for_its_end),
		cmocka_unit_test(a_late_file_is_waited_for),
		cmocka_unit_test(a_rotated_file_is_left_for_its_successor),
		cmocka_unit_test(a_file_that_begins_anew_is_read_anew),
		cmocka_unit_test(what_is_no_key_file_is_refused),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
