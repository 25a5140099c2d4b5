/* SPDX-License-Identifier: BSD-2-Clause */
/* The segment as a file: created, found, joined, replaced, removed. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "prof/bus.h"
#include "prof/clock.h"

static const struct prof_bus_options small = {
	.lane_count = 2,
	.slot_count = 64,
	.socket_count = 2,
	.stream_count = 2,
};

struct fixture {
	char name[64];
	char path[128];
};

static int set_up(void **state)
{
	static struct fixture fixture;

	(void)snprintf(fixture.name, sizeof(fixture.name), "/prof-segment-test-%ld",
		       (long)getpid());
	(void)snprintf(fixture.path, sizeof(fixture.path), "/dev/shm%s", fixture.name);
	(void)prof_bus_unlink(fixture.name);
	*state = &fixture;
	return 0;
}

static int tear_down(void **state)
{
	const struct fixture *fixture = *state;

	(void)prof_bus_unlink(fixture->name);
	return 0;
}

static bool exists(const struct fixture *fixture)
{
	return access(fixture->path, F_OK) == 0;
}

static struct prof_bus *create(const struct fixture *fixture)
{
	struct prof_bus *bus = NULL;

	assert_int_equal(prof_bus_create(fixture->name, &small, &bus), 0);
	return bus;
}

/* Another process creates the bus, publishes, and is killed with everything open. */
static void leave_stale(const struct fixture *fixture, uint64_t event_count)
{
	const struct prof_producer_options options = { .name = "x", .layer = PROF_LAYER_USER };
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		struct prof_event event = { .time_ns = 1 };
		struct prof_producer *producer = NULL;
		struct prof_bus *bus = NULL;

		if (prof_bus_create(fixture->name, &small, &bus) != 0 ||
		    prof_producer_attach(bus, &options, &producer) != 0)
			_exit(1);
		for (uint64_t i = 0; i < event_count; i++)
			(void)prof_publish(producer, &event);
		(void)raise(SIGKILL);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
}

static void write_file(const struct fixture *fixture, const void *bytes, size_t size_bytes)
{
	int fd = open(fixture->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, size_bytes), size_bytes);
	(void)close(fd);
}

/* Overwrites bytes of the segment as a program with another idea of it would. */
static void patch(const struct fixture *fixture, off_t offset, uint32_t value)
{
	int fd = open(fixture->path, O_RDWR | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, &value, sizeof(value), offset), sizeof(value));
	(void)close(fd);
}

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
	assert_int_equal(prof_bus_socket_count(bus), 256);
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

static void what_is_no_bus_is_left_alone(void **state)
{
	const struct fixture *fixture = *state;
	struct prof_bus *bus = NULL;
	char garbage[8192];

	memset(garbage, 'x', sizeof(garbage));
	write_file(fixture, garbage, sizeof(garbage));
	assert_int_equal(prof_bus_open(fixture->name, 0, &bus), -EPROTO);
	assert_int_equal(prof_bus_create(fixture->name, &small, &bus), -EPROTO);
	assert_int_equal(prof_bus_join(fixture->name, &small, &bus), -EPROTO);
	assert_true(exists(fixture));
	assert_int_equal(prof_bus_unlink(fixture->name), 0);
	write_file(fixture, garbage, 100);
	assert_int_equal(prof_bus_open(fixture->name, 0, &bus), -EPROTO);
	assert_int_equal(prof_bus_unlink(fixture->name), 0);
	assert_int_equal(prof_bus_unlink(fixture->name), -ENOENT);
	assert_int_equal(mkdir(fixture->path, 0700), 0);
	assert_int_equal(prof_bus_open(fixture->name, 0, &bus), -EPROTO);
	assert_int_equal(rmdir(fixture->path), 0);
	assert_int_equal(symlink("/dev/null", fixture->path), 0);
	assert_int_equal(prof_bus_open(fixture->name, 0, &bus), -EPROTO);
	assert_int_equal(prof_bus_unlink(fixture->name), 0);
	assert_int_equal(mkfifo(fixture->path, 0600), 0);
	assert_int_equal(prof_bus_open(fixture->name, 0, &bus), -EPROTO);
}

static void a_half_made_file_is_waited_for_then_replaced(void **state)
{
	const struct fixture *fixture = *state;
	struct prof_bus *bus = NULL;

	write_file(fixture, "", 0);
	assert_int_equal(prof_bus_open(fixture->name, 0, &bus), -EPROTO);
	assert_int_equal(prof_bus_create(fixture->name, &small, &bus), 0);
	(void)prof_bus_close(bus);
}

