/* SPDX-License-Identifier: BSD-2-Clause */
/* Secrets go into a regular file that nobody else can open, or nowhere. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ebpf_loader/keys/key_file.h"

#define PATH_BYTES 128

struct place {
	char folder[64];
	char path[PATH_BYTES];
	char other[PATH_BYTES];
};

static int open_place(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	assert_non_null(place);
	(void)snprintf(place->folder, sizeof(place->folder), "/tmp/key_file_test.XXXXXX");
	assert_non_null(mkdtemp(place->folder));
	(void)snprintf(place->path, sizeof(place->path), "%s/keys", place->folder);
	(void)snprintf(place->other, sizeof(place->other), "%s/other", place->folder);
	*state = place;
	return 0;
}

static int close_place(void **state)
{
	struct place *place = *state;

	(void)unlink(place->path);
	(void)unlink(place->other);
	(void)rmdir(place->folder);
	free(place);
	return 0;
}

static void write_file(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	assert_int_equal(close(fd), 0);
}

static void expect_text(const char *path, const char *wanted)
{
	char text[64] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(read(fd, text, sizeof(text) - 1), strlen(wanted));
	assert_int_equal(close(fd), 0);
	assert_string_equal(text, wanted);
}

static void expect_refusal(const char *path, int err, const char *why)
{
	struct key_file_words words = { 0 };

	assert_int_equal(key_file_open(path, &words), err);
	assert_non_null(words.why);
	if (!strstr(words.why, why))
		fail_msg("'%s' is not about '%s'", words.why, why);
}

static void a_new_file_is_its_owner_s_alone(void **state)
{
	const struct place *place = *state;
	struct key_file_words words;
	mode_t before = umask(0);
	int fd = key_file_open(place->path, &words);
	struct stat about;

	(void)umask(before);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &about), 0);
	assert_int_equal(about.st_mode & 07777, 0600);
	assert_int_equal(key_file_append(fd, "A B C\n", 6), 0);
	assert_int_equal(close(fd), 0);
	expect_text(place->path, "A B C\n");
}

static void what_was_there_stays(void **state)
{
	static const char *const before[] = { "", "A\n", "A" };
	static const char *const after[] = { "B\n", "A\nB\n", "A\nB\n" };
	const struct place *place = *state;
	struct key_file_words words;

	for (size_t i = 0; i < 3; i++) {
		int fd;

		(void)unlink(place->path);
		write_file(place->path, before[i], 0600);
		fd = key_file_open(place->path, &words);
		assert_true(fd >= 0);
		assert_int_equal(key_file_append(fd, "B\n", 2), 0);
		assert_int_equal(close(fd), 0);
		expect_text(place->path, after[i]);
	}
}

static void what_others_can_open_is_refused(void **state)
{
	const struct place *place = *state;

	write_file(place->path, "", 0600);
	for (mode_t bit = 1; bit < 0100; bit <<= 1) {
		assert_int_equal(chmod(place->path, 0600 | bit), 0);
		expect_refusal(place->path, -EPERM, "others than its owner");
	}
	expect_text(place->path, "");
}

static void somebody_else_s_file_is_refused(void **state)
{
	const struct place *place = *state;

	if (geteuid() != 0)
		skip();
	write_file(place->path, "", 0600);
	assert_int_equal(chown(place->path, 65534, 65534), 0);
	expect_refusal(place->path, -EPERM, "another user");
}

static void what_is_no_regular_file_is_refused(void **state)
{
	const struct place *place = *state;

	assert_int_equal(mkfifo(place->path, 0600), 0);
	expect_refusal(place->path, -EINVAL,
		       "regular files only"); /* and nobody waits for a reader */
	expect_refusal("/dev/null", -EINVAL, "regular files only");
	expect_refusal(place->folder, -EISDIR, "directory");
	expect_refusal("/nonexistent/keys", -ENOENT, "No such file");
	assert_int_equal(symlink(place->path, place->other), 0);
	expect_refusal(place->other, -ELOOP, "symbolic link");
}

static void a_full_disk_is_told(void **state)
{
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(key_file_append(fd, "A\n", 2), -ENOSPC);
	assert_int_equal(close(fd), 0);
}

#define PLACED(test) cmocka_unit_test_setup_teardown(test, open_place, close_place)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLACED(a_new_file_is_its_owner_s_alone),    PLACED(what_was_there_stays),
		PLACED(what_others_can_open_is_refused),    PLACED(somebody_else_s_file_is_refused),
		PLACED(what_is_no_regular_file_is_refused), PLACED(a_full_disk_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
