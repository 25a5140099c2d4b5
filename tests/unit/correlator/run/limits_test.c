/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * As many sockets as a bus has room for, and 256 streams, through a recording, the engine, the
 * statistics and the closing report; and what the report says of more.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "correlator/run/replay.h"

#include "tests/unit/unit.h"

#define STREAM_COUNT  256
#define MESSAGE_BYTES 100
#define ROUND_COUNT   3 /* messages of each socket */
#define T0	      UINT64_C(1000000000)

enum { LANE_NIC, LANE_KERNEL, LANE_USER, LANE_COUNT };

static volatile sig_atomic_t never;

struct told {
	uint64_t message_count;
	uint64_t exact_count;
	uint64_t stream_seen[STREAM_COUNT + 3]; /* messages, by stream index */
};

/* ---- A sink that counts -------------------------------------------------- */

static int count_open(struct sink *sink)
{
	(void)sink;
	return 0;
}

static struct told *told_of(struct sink *sink)
{
	return sink->own;
}

static void count_message(struct sink *sink, const struct corr_message *message)
{
	struct told *told = told_of(sink);

	told->message_count++;
	told->exact_count += message->class_id == CORR_CLASS_EXACT;
	told->stream_seen[message->stream_index]++;
}

static int count_close(struct sink *sink, const struct corr_summary *summary)
{
	(void)sink;
	(void)summary;
	return 0;
}

static const struct sink_ops count_ops = {
	.name = "count", .open = count_open, .message = count_message, .close = count_close
};

/* ---- What is recorded ----------------------------------------------------- */

static struct prof_socket socket_of(uint32_t number)
{
	struct prof_socket socket = {
		.cookie = 5000 + number, .registered_ns = 1, .tid = 7, .conn_number = number
	};

	prof_endpoint_set_ipv4(&socket.flow.local, "\x0a\x00\x00\x01", (uint16_t)(2000 + number));
	prof_endpoint_set_ipv4(&socket.flow.remote, "\x0a\x00\x00\x02", 443);
	return socket;
}

static void tell_lanes(struct recorder *recorder, uint64_t now_ns)
{
	static const enum prof_layer layers[LANE_COUNT] = { PROF_LAYER_NIC, PROF_LAYER_KERNEL,
							    PROF_LAYER_USER };

	for (uint32_t lane = 0; lane < LANE_COUNT; lane++) {
		struct prof_lane facts = { .generation = 1,
					   .is_owned = true,
					   .since_ns = 1,
					   .layer = layers[lane],
					   .name = "limits",
					   .mark_ns = now_ns };

		recorder_lane(recorder, lane, &facts, now_ns);
	}
}

static void tell_syn(struct recorder *recorder, const struct prof_socket *socket)
{
	const struct prof_event syn = { .time_ns = 2,
					.conn_key = prof_flow_id(&socket->flow),
					.kind = PROF_EVENT_SEGMENT,
					.seq = 999,
					.segment = { .tcp_flags = PROF_TCP_SYN } };

	recorder_event(recorder, LANE_NIC, &syn);
}

/* The index-th message of a socket; *time_ns goes on. */
static void tell_message(struct recorder *recorder, uint32_t number, uint32_t index,
			 uint32_t stream_count, uint64_t *time_ns)
{
	struct prof_socket socket = socket_of(number);
	uint64_t start = (uint64_t)index * MESSAGE_BYTES;
	struct prof_event event = { .time_ns = *time_ns += 100,
				    .conn_key = prof_flow_id(&socket.flow),
				    .kind = PROF_EVENT_SEGMENT,
				    .seq = 1000 + (uint32_t)start,
				    .segment = { .size_bytes = MESSAGE_BYTES } };

	recorder_event(recorder, LANE_NIC, &event);
	event = (struct prof_event){ .time_ns = *time_ns += 100,
				     .conn_key = socket.cookie,
				     .kind = PROF_EVENT_READ,
				     .base_seq = 1000,
				     .read = { .return_ns = *time_ns + 50,
					       .flow_id = prof_flow_id(&socket.flow),
					       .start_offset = start,
					       .size_bytes = MESSAGE_BYTES,
					       .tid = 7 } };
	recorder_event(recorder, LANE_KERNEL, &event);
	event = (struct prof_event){ .time_ns = *time_ns += 100,
				     .conn_key = socket.cookie,
				     .kind = PROF_EVENT_MESSAGE,
				     .stream_index = (uint16_t)(1 + number % stream_count),
				     .conn_number = (uint16_t)number,
				     .message = { .end_offset = start + MESSAGE_BYTES,
						  .message_index = index,
						  .size_bytes = MESSAGE_BYTES } };
	recorder_event(recorder, LANE_USER, &event);
}

