/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The correlator's engine: inputs in, one record for each message out.
 *
 * It does no I/O and reads no clock: the same inputs in the same order give
 * the same output, which is what makes a recording replayable.  Its memory is
 * allocated by corr_engine_create() and bounded by the options; what does not
 * fit is dropped and counted.  One thread.
 *
 * The order of inputs in one round:
 *   1. for each lane its facts (corr_engine_lane), then everything that can be
 *      taken from it (corr_engine_event); a lane that could not be emptied has
 *      its facts given again with mark_ns 0, which withdraws the promise;
 *   2. what changed in the registry and among the stream names;
 *   3. corr_engine_round(): the promises of step 1 are now kept, decide.
 * At the very end corr_engine_end() decides whatever is left.
 */
#ifndef CORR_ENGINE_H
#define CORR_ENGINE_H

#include "correlator/message/blind.h"
#include "correlator/message/counts.h"
#include "correlator/message/message.h"
#include "correlator/message/trip.h"

#define CORR_STREAM_COUNT_MAX PROF_STREAM_COUNT_MAX

/* Called for each message, in order.  The record is valid during the call. */
typedef void corr_emit(void *context, const struct corr_message *message);

/* Called for each answered round trip, in the order of the answers. */
typedef void corr_emit_trip(void *context, const struct corr_trip *trip);

struct corr_engine;
struct outward_counts;

/*
 * Returns 0 and the engine, to be released with corr_engine_destroy(); -ENOMEM
 * otherwise.  emit is called from within the inputs.
 */
int corr_engine_create(const struct corr_engine_options *options, corr_emit *emit, void *context,
		       struct corr_engine **ret_engine);

/* Before the first input: round trips are told, too, with the same context. */
void corr_engine_tell_trips(struct corr_engine *engine, corr_emit_trip *emit_trip);

/* NULL is allowed.  Returns NULL. */
struct corr_engine *corr_engine_destroy(struct corr_engine *engine);

/* A lane's facts, read by the caller at read_ns. */
void corr_engine_lane(struct corr_engine *engine, uint32_t lane_index,
		      const struct prof_lane *facts, uint64_t read_ns);
void corr_engine_event(struct corr_engine *engine, uint32_t lane_index,
		       const struct prof_event *event);
/*
 * Many sockets do not fit the processor's caches: then it is worth being told what comes a few
 * events later, and again when it is nearer.  Says nothing, changes nothing.
 */
bool corr_engine_is_crowded(const struct corr_engine *engine);
void corr_engine_expect(const struct corr_engine *engine, const struct prof_event *event);
void corr_engine_expect_soon(const struct corr_engine *engine, const struct prof_event *event);
/* Both of all of these, if it is crowded: before they are given, in a row. */
void corr_engine_expect_all(const struct corr_engine *engine, const struct prof_event *events,
			    size_t count);
void corr_engine_socket(struct corr_engine *engine, const struct prof_socket *socket);
void corr_engine_stream(struct corr_engine *engine, uint16_t index, const char *name);
/* wall_offset_ns is CLOCK_REALTIME minus CLOCK_MONOTONIC. */
void corr_engine_round(struct corr_engine *engine, uint64_t now_ns, int64_t wall_offset_ns);
void corr_engine_end(struct corr_engine *engine, uint64_t now_ns);

/* How many messages wait for a decision, those read from the wire included. */
uint32_t corr_engine_pending_count(const struct corr_engine *engine);
const struct corr_counts *corr_engine_counts(const struct corr_engine *engine);
/* Of what goes out. */
const struct outward_counts *corr_engine_outward(const struct corr_engine *engine);
/* Producers seen so far, in order of appearance; false past the last. */
bool corr_engine_producer(const struct corr_engine *engine, uint32_t index,
			  struct corr_producer *ret_producer);
/* Layers that saw nothing of a connection, in the order they were noticed; false past the last. */
bool corr_engine_blind(const struct corr_engine *engine, uint32_t index,
		       struct corr_blind *ret_blind);
/* After the end: sockets not in the registry that were read, and of which no message came. */
uint64_t corr_engine_unclaimed_count(const struct corr_engine *engine);
/* Orders that the capture read, and that were not told: too many waited for their answer. */
uint64_t corr_engine_forgotten_order_count(const struct corr_engine *engine);
/* "" for a stream that was never named. */
const char *corr_engine_stream_name(const struct corr_engine *engine, uint16_t index);

#endif