static void everybodys_file_is_refused(void **state)
{
	const struct fixture *fixture = *state;
	struct prof_bus *bus = create(fixture);
	struct prof_bus *second = NULL;

	assert_int_equal(chmod(fixture->path, 0606), 0);
	assert_int_equal(prof_bus_open(fixture->name, 0, &second), -EACCES);
	assert_int_equal(prof_bus_join(fixture->name, &small, &second), -EACCES);
	(void)prof_bus_close(bus);
}

static void another_version_or_boot_is_named(void **state)
{
	const struct fixture *fixture = *state;
	struct prof_bus *bus = NULL;

	leave_stale(fixture, 1);
	patch(fixture, 8, 99); /* version */
	assert_int_equal(prof_bus_open(fixture->name, 0, &bus), -EPROTONOSUPPORT);
	patch(fixture, 8, 1);
	patch(fixture, 12, 99); /* layout hash */
	assert_int_equal(prof_bus_open(fixture->name, 0, &bus), -EPROTONOSUPPORT);
	assert_int_equal(prof_bus_join(fixture->name, &small, &bus), 0); /* nobody uses it */
	patch(fixture, 48, 99);						 /* boot id */
	(void)prof_bus_close(bus);
	leave_stale(fixture, 1);
	patch(fixture, 48, 99);
	assert_int_equal(prof_bus_open(fixture->name, 0, &bus), -ESTALE);
	assert_int_equal(prof_bus_join(fixture->name, &small, &bus), 0);
	(void)prof_bus_close(bus);
}

static void a_header_that_lies_is_refused(void **state)
{
	/* lane_count, slot_count, socket_count, stream_count, size_bytes */
	const off_t offsets[] = { 16, 20, 24, 28, 32 };
	/* One more socket or stream in a page that is there anyway would not be a lie. */
	const uint32_t lies[] = { 0, 65, 4096, 1u << 22, 1u << 31, UINT32_MAX };
	const struct fixture *fixture = *state;
	struct prof_bus *bus = NULL;

	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		for (size_t j = 0; j < sizeof(lies) / sizeof(lies[0]); j++) {
			(void)prof_bus_unlink(fixture->name);
			leave_stale(fixture, 0);
			patch(fixture, offsets[i], lies[j]);
			assert_int_equal(prof_bus_open(fixture->name, 0, &bus), -EPROTO);
		}
	}
}

static void a_shrunk_file_is_an_error_and_no_crash(void **state)
{
	const struct prof_producer_options options = { .name = "x", .layer = PROF_LAYER_USER };
	const struct fixture *fixture = *state;
	struct prof_producer *producer = NULL;
	struct prof_consumer *consumer = NULL;
	struct prof_event event = { .time_ns = 1 };
	struct prof_socket socket = { .cookie = 1 };
	struct prof_lane lane;
	struct prof_bus *bus;

	(void)signal(SIGBUS, SIG_DFL); /* cmocka and sanitizers handle it, programs do not */
	bus = create(fixture);
	assert_int_equal(prof_producer_attach(bus, &options, &producer), 0);
	assert_int_equal(prof_consumer_attach(bus, &consumer), 0);
	assert_true(prof_publish(producer, &event));
	assert_int_equal(truncate(fixture->path, 0), 0);
	assert_int_equal(prof_bus_check(bus), -EIO);
	for (int i = 0; i < 200; i++)
		(void)prof_publish(producer, &event);
	(void)prof_take(consumer, 0, &event, 1, NULL);
	prof_publish_mark(producer, 1);
	(void)prof_lane_read(bus, 0, &lane);
	(void)prof_socket_read(bus, 0, &socket);
	(void)prof_consumer_wait(consumer, 1);
	assert_int_equal(prof_bus_check(bus), -EIO);
	(void)prof_producer_detach(producer);
	(void)prof_consumer_detach(consumer);
	(void)prof_bus_close(bus);
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

#define WITH_NAME(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

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
		WITH_NAME(what_is_no_bus_is_left_alone),
		WITH_NAME(a_half_made_file_is_waited_for_then_replaced),
		WITH_NAME(everybodys_file_is_refused),
		WITH_NAME(another_version_or_boot_is_named),
		WITH_NAME(a_header_that_lies_is_refused),
		WITH_NAME(a_shrunk_file_is_an_error_and_no_crash),
		WITH_NAME(many_may_join_and_leave_at_once),
		cmocka_unit_test(every_error_has_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
