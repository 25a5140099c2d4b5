/* SPDX-License-Identifier: BSD-2-Clause */
/* The socket registry and the stream names. */
#include "tests/unit/shm/bus_fixture.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/wait.h>

#define SOCKET_COUNT 4
#define STREAM_COUNT 64

static int set_up(void **state)
{
	const struct prof_bus_options options = { .lane_count = 1,
						  .slot_count = 64,
						  .socket_count = SOCKET_COUNT,
						  .stream_count = STREAM_COUNT };

	return fixture_open(state, "registry-test", &options);
}

static struct prof_socket socket_of(uint64_t cookie)
{
	struct prof_socket socket = {
		.cookie = cookie,
		.pid = (uint32_t)getpid(),
		.fd = 7,
		.conn_number = (uint32_t)cookie * 2,
		.base_seq = (uint32_t)cookie * 3,
	};

	prof_endpoint_set_ipv4(&socket.flow.local, "\x7f\0\0\1", (uint16_t)cookie);
	prof_endpoint_set_ipv4(&socket.flow.remote, "\x7f\0\0\2", 443);
	return socket;
}

static uint32_t enter(struct prof_bus *bus, uint64_t cookie)
{
	struct prof_socket socket = socket_of(cookie);
	uint32_t index = UINT32_MAX;

	assert_int_equal(prof_socket_register(bus, &socket, &index), 0);
	return index;
}

static void a_socket_reads_as_registered(void **state)
{
	struct fixture *fixture = *state;
	struct prof_socket expected = socket_of(5);
	struct prof_socket seen;
	uint64_t epoch = prof_socket_epoch(fixture->bus);
	uint32_t index = enter(fixture->bus, 5);

	assert_int_equal(index, 0);
	assert_true(prof_socket_epoch(fixture->bus) != epoch);
	assert_true(prof_socket_read(fixture->bus, index, &seen));
	assert_int_equal(seen.generation, 1);
	assert_true(seen.registered_ns != 0);
	expected.generation = seen.generation;
	expected.registered_ns = seen.registered_ns;
	assert_memory_equal(&seen, &expected, sizeof(seen));
	assert_false(prof_socket_read(fixture->bus, 1, &seen));
	assert_false(prof_socket_read(fixture->bus, SOCKET_COUNT, &seen));
	assert_false(prof_socket_read(fixture->bus, UINT32_MAX, &seen));
}

static void base_and_end_are_added_later(void **state)
{
	struct fixture *fixture = *state;
	uint32_t index = enter(fixture->bus, 5);
	struct prof_socket seen;

	assert_int_equal(prof_socket_set_base(fixture->bus, index, 1, 1000), 0);
	assert_true(prof_socket_read(fixture->bus, index, &seen));
	assert_int_equal(seen.base_seq, 1000);
	assert_int_equal(seen.flags, PROF_SOCKET_BASE_KNOWN);
	assert_int_equal(prof_socket_close(fixture->bus, index, 1, 55), 0);
	assert_true(prof_socket_read(fixture->bus, index, &seen));
	assert_int_equal(seen.closed_ns, 55);
	assert_int_equal(seen.flags, PROF_SOCKET_BASE_KNOWN | PROF_SOCKET_CLOSED);
	assert_int_equal(prof_socket_set_base(fixture->bus, index, 2, 0), -ESTALE);
	assert_int_equal(prof_socket_close(fixture->bus, index, 0, 0), -ESTALE);
	assert_int_equal(prof_socket_close(fixture->bus, 1, 0, 0), -ESTALE);
	assert_int_equal(prof_socket_set_base(fixture->bus, SOCKET_COUNT, 1, 0), -ERANGE);
	assert_int_equal(prof_socket_close(fixture->bus, UINT32_MAX, 1, 0), -ERANGE);
}

static void what_kind_of_socket_it_is_is_added_later(void **state)
{
	struct fixture *fixture = *state;
	uint32_t index = enter(fixture->bus, 5);
	uint64_t epoch = prof_socket_epoch(fixture->bus);
	struct prof_socket seen;

	assert_int_equal(prof_socket_add_flags(fixture->bus, index, 1, PROF_SOCKET_MPTCP), 0);
	assert_true(prof_socket_epoch(fixture->bus) != epoch);
	assert_int_equal(prof_socket_add_flags(fixture->bus, index, 1, UINT32_MAX), 0);
	assert_true(prof_socket_read(fixture->bus, index, &seen));
	assert_int_equal(seen.flags, PROF_SOCKET_KTLS | PROF_SOCKET_MPTCP); /* and no other */
	assert_int_equal(prof_socket_add_flags(fixture->bus, index, 2, 0), -ESTALE);
	assert_int_equal(prof_socket_add_flags(fixture->bus, SOCKET_COUNT, 1, 0), -ERANGE);
}

