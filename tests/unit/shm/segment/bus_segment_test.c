/* SPDX-License-Identifier: BSD-2-Clause */
/* The segment as a file: created, found, joined, replaced, removed. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "prof/bus.h"
#include "prof/clock.h"
#include "segment_fixture.h"

static void sizes_are_as_asked_for(void **state)
{
	const struct fixture *fixture = *state;
	struct prof_bus *bus = create(fixture);

	assert_int_equal(prof_bus_lane_count(bus), 2);
	assert_int_equal(prof_bus_slot_count(bus), 64);
	assert_int_equal(prof_bus_socket_count(bus), 2);
	assert_int_equal(prof_bus_stream_count(bus), 2);
	assert_int_equal(prof_bus_check(bus), 0);
	(void)prof_bus_close(bus);
}

static void defaults_are_those_of_the_header(void **state)
{
	const struct fixture *fixture = *state;
	struct prof_bus *bus = NULL;

	assert_int_equal(prof_bus_create(fixture->name, NULL, &bus), 0);
	assert_int_equal(prof_bus_lane_count(bus), 16);
	assert_int_equal(prof_bus_slot_count(bus), 65536);
	assert_int_equal(prof_bus_socket_count(bus), 4096);
	assert_int_equal(prof_bus_stream_count(bus), 1024);
	(void)prof_bus_close(bus);
}

static void bad_names_and_sizes_are_refused(void **state)
{
	const char *names[] = { "", "/", "name", "/a/b", "/.", "/..", "//", NULL };
	const struct prof_bus_options options[] = {
		{ .lane_count = PROF_LANE_COUNT_MAX + 1 },
		{ .slot_count = 63 },
		{ .slot_count = 96 },
		{ .slot_count = 32 },
		{ .slot_count = PROF_LANE_SLOT_COUNT_MAX * 2 },
		{ .socket_count = PROF_SOCKET_COUNT_MAX + 1 },
		{ .stream_count = PROF_STREAM_COUNT_MAX + 1 },
	};
	const struct fixture *fixture = *state;
	struct prof_bus *bus = NULL;
	char long_name[300];

	for (size_t i = 0; names[i]; i++) {
		assert_int_equal(prof_bus_create(names[i], NULL, &bus), -EINVAL);
		assert_int_equal(prof_bus_open(names[i], 0, &bus), -EINVAL);
		assert_int_equal(prof_bus_join(names[i], NULL, &bus), -EINVAL);
		assert_int_equal(prof_bus_unlink(names[i]), -EINVAL);
	}
	memset(long_name, 'a', sizeof(long_name) - 1);
	long_name[0] = '/';
	long_name[sizeof(long_name) - 1] = '\0';
	assert_int_equal(prof_bus_create(long_name, NULL, &bus), -EINVAL);
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		assert_int_equal(prof_bus_create(fixture->name, &options[i], &bus), -EINVAL);
	assert_null(bus);
	assert_false(exists(fixture));
}

static void only_the_owner_may_use_it(void **state)
{
	const struct fixture *fixture = *state;
	struct prof_bus_options options = small;
	struct prof_bus *bus;
	struct stat status;
	mode_t old_mask = umask(0);

	bus = create(fixture);
	assert_int_equal(stat(fixture->path, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	(void)prof_bus_close(bus);
	options.is_group_shared = true;
	options.group_id = (uint32_t)getgid();
	(void)umask(077);
	assert_int_equal(prof_bus_create(fixture->name, &options, &bus), 0);
	assert_int_equal(stat(fixture->path, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0660);
	(void)prof_bus_close(bus);
	(void)umask(old_mask);
}

static void a_bus_in_use_is_not_replaced(void **state)
{
	const struct fixture *fixture = *state;
	struct prof_bus *bus = create(fixture);
	struct prof_bus *second = NULL;

	assert_int_equal(prof_bus_create(fixture->name, &small, &second), -EEXIST);
	assert_null(second);
	assert_int_equal(prof_bus_open(fixture->name, 0, &second), 0);
	(void)prof_bus_close(bus);
	assert_int_equal(prof_bus_create(fixture->name, &small, &bus), -EEXIST);
	assert_true(exists(fixture));
	(void)prof_bus_close(second);
	assert_false(exists(fixture));
}

static void a_stale_bus_is_replaced(void **state)
{
	const struct fixture *fixture = *state;
	struct prof_bus *bus;
	struct prof_lane lane;

	leave_stale(fixture, 0);
	assert_true(exists(fixture));
	bus = create(fixture);
	assert_false(prof_lane_read(bus, 0, &lane));
	(void)prof_bus_close(bus);
	assert_false(exists(fixture));
}

static void joining_creates_finds_or_replaces(void **state)
{
	const struct fixture *fixture = *state;
	struct prof_bus *first = NULL;
	struct prof_bus *second = NULL;
	uint16_t index = 0;
	char name[PROF_STREAM_NAME_BYTES];

	leave_stale(fixture, 3);
	assert_int_equal(prof_bus_join(fixture->name, &small, &first), 0);
	assert_int_equal(prof_bus_join(fixture->name, &small, &second), 0);
	assert_int_equal(prof_stream_intern(first, "same segment", &index), 0);
	assert_true(prof_stream_read(second, index, name));
	assert_string_equal(name, "same segment");
	(void)prof_bus_close(first);
	(void)prof_bus_close(second);
	assert_false(exists(fixture));
}

static void events_keep_the_name_until_they_are_taken(void **state)
{
	const struct fixture *fixture = *state;
	struct prof_consumer *consumer = NULL;
	struct prof_event events[32];
	struct prof_bus *bus = NULL;

	leave_stale(fixture, 3);
	assert_int_equal(prof_bus_open(fixture->name, 0, &bus), 0);
	(void)prof_bus_close(bus);
	assert_true(exists(fixture));
	assert_int_equal(prof_bus_open(fixture->name, 0, &bus), 0);
	assert_int_equal(prof_consumer_attach(bus, &consumer), 0);
	assert_int_equal(prof_take(consumer, 0, events, 32, NULL), 3);
	(void)prof_consumer_detach(consumer);
	(void)prof_bus_close(bus);
	assert_false(exists(fixture));
}

static void opening_waits_for_the_creator(void **state)
{
	const struct fixture *fixture = *state;
	uint64_t start_ns = prof_now_ns();
	struct prof_bus *bus = NULL;
	int status;
	pid_t pid;

	assert_int_equal(prof_bus_open(fixture->name, 0, &bus), -ENOENT);
	assert_int_equal(prof_bus_open(fixture->name, 30, &bus), -ENOENT);
	assert_true(prof_delta_ns(start_ns, prof_now_ns()) >= 30 * PROF_NS_PER_MS);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct timespec delay = { .tv_nsec = 50 * PROF_NS_PER_MS };

		(void)nanosleep(&delay, NULL);
		if (prof_bus_create(fixture->name, &small, &bus) != 0)
			_exit(1);
		delay.tv_nsec = 500 * PROF_NS_PER_MS;
		(void)nanosleep(&delay, NULL);
		_exit(0);
	}
	assert_int_equal(prof_bus_open(fixture->name, 20000, &bus), 0);
	(void)prof_bus_close(bus);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* Joins and leaves; counts what fails, of which there must be nothing. */
