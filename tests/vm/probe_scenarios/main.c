/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * probe_scenarios LOADER fentry|kprobe registered|pid|port|all 4|6 [flood]
 *
 * Runs every scenario (or the flood alone) under one loader and holds each call against what was
 * published: ranges against the bytes themselves, bases against the wire,
 * stamps against the clock around the call, and the loader's totals against
 * the number of calls.
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "connection.h"
#include "loader.h"
#include "prof/clock.h"
#include "recorder.h"
#include "scenarios.h"

#define FLOOD_S 3 /* PROBE_FLOOD_S in the environment for longer */

struct test {
	struct loader loader;
	const char *mode;
	int family;
	bool is_registering; /* we enter our sockets, as websocket_client does */
	size_t wrong_count;
	uint64_t call_count; /* that consumed bytes */
	uint64_t peek_count;
	uint64_t empty_count;
	uint64_t maybe_empty_count;
	uint64_t unseen_bytes;
};

static void enter_socket(struct test *test, const struct connection *connection)
{
	struct prof_socket socket = { .flow = connection->flow,
				      .pid = (uint32_t)getpid(),
				      .fd = connection->reader_fd };
	socklen_t bytes = sizeof(socket.cookie);
	uint32_t index;

	if (getsockopt(connection->reader_fd, SOL_SOCKET, SO_COOKIE, &socket.cookie, &bytes) < 0 ||
	    prof_socket_register(test->loader.bus, &socket, &index) < 0)
		die("register");
	(void)usleep(100000); /* the loader looks at least every 10 ms */
}

/* The registry's latest entry for the connection, whoever made it. */
static bool find_entry(const struct test *test, uint64_t flow_id, struct prof_socket *ret_socket)
{
	struct prof_socket socket;
	bool is_found = false;

	for (uint32_t i = 0; i < prof_bus_socket_count(test->loader.bus); i++) {
		if (!prof_socket_read(test->loader.bus, i, &socket) ||
		    prof_flow_id(&socket.flow) != flow_id)
			continue;
		if (is_found && socket.registered_ns < ret_socket->registered_ns)
			continue;
		*ret_socket = socket;
		is_found = true;
	}
	return is_found;
}

static void expect(struct test *test, bool is_right, const char *what)
{
	if (is_right)
		return;
	(void)printf("  %s\n", what);
	test->wrong_count++;
}

static void check_entry(struct test *test, const struct prof_socket *socket,
			const struct connection *connection)
{
	expect(test, (socket->flags & PROF_SOCKET_BASE_KNOWN) != 0, "the base was not told");
	expect(test, socket->base_seq == connection->base_seq,
	       "the registry's base is not the wire's");
	expect(test, ((socket->flags & PROF_SOCKET_FOREIGN) != 0) != test->is_registering,
	       "foreign or not is wrong");
	expect(test, memcmp(&socket->flow, &connection->flow, sizeof(socket->flow)) == 0,
	       "the registry's flow is wrong");
}

/* Keeps the events of one socket; returns how many. */
static size_t keep_events_of(struct loader *loader, uint64_t cookie)
{
	size_t kept = 0;

	for (size_t i = 0; i < loader->event_count; i++)
		if (loader->events[i].conn_key == cookie)
			loader->events[kept++] = loader->events[i];
	return kept;
}

static void run_scenario(struct test *test, const struct scenario *scenario)
{
	static struct recorder recorder;
	struct connection connection;
	struct prof_socket socket = { 0 };
	uint64_t flow_id;
	size_t before = test->wrong_count;

	memset(&recorder, 0, sizeof(recorder));
	if (scenario->is_wrapping)
		connection_open_at(&connection, UINT32_MAX - 5000);
	else
		connection_open(&connection, test->family);
	flow_id = prof_flow_id(&connection.flow);
	if (test->is_registering)
		enter_socket(test, &connection);
	test->loader.event_count = 0;
	scenario->run(&connection, &recorder);
	loader_settle(&test->loader);

	expect(test, find_entry(test, flow_id, &socket), "not in the registry");
	check_entry(test, &socket, &connection);
	test->wrong_count += recorder_compare(&recorder, test->loader.events,
					      keep_events_of(&test->loader, socket.cookie),
					      connection.base_seq, flow_id);
	test->call_count += recorder.read_count;
	test->peek_count += recorder.peek_count;
	test->empty_count += recorder.empty_count;
	test->maybe_empty_count += recorder.maybe_empty_count;
	test->unseen_bytes += recorder.unseen_bytes;
	connection_close(&connection);
	(void)printf("%s: %s\n", test->wrong_count == before ? "ok" : "FAIL", scenario->name);
	(void)fflush(stdout);
}

struct flood {
	struct connection connection;
	_Atomic uint64_t read_count;
	_Atomic bool is_over;
};

static void *write_flood(void *argument)
{
	struct flood *flood = argument;
	const char *asked_s = getenv("PROBE_FLOOD_S");
	int64_t duration_ns = (asked_s ? atoi(asked_s) : FLOOD_S) * INT64_C(1000000000);
	uint64_t begin_ns = prof_now_ns();

	while (prof_delta_ns(begin_ns, prof_now_ns()) < duration_ns)
		connection_write(&flood->connection, 4096);
	(void)shutdown(flood->connection.writer_fd, SHUT_WR);
	return NULL;
}