static void a_socket_without_a_cookie_is_refused(void **state)
{
	struct fixture *fixture = *state;
	struct prof_socket socket = socket_of(0);
	uint32_t index = 9;

	assert_int_equal(prof_socket_register(fixture->bus, &socket, &index), -EINVAL);
	assert_int_equal(index, 9);
}

static void the_one_closed_longest_ago_makes_room(void **state)
{
	struct fixture *fixture = *state;
	struct prof_socket socket = socket_of(9);
	struct prof_socket seen;
	uint32_t index;

	for (uint64_t i = 0; i < SOCKET_COUNT; i++)
		assert_int_equal(enter(fixture->bus, i + 1), i);
	assert_int_equal(prof_socket_register(fixture->bus, &socket, &index), -ENOSPC);
	assert_int_equal(prof_socket_close(fixture->bus, 1, 1, 300), 0);
	assert_int_equal(prof_socket_close(fixture->bus, 2, 1, 200), 0);
	assert_int_equal(enter(fixture->bus, 9), 2);
	assert_true(prof_socket_read(fixture->bus, 2, &seen));
	assert_int_equal(seen.generation, 2);
	assert_int_equal(seen.cookie, 9);
	assert_int_equal(prof_socket_close(fixture->bus, 2, 1, 400), -ESTALE);
	assert_int_equal(enter(fixture->bus, 10), 1);
}

static void a_dead_process_makes_room(void **state)
{
	struct fixture *fixture = *state;
	struct prof_socket socket = socket_of(3);
	uint32_t index;
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	for (uint64_t i = 0; i < SOCKET_COUNT; i++) {
		socket = socket_of(i + 1);
		if (i == 2)
			socket.pid = (uint32_t)pid;
		assert_int_equal(prof_socket_register(fixture->bus, &socket, &index), 0);
	}
	assert_int_equal(enter(fixture->bus, 9), 2);
}

static void names_have_indices(void **state)
{
	struct fixture *fixture = *state;
	char name[PROF_STREAM_NAME_BYTES];
	uint16_t first = 99;
	uint16_t second = 99;

	assert_int_equal(prof_stream_intern(fixture->bus, "", &first), 0);
	assert_int_equal(first, 0);
	assert_true(prof_stream_read(fixture->bus, 0, name));
	assert_string_equal(name, "");
	assert_int_equal(prof_stream_intern(fixture->bus, "btcusdt@aggTrade", &first), 0);
	assert_int_equal(prof_stream_intern(fixture->bus, "ethusdt@depth", &second), 0);
	assert_int_equal(first, 1);
	assert_int_equal(second, 2);
	assert_int_equal(prof_stream_intern(fixture->bus, "btcusdt@aggTrade", &second), 0);
	assert_int_equal(second, 1);
	assert_true(prof_stream_read(fixture->bus, 2, name));
	assert_string_equal(name, "ethusdt@depth");
	assert_false(prof_stream_read(fixture->bus, 3, name));
	assert_false(prof_stream_read(fixture->bus, UINT16_MAX, name));
}

static void names_are_limited(void **state)
{
	struct fixture *fixture = *state;
	char name[PROF_STREAM_NAME_BYTES + 1];
	uint16_t index = 0;

	memset(name, 'n', sizeof(name));
	name[PROF_STREAM_NAME_BYTES] = '\0';
	assert_int_equal(prof_stream_intern(fixture->bus, name, &index), -EINVAL);
	assert_int_equal(prof_stream_intern(fixture->bus, NULL, &index), -EINVAL);
	name[PROF_STREAM_NAME_BYTES - 1] = '\0';
	assert_int_equal(prof_stream_intern(fixture->bus, name, &index), 0);
	for (uint32_t i = 2; i < STREAM_COUNT; i++) {
		(void)snprintf(name, sizeof(name), "stream %u", i);
		assert_int_equal(prof_stream_intern(fixture->bus, name, &index), 0);
		assert_int_equal(index, i);
	}
	assert_int_equal(prof_stream_intern(fixture->bus, "one more", &index), -ENOSPC);
	assert_int_equal(prof_stream_intern(fixture->bus, "stream 5", &index), 0);
	assert_int_equal(index, 5);
}

