/* SPDX-License-Identifier: BSD-2-Clause */
#include "live.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "prof/clock.h"
#include "prof/service.h"

#define BATCH_COUNT 64

/* More than a lane can hold, so that one busy producer cannot keep us from the others. */
#define LANE_TAKE_COUNT_MAX (2u * 65536)

/*
 * Rounds are gathered up a little: nobody reads lines faster, and cores are
 * shared.  The rest is a nap and no prof_consumer_wait(): waking us would cost
 * the profiled application some 10 us in the middle of its work.
 */
#define NAP_MIN_NS (2L * (long)PROF_NS_PER_MS)
#define NAP_MAX_NS (16L * (long)PROF_NS_PER_MS)

#define DRAIN_NS (2 * (int64_t)PROF_NS_PER_S)

struct live {
	struct prof_service service;
	const struct live_options *options;
	struct run *run;
	struct prof_bus *bus;
	struct prof_consumer *consumer;
	uint64_t socket_epoch;
	bool has_epoch;
	uint32_t stream_count; /* streams with an index below have been named */
	uint64_t checked_ns;
	uint64_t taken_count; /* events in this round */
	long nap_ns;
	struct prof_socket sockets[PROF_SOCKET_COUNT_MAX]; /* as they were told */
};

/* CLOCK_REALTIME minus CLOCK_MONOTONIC, bracketed: good to the time of two calls. */
static int64_t wall_offset_ns(void)
{
	uint64_t before_ns = prof_now_ns();
	struct timespec wall;
	uint64_t wall_ns;
	uint64_t after_ns;

	(void)clock_gettime(CLOCK_REALTIME, &wall);
	after_ns = prof_now_ns();
	wall_ns = (uint64_t)wall.tv_sec * PROF_NS_PER_S + (uint64_t)wall.tv_nsec;
	return prof_delta_ns(before_ns + (uint64_t)prof_delta_ns(before_ns, after_ns) / 2, wall_ns);
}

/* Returns whether the lane was emptied. */
static bool drain_lane(struct live *live, uint32_t lane_index)
{
	struct prof_event events[BATCH_COUNT];

	for (uint32_t total = 0; total < LANE_TAKE_COUNT_MAX;) {
		size_t count = prof_take(live->consumer, lane_index, events, BATCH_COUNT, NULL);

		if (count == 0)
			return true;
		corr_engine_expect_all(live->run->engine, events, count);
		for (size_t i = 0; i < count; i++)
			run_event(live->run, lane_index, &events[i]);
		total += (uint32_t)count;
		live->taken_count += count;
	}
	return false;
}

/* Facts first: what they promise is then in the lane, or has been taken before. */
static void read_lanes(struct live *live)
{
	for (uint32_t i = 0; i < prof_bus_lane_count(live->bus); i++) {
		struct prof_lane facts;

		if (!prof_lane_read(live->bus, i, &facts))
			continue;
		run_lane(live->run, i, &facts, prof_now_ns());
		if (drain_lane(live, i))
			continue;
		facts.mark_ns = 0; /* withdrawn: the lane still holds part of it */
		run_lane(live->run, i, &facts, prof_now_ns());
	}
}

static void read_sockets(struct live *live)
{
	uint64_t epoch = prof_socket_epoch(live->bus);
	struct prof_socket socket;

	if (live->has_epoch && epoch == live->socket_epoch)
		return;
	live->has_epoch = true;
	live->socket_epoch = epoch;
	for (uint32_t i = 0; i < prof_bus_socket_count(live->bus); i++) {
		if (!prof_socket_read(live->bus, i, &socket) ||
		    memcmp(&socket, &live->sockets[i], sizeof(socket)) == 0)
			continue;
		live->sockets[i] = socket;
		run_socket(live->run, &socket);
	}
}

/* Names are entered in order of their index and never change. */
static void read_streams(struct live *live)
{
	char name[PROF_STREAM_NAME_BYTES];

	while (live->stream_count < prof_bus_stream_count(live->bus) &&
	       prof_stream_read(live->bus, (uint16_t)live->stream_count, name))
		run_stream(live->run, (uint16_t)live->stream_count++, name);
}

static void do_round(struct live *live)
{
	live->taken_count = 0;
	read_lanes(live);
	read_sockets(live);
	read_streams(live);
	run_round(live->run, prof_now_ns(), wall_offset_ns());
	run_flush(live->run);
}

/* Longer and longer while nothing comes. */
static void rest(struct live *live)
{
	struct timespec nap;

	live->nap_ns *= 2;
	if (live->taken_count || live->nap_ns < NAP_MIN_NS)
		live->nap_ns = NAP_MIN_NS;
	if (live->nap_ns > NAP_MAX_NS)
		live->nap_ns = NAP_MAX_NS;
	nap = (struct timespec){ .tv_nsec = live->nap_ns };
	(void)nanosleep(&nap, NULL); /* a signal may cut it short */
}

/* Returns 0, or -EIO if the segment has been cut short under us. */
static int check_bus(struct live *live)
{
	uint64_t now_ns = prof_now_ns();

	if (prof_delta_ns(live->checked_ns, now_ns) < PROF_NS_PER_S)
		return 0;
	live->checked_ns = now_ns;
	prof_service_turn(&live->service, now_ns);
	return prof_bus_check(live->bus);
}

static int loop(struct live *live)
{
	const struct live_options *options = live->options;
	uint64_t start_ns = prof_now_ns();
	int64_t duration_ns = (int64_t)options->duration_s * PROF_NS_PER_S;

	while (!*options->is_stopped && !run_is_over(live->run)) {
		int err = check_bus(live);

		if (err)
			return err;
		do_round(live);
		if (duration_ns && prof_delta_ns(start_ns, prof_now_ns()) >= duration_ns)
			return 0;
		rest(live);
	}
	return 0;
}

/* Producers may still be stopping: wait for their last words, but not for ever. */
static void drain(struct live *live)
{
	uint64_t start_ns = prof_now_ns();

	do {
		do_round(live);
		if (live->taken_count == 0 && corr_engine_pending_count(live->run->engine) == 0)
			return;
		rest(live);
	} while (*live->options->is_stopped < 2 && !run_has_failed(live->run) &&
		 prof_delta_ns(start_ns, prof_now_ns()) < DRAIN_NS);
	do_round(live);
}

static int fail(int err, struct live_failure *ret_failure)
{
	struct prof_bus_words words = prof_bus_explain(err);

	*ret_failure = (struct live_failure){ "cannot use the bus", words.why, words.remedy };
	return err;
}

int live_open(const struct live_options *options, struct live **ret_live,
	      struct live_failure *ret_failure)
{
	struct live *live = calloc(1, sizeof(*live));
	int err = live ? 0 : -ENOMEM;

	if (!err) {
		live->options = options;
		err = prof_bus_join(options->bus_name, &options->bus_options, &live->bus);
	}
	if (!err)
		err = prof_consumer_attach(live->bus, &live->consumer);
	if (err) {
		(void)live_close(live);
		return fail(err, ret_failure);
	}
	*ret_live = live;
	return 0;
}

struct live *live_close(struct live *live)
{
	if (!live)
		return NULL;
	(void)prof_consumer_detach(live->consumer);
	(void)prof_bus_close(live->bus);
	free(live);
	return NULL;
}

int live_run(struct live *live, struct run *run, struct live_failure *ret_failure)
{
	int err;

	live->run = run;
	err = loop(live);
	if (!err)
		drain(live);
	run_end(run, prof_now_ns());
	return err ? fail(err, ret_failure) : 0;
}