/* All register first, as they do who connect; then each gets a message, and another. */
static void record(const char *path, uint32_t socket_count, uint32_t stream_count)
{
	const struct recorder_options options = { .path = path };
	struct recorder *recorder;
	uint64_t time_ns = T0;
	char name[32];

	assert_int_equal(recorder_open(&options, &recorder), 0);
	recorder_stream(recorder, 0, "");
	for (uint32_t i = 0; i < stream_count; i++) {
		(void)snprintf(name, sizeof(name), "coin%uusdt@trade", i);
		recorder_stream(recorder, (uint16_t)(i + 1), name);
	}
	tell_lanes(recorder, 1);
	for (uint32_t i = 0; i < socket_count; i++) {
		struct prof_socket socket = socket_of(i);

		recorder_socket(recorder, &socket);
		tell_syn(recorder, &socket);
	}
	for (uint32_t index = 0; index < ROUND_COUNT; index++) {
		for (uint32_t i = 0; i < socket_count; i++)
			tell_message(recorder, i, index, stream_count, &time_ns);
		tell_lanes(recorder, time_ns);
		recorder_round(recorder, time_ns, 0);
	}
	recorder_end(recorder, time_ns);
	assert_int_equal(recorder_close(recorder), 0);
}

/* What is told of it, and the closing report, which the caller frees. */
static char *replay_all(const char *path, uint32_t socket_room, struct told *told)
{
	const struct run_options options = { .engine = { .conn_count = socket_room } };
	char report_path[64];
	struct recording_header header;
	struct replay *replay;
	const char *failed_path;
	static struct run run;
	char *report = calloc(1, SUMMARY_BYTES_MAX);
	FILE *file;

	(void)snprintf(report_path, sizeof(report_path), "/tmp/limits_test.%d.txt", (int)getpid());
	assert_non_null(report);
	assert_int_equal(run_open(&run, &options), 0);
	assert_int_equal(run_add_sink(&run, &(struct sink){ .ops = &sink_lines,
							    .path = report_path,
							    .is_quiet = true,
							    .is_patient = true }),
			 0);
	assert_int_equal(run_add_sink(&run, &(struct sink){ .ops = &count_ops, .own = told }), 0);
	assert_int_equal(replay_open(path, &replay, &header), 0);
	assert_int_equal(replay_feed(replay, &run, &never), REPLAY_WHOLE);
	(void)replay_close(replay);
	assert_int_equal(run_close(&run, &failed_path), 0);
	file = fopen(report_path, "re");
	assert_non_null(file);
	assert_true(fread(report, 1, SUMMARY_BYTES_MAX - 1, file) > 0);
	(void)fclose(file);
	(void)unlink(report_path);
	return report;
}

static char *tell_all(uint32_t socket_count, uint32_t stream_count, uint32_t socket_room,
		      struct told *told)
{
	char path[64];
	char *report;

	(void)snprintf(path, sizeof(path), "/tmp/limits_test.%d", (int)getpid());
	record(path, socket_count, stream_count);
	report = replay_all(path, socket_room, told);
	(void)unlink(path);
	return report;
}

/* ---- The tests -------------------------------------------------------------- */

static void as_many_sockets_and_streams_as_promised_are_whole(void **state)
{
	struct told told = { 0 };
	char *report = tell_all(PROF_SOCKET_COUNT_MAX, STREAM_COUNT, 0, &told);

	(void)state;
	assert_true(told.message_count == (uint64_t)ROUND_COUNT * PROF_SOCKET_COUNT_MAX);
	assert_true(told.exact_count == told.message_count);
	for (uint32_t i = 1; i <= STREAM_COUNT; i++)
		assert_true(told.stream_seen[i] ==
			    (uint64_t)ROUND_COUNT * PROF_SOCKET_COUNT_MAX / STREAM_COUNT);
	assert_non_null(strstr(report, "coin0usdt@trade"));
	assert_non_null(strstr(report, "coin255usdt@trade"));
	assert_null(strstr(report, "(others)"));
	assert_non_null(strstr(report, " sockets-evicted=0 "));
	assert_non_null(strstr(report, " flows-evicted=0 "));
	free(report);
}

static void one_stream_more_is_told_with_the_others(void **state)
{
	struct told told = { 0 };
	char *report = tell_all(2 * (STREAM_COUNT + 2), STREAM_COUNT + 2, 0, &told);

	(void)state;
	assert_true(told.exact_count == told.message_count);
	assert_non_null(strstr(report, "(others)"));
	free(report);
}

static void sockets_beyond_the_room_are_forgotten_and_counted_in_one_line(void **state)
{
	struct told told = { 0 };
	char *report = tell_all(PROF_SOCKET_COUNT_MAX, STREAM_COUNT, PROF_SOCKET_COUNT_MAX / 2,
				&told);

	(void)state;
	assert_true(told.message_count == (uint64_t)ROUND_COUNT * PROF_SOCKET_COUNT_MAX);
	assert_true(told.exact_count < told.message_count);
	assert_non_null(strstr(report, " sockets-evicted="));
	assert_null(strstr(report, " sockets-evicted=0 "));
	free(report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_many_sockets_and_streams_as_promised_are_whole),
		cmocka_unit_test(one_stream_more_is_told_with_the_others),
		cmocka_unit_test(sockets_beyond_the_room_are_forgotten_and_counted_in_one_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
