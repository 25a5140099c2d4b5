/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench_correlator [EVENTS [DIRECTORY [CONNECTIONS]]]: how fast the correlator
 * replays a recording, with and without output, what of it is matching and what
 * is formatting, and whether its memory stays flat.  One thread does it all.
 *
 * bench_correlator record FILE EVENTS CONNECTIONS: makes such a recording, and
 * nothing else (against.sh).
 *
 * bench_correlator matching EVENTS CONNECTIONS...: matching alone, by the number
 * of connections, in turn, ROUNDS times; medians, and the worst of them over the
 * best.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "correlator/run/replay.h"
#include "prof/clock.h"

#define CONN_COUNT	   4 /* unless told otherwise */
#define CONN_COUNT_MAX	   4096
#define ROUNDS		   5
#define ROUND_EVENTS	   2000
#define RECORD_BYTES	   180
#define EVENTS_PER_MESSAGE 4 /* a segment, OpenSSL's two reads, the message */

enum { LANE_NIC, LANE_KERNEL, LANE_USER, LANE_COUNT };

static volatile sig_atomic_t never;

/* ---- What is measured --------------------------------------------------- */

struct watch {
	uint64_t message_count;
	uint64_t message_total;
	uint64_t rss_early_kib;
	uint64_t rss_late_kib;
};

static uint64_t rss_kib(void)
{
	unsigned long size;
	unsigned long resident = 0;
	FILE *file = fopen("/proc/self/statm", "re");

	if (file && fscanf(file, "%lu %lu", &size, &resident) != 2)
		resident = 0;
	if (file)
		(void)fclose(file);
	return resident * (uint64_t)sysconf(_SC_PAGESIZE) / 1024;
}

static int watch_open(struct sink *sink)
{
	(void)sink;
	return 0;
}

/* `path` carries the watch: the sinks of the program need no such thing. */
static void watch_message(struct sink *sink, const struct corr_message *message)
{
	union {
		const char *path;
		struct watch *watch;
	} of = { .path = sink->path };
	uint64_t tenth = of.watch->message_total / 10;

	(void)message;
	of.watch->message_count++;
	if (of.watch->message_count == tenth)
		of.watch->rss_early_kib = rss_kib();
	else if (of.watch->message_count == of.watch->message_total - 1)
		of.watch->rss_late_kib = rss_kib();
}

static int watch_close(struct sink *sink, const struct corr_summary *summary)
{
	(void)sink;
	(void)summary;
	return 0;
}

static const struct sink_ops watch_ops = {
	.name = "watch", .open = watch_open, .message = watch_message, .close = watch_close
};

/* ---- What is replayed --------------------------------------------------- */

/* As many as the correlator takes from a bus at once. */
#define BATCH_COUNT 64

/* Whoever takes events: a recorder, or an engine alone. */
struct taker {
	struct recorder *recorder;
	struct corr_engine *engine;
	uint32_t conn_count;
	uint32_t batch_count;
	uint32_t lanes[BATCH_COUNT];
	struct prof_event batch[BATCH_COUNT];
};

/* As run/live.c does. */
static void feed_batch(struct taker *taker)
{
	corr_engine_expect_all(taker->engine, taker->batch, taker->batch_count);
	for (uint32_t i = 0; i < taker->batch_count; i++)
		corr_engine_event(taker->engine, taker->lanes[i], &taker->batch[i]);
	taker->batch_count = 0;
}

static void take_event(struct taker *taker, uint32_t lane, const struct prof_event *event)
{
	if (taker->recorder) {
		recorder_event(taker->recorder, lane, event);
		return;
	}
	taker->lanes[taker->batch_count] = lane;
	taker->batch[taker->batch_count++] = *event;
	if (taker->batch_count == BATCH_COUNT)
		feed_batch(taker);
}

static struct prof_socket socket_of(uint32_t number)
{
	struct prof_socket socket = {
		.cookie = 100 + number, .registered_ns = 1, .tid = 7, .conn_number = number
	};

	prof_endpoint_set_ipv4(&socket.flow.local, "\x0a\x00\x00\x01", (uint16_t)(2000 + number));
	prof_endpoint_set_ipv4(&socket.flow.remote, "\x0a\x00\x00\x02", 443);
	return socket;
}

