/* SPDX-License-Identifier: BSD-2-Clause */
#include "correlator/run/replay.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "prof/clock.h"

#include "tests/unit/unit.h"

#define PATH_BYTES    160
#define MESSAGE_COUNT 300

static volatile sig_atomic_t is_stopped;

static char *path_of(const char *name)
{
	static char paths[8][PATH_BYTES];
	static unsigned int next;
	char *path = paths[next++ % 8];

	(void)snprintf(path, PATH_BYTES, "corr_replay_test.%d/%s", (int)getpid(), name);
	return path;
}

static int make_directory(void **state)
{
	(void)state;
	return mkdir(path_of(""), 0700);
}

static int remove_directory(void **state)
{
	char command[PATH_BYTES + 16];

	(void)state;
	(void)snprintf(command, sizeof(command), "rm -r %s", path_of(""));
	return system(command);
}

static void tell_lanes(struct run *run, uint64_t now_ns)
{
	static const enum prof_layer layers[] = { PROF_LAYER_NIC, PROF_LAYER_KERNEL,
						  PROF_LAYER_USER };

	for (uint32_t lane = 0; lane < 3; lane++) {
		struct prof_lane facts = { .generation = 1,
					   .is_owned = true,
					   .since_ns = 1,
					   .layer = layers[lane],
					   .name = "test",
					   .mark_ns = now_ns,
					   .dropped_count = lane == 0 ? now_ns / 100000 : 0 };

		run_lane(run, lane, &facts, now_ns);
	}
}

static void tell_message(struct run *run, uint64_t flow_id, uint32_t index)
{
	uint64_t time_ns = 1000 + index * UINT64_C(1000);
	struct prof_event event = { .time_ns = time_ns,
				    .conn_key = flow_id,
				    .kind = PROF_EVENT_SEGMENT,
				    .seq = 7 + index * 100,
				    .segment = { .size_bytes = 100 } };

	if (index % 17)
		run_event(run, 0, &event);
	event = (struct prof_event){ .time_ns = time_ns + 100,
				     .conn_key = 5,
				     .kind = PROF_EVENT_READ,
				     .base_seq = 7,
				     .read = { .return_ns = time_ns + 200,
					       .flow_id = flow_id,
					       .start_offset = index * UINT64_C(100),
					       .size_bytes = 100,
					       .tid = 3 } };
	run_event(run, 1, &event);
	event = (struct prof_event){ .time_ns = time_ns + 300,
				     .conn_key = 5,
				     .kind = PROF_EVENT_MESSAGE,
				     .stream_index = 1,
				     .message = { .end_offset = (index + 1) * UINT64_C(100),
						  .exch_time_us = 1790000000000000,
						  .message_index = index,
						  .size_bytes = 100 } };
	run_event(run, 2, &event);
}

static void tell_all(struct run *run)
{
	struct prof_socket socket = { .cookie = 5, .registered_ns = 2, .flow.local.port = 9 };
	uint64_t flow_id = prof_flow_id(&socket.flow);
	struct prof_event syn = { .time_ns = 3,
				  .conn_key = flow_id,
				  .kind = PROF_EVENT_SEGMENT,
				  .seq = 6,
				  .segment = { .tcp_flags = PROF_TCP_SYN } };

	tell_lanes(run, 1);
	run_stream(run, 0, "");
	run_stream(run, 1, "ethusdt@depth");
	run_socket(run, &socket);
	run_event(run, 0, &syn);
	for (uint32_t index = 0; index < MESSAGE_COUNT; index++) {
		tell_message(run, flow_id, index);
		if (index % 10)
			continue;
		tell_lanes(run, 1000 + index * UINT64_C(1000));
		run_round(run, 1000 + index * UINT64_C(1000) + index * UINT64_C(100000000),
			  1790000000000000100);
	}
	run_end(run, 1000 + MESSAGE_COUNT * UINT64_C(1000));
}

static void open_run(struct run *run, const char *name)
{
	const struct run_options options = { .unit = CORR_UNIT_NS, .interval_s = 5 };
	static char jsonl[2 * PATH_BYTES]; /* has to last until the run is closed */

	assert_int_equal(run_open(run, &options), 0);
	assert_int_equal(run_add_sink(run, &(struct sink){ .ops = &sink_lines,
							   .is_patient = true,
							   .path = path_of(name) }),
			 0);
	(void)snprintf(jsonl, sizeof(jsonl), "%s.jsonl", path_of(name));
	assert_int_equal(run_add_sink(run, &(struct sink){ .ops = &sink_jsonl,
							   .is_patient = true,
							   .path = jsonl }),
			 0);
}