static void *join_and_leave(void *name)
{
	intptr_t failed_count = 0;
	int err;

	for (int i = 0; i < 200; i++) {
		struct prof_bus *bus = NULL;

		err = prof_bus_join(name, &small, &bus);
		if (err)
			failed_count++;
		(void)prof_bus_close(bus);
	}
	return (void *)failed_count;
}

static void many_may_join_and_leave_at_once(void **state)
{
	struct fixture *fixture = *state;
	pthread_t threads[4];
	void *failed_count;

	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, join_and_leave, fixture->name),
				 0);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(threads[i], &failed_count), 0);
		assert_null(failed_count);
	}
	assert_false(exists(fixture));
}

static void every_error_has_words(void **state)
{
	const int errs[] = { -ENOENT,	       -EEXIST,	   -EINVAL, -EPROTO,
			     -EPROTONOSUPPORT, -ESTALE,	   -EACCES, -ENOSPC,
			     -ENOMEM,	       -ETIMEDOUT, -EIO,    -ENOTSUP };

	(void)state;
	for (size_t i = 0; i < sizeof(errs) / sizeof(errs[0]); i++) {
		assert_non_null(prof_bus_explain(errs[i]).why);
		assert_non_null(prof_bus_explain(errs[i]).remedy);
	}
	assert_non_null(prof_bus_explain(-EDOM).why);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_NAME(sizes_are_as_asked_for),
		WITH_NAME(defaults_are_those_of_the_header),
		WITH_NAME(bad_names_and_sizes_are_refused),
		WITH_NAME(only_the_owner_may_use_it),
		WITH_NAME(a_bus_in_use_is_not_replaced),
		WITH_NAME(a_stale_bus_is_replaced),
		WITH_NAME(joining_creates_finds_or_replaces),
		WITH_NAME(events_keep_the_name_until_they_are_taken),
		WITH_NAME(opening_waits_for_the_creator),
		WITH_NAME(many_may_join_and_leave_at_once),
		cmocka_unit_test(every_error_has_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