static void begin(struct taker *taker)
{
	for (uint32_t i = 0; i < taker->conn_count; i++) {
		struct prof_socket socket = socket_of(i);
		struct prof_event syn = { .time_ns = 2,
					  .conn_key = prof_flow_id(&socket.flow),
					  .kind = PROF_EVENT_SEGMENT,
					  .seq = 999,
					  .segment = { .tcp_flags = PROF_TCP_SYN } };

		if (taker->recorder)
			recorder_socket(taker->recorder, &socket);
		else
			corr_engine_socket(taker->engine, &socket);
		take_event(taker, LANE_NIC, &syn);
	}
}

static void tell_lanes(struct taker *taker, uint64_t now_ns)
{
	static const enum prof_layer layers[] = { PROF_LAYER_NIC, PROF_LAYER_KERNEL,
						  PROF_LAYER_USER };

	for (uint32_t lane = 0; lane < LANE_COUNT; lane++) {
		struct prof_lane facts = { .generation = 1,
					   .is_owned = true,
					   .since_ns = 1,
					   .layer = layers[lane],
					   .name = "bench",
					   .mark_ns = now_ns };

		if (taker->recorder)
			recorder_lane(taker->recorder, lane, &facts, now_ns);
		else
			corr_engine_lane(taker->engine, lane, &facts, now_ns);
	}
}

/* The index-th message of all: 4 events. */
static void tell_message(struct taker *taker, uint64_t index, uint64_t flow_id)
{
	uint64_t time_ns = 1000 + index * 1000;
	uint64_t cookie = 100 + index % taker->conn_count;
	uint64_t start = index / taker->conn_count * RECORD_BYTES;
	struct prof_event event = { .time_ns = time_ns,
				    .conn_key = flow_id,
				    .kind = PROF_EVENT_SEGMENT,
				    .seq = 1000 + (uint32_t)start,
				    .segment = { .size_bytes = RECORD_BYTES } };

	take_event(taker, LANE_NIC, &event);
	event = (struct prof_event){ .time_ns = time_ns + 300,
				     .conn_key = cookie,
				     .kind = PROF_EVENT_READ,
				     .base_seq = 1000,
				     .read = { .return_ns = time_ns + 350,
					       .flow_id = flow_id,
					       .start_offset = start,
					       .size_bytes = 5,
					       .tid = 7 } };
	take_event(taker, LANE_KERNEL, &event);
	event.time_ns = time_ns + 400;
	event.read.return_ns = time_ns + 450;
	event.read.start_offset = start + 5;
	event.read.size_bytes = RECORD_BYTES - 5;
	take_event(taker, LANE_KERNEL, &event);
	event = (struct prof_event){ .time_ns = time_ns + 600 + index % 300,
				     .conn_key = cookie,
				     .kind = PROF_EVENT_MESSAGE,
				     .stream_index = 1,
				     .conn_number = (uint16_t)(index % taker->conn_count),
				     .message = {
					     .end_offset = start + RECORD_BYTES,
					     .message_index = (uint32_t)(index / taker->conn_count),
					     .size_bytes = RECORD_BYTES,
					     .recv_before_ns = 90,
					     .parsed_after_ns = 40 } };
	take_event(taker, LANE_USER, &event);
}

static void tell_all(struct taker *taker, uint64_t message_count)
{
	uint64_t flow_ids[CONN_COUNT_MAX];

	for (uint32_t i = 0; i < taker->conn_count; i++) {
		struct prof_socket socket = socket_of(i);

		flow_ids[i] = prof_flow_id(&socket.flow);
	}
	tell_lanes(taker, 1);
	begin(taker);
	for (uint64_t index = 0; index < message_count; index++) {
		uint64_t now_ns = 1000 + index * 1000;

		tell_message(taker, index, flow_ids[index % taker->conn_count]);
		if (index % (ROUND_EVENTS / EVENTS_PER_MESSAGE) != 0)
			continue;
		if (taker->engine)
			feed_batch(taker);
		tell_lanes(taker, now_ns);
		if (taker->recorder)
			recorder_round(taker->recorder, now_ns, 0);
		else
			corr_engine_round(taker->engine, now_ns, 0);
	}
}