static void close_run(struct run *run)
{
	const char *path;

	assert_int_equal(run_close(run, &path), 0);
}

static void record(const char *name, uint64_t part_bytes_max, uint32_t part_count_max)
{
	static struct run run;
	struct recorder_options options = { .path = path_of(name),
					    .part_bytes_max = part_bytes_max,
					    .part_count_max = part_count_max };

	open_run(&run, "live.txt");
	assert_int_equal(run_record(&run, &options), 0);
	tell_all(&run);
	close_run(&run);
}

static enum replay_end replay_to(const char *name, const char *output)
{
	static struct run run;
	struct recording_header header;
	struct replay *replay;
	enum replay_end end;

	assert_int_equal(replay_open(path_of(name), &replay, &header), 0);
	assert_int_equal(header.unit, CORR_UNIT_NS);
	assert_int_equal(header.interval_s, 5);
	open_run(&run, output);
	end = replay_feed(replay, &run, &is_stopped);
	(void)replay_close(replay);
	close_run(&run);
	return end;
}

static size_t load(const char *name, char *bytes, size_t room_bytes)
{
	FILE *file = fopen(path_of(name), "rb");
	size_t size_bytes;

	assert_non_null(file);
	size_bytes = fread(bytes, 1, room_bytes, file);
	assert_true(size_bytes > 0 && size_bytes < room_bytes);
	(void)fclose(file);
	return size_bytes;
}

static void assert_same(const char *a, const char *b)
{
	static char of_a[1 << 20];
	static char of_b[1 << 20];
	size_t size_bytes = load(a, of_a, sizeof(of_a));

	assert_int_equal(load(b, of_b, sizeof(of_b)), size_bytes);
	assert_memory_equal(of_a, of_b, size_bytes);
}

static void a_replay_prints_byte_for_byte_what_the_run_printed(void **state)
{
	(void)state;
	record("whole.rec", 0, 0);
	assert_int_equal(replay_to("whole.rec", "again.txt"), REPLAY_WHOLE);
	assert_same("live.txt", "again.txt");
	assert_same("live.txt.jsonl", "again.txt.jsonl");
}

static void parts_are_replayed_as_one(void **state)
{
	(void)state;
	record("parts.rec", 5000, 0);
	assert_int_equal(access(path_of("parts.rec.3"), F_OK), 0);
	assert_int_equal(replay_to("parts.rec", "again.txt"), REPLAY_WHOLE);
	assert_same("live.txt", "again.txt");
	assert_same("live.txt.jsonl", "again.txt.jsonl");
}

static void a_missing_part_is_a_cut(void **state)
{
	(void)state;
	record("torn.rec", 5000, 0);
	assert_int_equal(unlink(path_of("torn.rec.2")), 0);
	assert_int_equal(replay_to("torn.rec", "again.txt"), REPLAY_CUT);
}

static void only_the_newest_parts_are_kept_and_can_be_replayed(void **state)
{
	(void)state;
	record("kept.rec", 5000, 2);
	assert_int_equal(access(path_of("kept.rec"), F_OK), -1);
	assert_int_equal(access(path_of("kept.rec.1"), F_OK), -1);
	for (unsigned int part = 2;; part++) {
		char name[32];

		(void)snprintf(name, sizeof(name), "kept.rec.%u", part);
		if (access(path_of(name), F_OK) < 0)
			continue;
		assert_int_equal(replay_to(name, "again.txt"), REPLAY_WHOLE);
		return;
	}
}

static void every_cut_is_replayed_up_to_it(void **state)
{
	static char bytes[1 << 20];
	size_t size_bytes;

	(void)state;
	record("cut.rec", 0, 0);
	size_bytes = load("cut.rec", bytes, sizeof(bytes));
	for (size_t cut_bytes = RECORDING_HEADER_BYTES; cut_bytes < size_bytes;
	     cut_bytes += 1 + cut_bytes / 9) {
		assert_int_equal(truncate(path_of("cut.rec"), 0), 0);
		FILE *file = fopen(path_of("cut.rec"), "wb");

		assert_int_equal(fwrite(bytes, 1, cut_bytes, file), cut_bytes);
		(void)fclose(file);
		assert_int_equal(replay_to("cut.rec", "again.txt"), REPLAY_CUT);
	}
}