static void *read_flood(void *argument)
{
	struct flood *flood = argument;
	uint8_t buffer[64];

	while (recv(flood->connection.reader_fd, buffer, sizeof(buffer), 0) > 0)
		atomic_fetch_add_explicit(&flood->read_count, 1, memory_order_relaxed);
	atomic_store_explicit(&flood->is_over, true, memory_order_release);
	return NULL;
}

/* Adds up what has come and forgets it; the ranges must join up. */
static void swallow(struct test *test, uint64_t *count, uint64_t *next_offset)
{
	for (size_t i = 0; i < test->loader.event_count; i++) {
		const struct prof_read *read = &test->loader.events[i].read;

		if (read->start_offset < *next_offset)
			test->wrong_count++;
		*next_offset = read->start_offset + read->size_bytes;
		(*count)++;
	}
	test->loader.event_count = 0;
}

/* As many reads as the machine can make, marks watched all the while. */
static void run_flood(struct test *test, uint64_t *ret_published_count)
{
	static struct flood flood;
	uint64_t next_offset = 0;
	pthread_t writer;
	pthread_t reader;

	connection_open(&flood.connection, test->family);
	if (test->is_registering)
		enter_socket(test, &flood.connection);
	test->loader.event_count = 0;
	if (pthread_create(&writer, NULL, write_flood, &flood) ||
	    pthread_create(&reader, NULL, read_flood, &flood))
		die("thread");
	while (!atomic_load_explicit(&flood.is_over, memory_order_acquire)) {
		loader_poll(&test->loader);
		swallow(test, ret_published_count, &next_offset);
	}
	(void)pthread_join(writer, NULL);
	(void)pthread_join(reader, NULL);
	loader_settle(&test->loader);
	swallow(test, ret_published_count, &next_offset);
	test->call_count += flood.read_count;
	test->empty_count++;
	connection_close(&flood.connection);
	(void)printf("flood: %" PRIu64 " reads, %" PRIu64 " published\n", flood.read_count,
		     *ret_published_count);
}

static void check_totals(struct test *test, const struct loader_summary *summary)
{
	uint64_t seen_count = summary->read_count + summary->contested_count + summary->lost_count;

	expect(test, summary->exit_status == 0, "the loader did not end well");
	expect(test,
	       seen_count <= test->call_count &&
		       test->call_count - seen_count <= summary->skipped_count,
	       "published, contested, lost and skipped do not add up to the calls made");
	expect(test, summary->peek_count == test->peek_count, "peeks miscounted");
	expect(test,
	       summary->empty_count >= test->empty_count &&
		       summary->empty_count <= test->empty_count + test->maybe_empty_count,
	       "empty calls miscounted");
	expect(test,
	       summary->unseen_bytes == test->unseen_bytes ||
		       (summary->lost_count + summary->skipped_count &&
			summary->unseen_bytes >= test->unseen_bytes),
	       "other bytes are called unseen than are");
	expect(test, test->loader.broken_promise_count == 0, "an event came after its mark");
	(void)printf("%" PRIu64 " calls = %" PRIu64 " published + %" PRIu64 " contested + %" PRIu64
		     " lost, %" PRIu64 " programs skipped; %" PRIu64 " peeks, %" PRIu64 " empty\n",
		     test->call_count, summary->read_count, summary->contested_count,
		     summary->lost_count, summary->skipped_count, summary->peek_count,
		     summary->empty_count);
}

int main(int argc, char **argv)
{
	static struct test test;
	struct loader_summary summary;
	uint64_t published_count = 0;
	char number[16];
	char filter[16];
	char *arguments[8] = { (char *)(uintptr_t) "--attach" };

	if (argc < 5 || argc > 6 || (argc == 6 && strcmp(argv[5], "flood") != 0))
		return 2;
	arguments[1] = argv[2];
	test.mode = argv[3];
	test.family = strcmp(argv[4], "6") == 0 ? AF_INET6 : AF_INET;
	test.is_registering = strcmp(test.mode, "registered") == 0;
	(void)snprintf(number, sizeof(number), "%d",
		       strcmp(test.mode, "pid") == 0 ? getpid() : WRITER_PORT);
	if (!test.is_registering) {
		(void)snprintf(filter, sizeof(filter), "--%s", test.mode);
		arguments[2] = filter;
		arguments[3] = strcmp(test.mode, "all") == 0 ? NULL : number;
	}
	loader_start(&test.loader, argv[1], arguments);
	for (size_t i = 0; argc == 5 && i < scenario_count; i++)
		run_scenario(&test, &scenarios[i]);
	run_flood(&test, &published_count);
	loader_stop(&test.loader, &summary);
	check_totals(&test, &summary);
	(void)printf("%s: %s %s IPv%s, %zu wrong\n", test.wrong_count ? "FAIL" : "ok", argv[2],
		     test.mode, argv[4], test.wrong_count);
	return test.wrong_count ? 1 : 0;
}