static void make_recording(const char *path, uint64_t message_count, uint32_t conn_count)
{
	const struct recorder_options options = { .path = path };
	struct taker taker = { .conn_count = conn_count };

	if (recorder_open(&options, &taker.recorder) < 0) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	recorder_stream(taker.recorder, 0, "");
	recorder_stream(taker.recorder, 1, "btcusdt@aggTrade");
	tell_all(&taker, message_count);
	recorder_end(taker.recorder, 1000 + message_count * 1000);
	if (recorder_close(taker.recorder) < 0)
		exit(EXIT_FAILURE);
}

/* ---- Measurements ------------------------------------------------------- */

static void add_sink(struct run *run, const struct sink *sink)
{
	if (run_add_sink(run, sink) < 0)
		exit(EXIT_FAILURE);
}

/*
 * Seconds this process had a core for: what others do on a shared machine does
 * not count, what the kernel does for us does.
 */
static double core_s(void)
{
	struct timespec used;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	return (double)used.tv_sec + (double)used.tv_nsec / PROF_NS_PER_S;
}

/* Core seconds for a replay with the statistics and perhaps JSONL. */
static double replay(const char *path, bool has_jsonl, struct watch *watch)
{
	static struct run run;
	struct recording_header header;
	struct replay *replay;
	const char *failed_path;
	union {
		struct watch *watch;
		const char *path;
	} as = { .watch = watch };
	double start_s = core_s();

	if (run_open(&run, &(struct run_options){ 0 }) < 0 ||
	    replay_open(path, &replay, &header) < 0)
		exit(EXIT_FAILURE);
	add_sink(&run, &(struct sink){ .ops = &sink_lines,
				       .path = "/dev/null",
				       .is_quiet = true,
				       .is_patient = true });
	add_sink(&run, &(struct sink){ .ops = &watch_ops, .path = as.path });
	if (has_jsonl)
		add_sink(&run, &(struct sink){ .ops = &sink_jsonl,
					       .path = "/dev/null",
					       .is_patient = true });
	if (replay_feed(replay, &run, &never) != REPLAY_WHOLE)
		exit(EXIT_FAILURE);
	(void)replay_close(replay);
	(void)run_close(&run, &failed_path);
	return core_s() - start_s;
}

static void count_exact(void *context, const struct corr_message *message)
{
	*(uint64_t *)context += message->class_id == CORR_CLASS_EXACT;
}

/* Core seconds for the engine alone, without file, statistics or output. */
static double match(uint64_t message_count, uint32_t conn_count, uint64_t *ret_exact_count)
{
	struct taker taker = { .conn_count = conn_count };
	double start_s = core_s();

	if (corr_engine_create(&(struct corr_engine_options){ 0 }, count_exact, ret_exact_count,
			       &taker.engine) < 0)
		exit(EXIT_FAILURE);
	tell_all(&taker, message_count);
	feed_batch(&taker);
	corr_engine_end(taker.engine, 1000 + message_count * 1000);
	(void)corr_engine_destroy(taker.engine);
	return core_s() - start_s;
}

static int compare(const void *a, const void *b)
{
	const double *left = a;
	const double *right = b;

	return (*left > *right) - (*left < *right);
}

static uint32_t conn_count_of(const char *words)
{
	unsigned long count = strtoul(words, NULL, 10);

	if (count >= 1 && count <= CONN_COUNT_MAX)
		return (uint32_t)count;
	(void)fprintf(stderr, "bench_correlator: %s is not 1 to %d connections\n", words,
		      CONN_COUNT_MAX);
	exit(EXIT_FAILURE);
}

