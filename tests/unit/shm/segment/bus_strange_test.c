/* SPDX-License-Identifier: BSD-2-Clause */
/* The segment's file is not what it should be: somebody else's, half made, old, lying, shrunk. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "segment_fixture.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_NAME(what_is_no_bus_is_left_alone),
		WITH_NAME(a_half_made_file_is_waited_for_then_replaced),
		WITH_NAME(everybodys_file_is_refused),
		WITH_NAME(another_version_or_boot_is_named),
		WITH_NAME(a_header_that_lies_is_refused),
		WITH_NAME(a_shrunk_file_is_an_error_and_no_crash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