static void a_damaged_record_ends_the_replay(void **state)
{
	static char bytes[1 << 20];
	size_t size_bytes;
	FILE *file;

	(void)state;
	record("bad.rec", 0, 0);
	size_bytes = load("bad.rec", bytes, sizeof(bytes));
	bytes[size_bytes / 2] ^= 0x10;
	file = fopen(path_of("bad.rec"), "wb");
	assert_int_equal(fwrite(bytes, 1, size_bytes, file), size_bytes);
	(void)fclose(file);
	assert_int_equal(replay_to("bad.rec", "again.txt"), REPLAY_DAMAGED);
}

static struct corr_blind blinds[4];
static uint32_t blind_count;

static void note_blind(const struct corr_blind *blind)
{
	assert_true(blind_count < 4);
	blinds[blind_count++] = *blind;
}

/* Two seconds in which everything arrives and is told, and no probe is called. */
static void tell_without_reads(struct run *run)
{
	struct prof_socket socket = { .cookie = 5, .registered_ns = 2, .flow.local.port = 9 };

	tell_lanes(run, 1);
	run_socket(run, &socket);
	for (uint32_t index = 1; index <= 20; index++) {
		uint64_t now_ns = index * UINT64_C(100000000);
		struct prof_event event = { .time_ns = now_ns - 50,
					    .conn_key = 5,
					    .kind = PROF_EVENT_MESSAGE,
					    .message = { .end_offset = index * UINT64_C(100),
							 .size_bytes = 100 } };

		run_event(run, 2, &event);
		event = (struct prof_event){ .time_ns = now_ns - 100,
					     .conn_key = prof_flow_id(&socket.flow),
					     .kind = PROF_EVENT_SEGMENT,
					     .seq = 7 + index * 100,
					     .segment = { .size_bytes = 100 } };
		run_event(run, 0, &event);
		tell_lanes(run, now_ns);
		run_round(run, now_ns, 0);
	}
	run_end(run, 20 * UINT64_C(100000000));
}

static void a_blind_layer_is_told_at_once_and_by_the_replay_too(void **state)
{
	static struct run run;
	struct recorder_options options = { .path = path_of("blind.rec") };
	struct recording_header header;
	struct corr_blind live;
	struct replay *replay;

	(void)state;
	open_run(&run, "blind.txt");
	run.options.tell_blind = note_blind;
	assert_int_equal(run_record(&run, &options), 0);
	tell_without_reads(&run);
	close_run(&run);
	assert_int_equal(blind_count, 1);
	assert_int_equal(blinds[0].layer, PROF_LAYER_KERNEL);
	assert_int_equal(blinds[0].cause, CORR_CAUSE_NEVER_CALLED);
	assert_true(blinds[0].window_ms > 0); /* while it ran, not at its end */
	live = blinds[0];
	blind_count = 0;
	assert_int_equal(replay_open(path_of("blind.rec"), &replay, &header), 0);
	open_run(&run, "again.txt");
	run.options.tell_blind = note_blind;
	(void)replay_feed(replay, &run, &is_stopped);
	(void)replay_close(replay);
	close_run(&run);
	assert_int_equal(blind_count, 1);
	assert_true(blinds[0].cause == live.cause &&
		    blinds[0].neighbour_count == live.neighbour_count);
}

static void what_is_no_recording_is_refused(void **state)
{
	struct recording_header header;
	struct replay *replay;
	FILE *file = fopen(path_of("no.rec"), "wb");

	(void)state;
	(void)fputs("hello", file);
	(void)fclose(file);
	assert_int_equal(replay_open(path_of("no.rec"), &replay, &header), -ENOEXEC);
	assert_int_equal(truncate(path_of("no.rec"), 0), 0);
	assert_int_equal(replay_open(path_of("no.rec"), &replay, &header), -ENODATA);
	assert_int_equal(replay_open(path_of("absent"), &replay, &header), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_replay_prints_byte_for_byte_what_the_run_printed),
		cmocka_unit_test(parts_are_replayed_as_one),
		cmocka_unit_test(a_missing_part_is_a_cut),
		cmocka_unit_test(only_the_newest_parts_are_kept_and_can_be_replayed),
		cmocka_unit_test(every_cut_is_replayed_up_to_it),
		cmocka_unit_test(a_damaged_record_ends_the_replay),
		cmocka_unit_test(a_blind_layer_is_told_at_once_and_by_the_replay_too),
		cmocka_unit_test(what_is_no_recording_is_refused),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