/* Enters names and sockets; what is read must be whole whenever it is read. */
static void *write_all_the_time(void *argument)
{
	struct prof_bus *bus = argument;
	char name[PROF_STREAM_NAME_BYTES];

	for (uint32_t i = 0; i < 2000; i++) {
		struct prof_socket socket = socket_of(i + 1);
		uint16_t stream_index;
		uint32_t index;
		int err;

		(void)snprintf(name, sizeof(name), "name %u", i % 40);
		/* On a crowded machine the lock's holder may wait for a core for long. */
		do
			err = prof_stream_intern(bus, name, &stream_index);
		while (err == -ETIMEDOUT);
		if (err != 0)
			return bus;
		if (prof_socket_register(bus, &socket, &index) == 0) {
			struct prof_socket seen;

			if (prof_socket_read(bus, index, &seen) && seen.cookie == i + 1)
				(void)prof_socket_close(bus, index, seen.generation, i + 1);
		}
	}
	return NULL;
}

static void entries_are_read_whole(void **state)
{
	struct fixture *fixture = *state;
	pthread_t threads[2];
	void *failed;
	uint32_t seen_count = 0;

	for (int i = 0; i < 2; i++)
		assert_int_equal(
			pthread_create(&threads[i], NULL, write_all_the_time, fixture->bus), 0);
	for (uint32_t i = 0; seen_count < 20000; i++) {
		struct prof_socket seen;

		if (i % SOCKET_COUNT == 0)
			(void)sched_yield();
		if (!prof_socket_read(fixture->bus, i % SOCKET_COUNT, &seen))
			continue;
		seen_count++;
		assert_int_equal(seen.conn_number, (uint32_t)seen.cookie * 2);
		assert_int_equal(seen.base_seq, (uint32_t)seen.cookie * 3);
		assert_int_equal(seen.flow.local.port, (uint16_t)seen.cookie);
	}
	for (int i = 0; i < 2; i++) {
		assert_int_equal(pthread_join(threads[i], &failed), 0);
		assert_null(failed);
	}
}

/* As a bus is made unless told otherwise. */
static int set_up_default(void **state)
{
	const struct prof_bus_options options = { .lane_count = 1, .slot_count = 64 };

	return fixture_open(state, "registry-test", &options);
}

static void a_bus_has_room_for_4096_sockets_and_refuses_one_more(void **state)
{
	struct fixture *fixture = *state;
	struct prof_socket one_more = socket_of(PROF_SOCKET_COUNT_MAX + 1);
	struct prof_socket seen;
	uint32_t index;

	assert_true(prof_bus_socket_count(fixture->bus) >= 4096);
	for (uint32_t i = 0; i < PROF_SOCKET_COUNT_MAX; i++)
		assert_int_equal(enter(fixture->bus, i + 1), i);
	assert_int_equal(prof_socket_register(fixture->bus, &one_more, &index), -ENOSPC);
	for (uint32_t i = 0; i < PROF_SOCKET_COUNT_MAX; i++) {
		assert_true(prof_socket_read(fixture->bus, i, &seen));
		assert_true(seen.cookie == i + 1);
	}
}

static void a_bus_has_room_for_256_streams(void **state)
{
	struct fixture *fixture = *state;
	char name[PROF_STREAM_NAME_BYTES];
	uint16_t index;

	assert_true(prof_bus_stream_count(fixture->bus) > 256);
	for (uint16_t i = 1; i <= 256; i++) {
		(void)snprintf(name, sizeof(name), "coin%uusdt@trade", i);
		assert_int_equal(prof_stream_intern(fixture->bus, name, &index), 0);
		assert_int_equal(index, i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_BUS(a_socket_reads_as_registered),
		WITH_BUS(base_and_end_are_added_later),
		WITH_BUS(what_kind_of_socket_it_is_is_added_later),
		WITH_BUS(a_socket_without_a_cookie_is_refused),
		WITH_BUS(the_one_closed_longest_ago_makes_room),
		WITH_BUS(a_dead_process_makes_room),
		WITH_BUS(names_have_indices),
		WITH_BUS(names_are_limited),
		WITH_BUS(entries_are_read_whole),
		cmocka_unit_test_setup_teardown(
			a_bus_has_room_for_4096_sockets_and_refuses_one_more, set_up_default,
			fixture_close),
		cmocka_unit_test_setup_teardown(a_bus_has_room_for_256_streams, set_up_default,
						fixture_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