/* Interleaved, so that what else the machine does meets all of them alike. */
static int measure_matching(uint64_t message_count, int count, char **words)
{
	static double times_s[16][ROUNDS];
	double best_ns = 0;
	double worst_ns = 0;

	if (count > 16)
		return EXIT_FAILURE;
	for (int round = 0; round < ROUNDS; round++) {
		for (int i = 0; i < count; i++) {
			uint64_t exact_count = 0;

			times_s[i][round] = match(message_count, conn_count_of(words[i]),
						  &exact_count);
			if (exact_count != message_count)
				(void)printf("%s connections: %" PRIu64 " of %" PRIu64 " exact\n",
					     words[i], exact_count, message_count);
		}
	}
	for (int i = 0; i < count; i++) {
		double ns;

		qsort(times_s[i], ROUNDS, sizeof(double), compare);
		ns = times_s[i][ROUNDS / 2] * 1e9 / (double)(message_count * EVENTS_PER_MESSAGE);
		(void)printf("%5s connections: %6.1f ns an event\n", words[i], ns);
		worst_ns = ns > worst_ns ? ns : worst_ns;
		best_ns = !i || ns < best_ns ? ns : best_ns;
	}
	(void)printf("RATIO correlator_matching_worst_over_best %.2f <= 1.25\n",
		     worst_ns / best_ns);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	if (argc == 5 && strcmp(argv[1], "record") == 0) {
		make_recording(argv[2], strtoull(argv[3], NULL, 10) / EVENTS_PER_MESSAGE,
			       conn_count_of(argv[4]));
		return EXIT_SUCCESS;
	}
	if (argc > 3 && strcmp(argv[1], "matching") == 0)
		return measure_matching(strtoull(argv[2], NULL, 10) / EVENTS_PER_MESSAGE, argc - 3,
					argv + 3);

	uint64_t event_count = argc > 1 ? strtoull(argv[1], NULL, 10) : 10000000;
	const char *directory = argc > 2 ? argv[2] : "/tmp";
	uint32_t conn_count = argc > 3 ? conn_count_of(argv[3]) : CONN_COUNT;
	uint64_t message_count = event_count / EVENTS_PER_MESSAGE;
	struct watch watch = { .message_total = message_count };
	uint64_t exact_count = 0;
	char path[4096];
	double match_s;
	double quiet_s;
	double jsonl_s;
	struct watch quiet_watch;

	(void)snprintf(path, sizeof(path), "%s/bench_correlator.%d", directory, (int)getpid());
	match_s = match(message_count, conn_count, &exact_count);
	make_recording(path, message_count, conn_count);
	quiet_s = replay(path, false, &watch);
	quiet_watch = watch;
	watch.message_count = 0;
	jsonl_s = replay(path, true, &watch);
	(void)unlink(path);

	(void)printf("events %" PRIu64 ", messages %" PRIu64 ", exact %" PRIu64 "\n", event_count,
		     message_count, exact_count);
	(void)printf("all times are core seconds of one thread\n");
	(void)printf("replay, lines off:   %6.2f s, %6.2f M events/s\n", quiet_s,
		     (double)event_count / quiet_s / 1e6);
	(void)printf("replay, JSONL:       %6.2f s, %6.2f M events/s\n", jsonl_s,
		     (double)event_count / jsonl_s / 1e6);
	(void)printf("of a JSONL replay: matching %.0f %%, file and statistics %.0f %%, formatting "
		     "%.0f %%\n",
		     100 * match_s / jsonl_s, 100 * (quiet_s - match_s) / jsonl_s,
		     100 * (jsonl_s - quiet_s) / jsonl_s);
	(void)printf("matching alone: %.0f ns an event; formatting: %.0f ns a message\n",
		     match_s / (double)event_count * 1e9,
		     (jsonl_s - quiet_s) / (double)message_count * 1e9);
	(void)printf("RSS %" PRIu64 " KiB after the first tenth, %" PRIu64 " KiB at the end\n",
		     quiet_watch.rss_early_kib, quiet_watch.rss_late_kib);
	(void)printf("RATIO correlator_million_events_per_s %.2f >= 5\n",
		     (double)event_count / quiet_s / 1e6);
	(void)printf("RATIO correlator_jsonl_million_events_per_s %.2f >= 1\n",
		     (double)event_count / jsonl_s / 1e6);
	(void)printf("RATIO correlator_rss_growth_kib %" PRId64 " <= 1023\n",
		     (int64_t)(quiet_watch.rss_late_kib - quiet_watch.rss_early_kib));
	return EXIT_SUCCESS;
}
