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

#include "message.h"
#include "prof/bus.h"

#define CORR_STREAM_COUNT_MAX PROF_STREAM_COUNT_MAX

/* 0 in a member means its default. */
struct corr_engine_options {
	uint32_t conn_count;	/* sockets known at a time; 1,024 */
	uint32_t flow_count;	/* connections seen at the NIC at a time; 4,096 */
	uint32_t segment_count; /* segments remembered; 524,288 */
	uint32_t read_count;	/* reads remembered; 262,144 */
	uint32_t message_count; /* messages waiting for a decision; 262,144 */
	uint64_t grace_ns;	/* marks must pass an incomplete message by this; 100 ms */
	uint64_t copy_ns; /* how late a copy of a lost segment may come; 200 ms, TCP's least RTO */
	uint64_t silence_ns; /* a live producer's mark this old is not waited for; 5 s */
};

/* Called for each message, in order.  The record is valid during the call. */
typedef void corr_emit(void *context, const struct corr_message *message);

/* One producer, as the closing report shows it. */
struct corr_producer {
	struct prof_lane facts; /* as last seen; the counts of drops are this owner's */
	uint64_t event_count;	/* taken from it */
};

#define CORR_PRODUCER_COUNT_MAX 256

struct corr_counts {
	uint64_t segment_count;	      /* inbound, with data */
	uint64_t segment_empty_count; /* SYN, ACK, FIN without data */
	uint64_t segment_outbound_count;
	uint64_t segment_merged_count;
	uint64_t segment_retransmit_count; /* brought nothing new */
	uint64_t segment_overlap_count;	   /* brought something new and something old */
	uint64_t segment_late_count;	   /* filled a hole */
	uint64_t segment_evicted_count;	   /* forgotten: memory limit */
	uint64_t segment_stray_count;	   /* sequence number far outside the window */
	uint64_t flow_evicted_count;
	uint64_t flow_reused_count; /* a new connection with the same addresses and ports */
	uint64_t read_count;
	uint64_t read_overlap_count; /* contradicts an earlier read; not used */
	uint64_t read_evicted_count;
	uint64_t base_conflict_count; /* two sources disagree about the first byte's number */
	uint64_t conn_evicted_count;
	uint64_t message_count;
	uint64_t message_early_count; /* decided before the marks allowed it: memory limit */
	uint64_t message_bad_count;   /* a range that cannot be: counted, user-only */
	uint64_t unknown_event_count; /* a kind that this version does not know */
	uint64_t check_agree_count;   /* second method: the thread's last read */
	uint64_t check_disagree_count;
	uint64_t check_none_count; /* kernel layer knows the message, but not that thread */
};

struct corr_engine;

/*
 * Returns 0 and the engine, to be released with corr_engine_destroy(); -ENOMEM
 * otherwise.  emit is called from within the inputs.
 */
int corr_engine_create(const struct corr_engine_options *options, corr_emit *emit, void *context,
		       struct corr_engine **ret_engine);

/* NULL is allowed.  Returns NULL. */
struct corr_engine *corr_engine_destroy(struct corr_engine *engine);

/* A lane's facts, read by the caller at read_ns. */
void corr_engine_lane(struct corr_engine *engine, uint32_t lane_index,
		      const struct prof_lane *facts, uint64_t read_ns);
void corr_engine_event(struct corr_engine *engine, uint32_t lane_index,
		       const struct prof_event *event);
void corr_engine_socket(struct corr_engine *engine, const struct prof_socket *socket);
void corr_engine_stream(struct corr_engine *engine, uint16_t index, const char *name);
/* wall_offset_ns is CLOCK_REALTIME minus CLOCK_MONOTONIC. */
void corr_engine_round(struct corr_engine *engine, uint64_t now_ns, int64_t wall_offset_ns);
void corr_engine_end(struct corr_engine *engine, uint64_t now_ns);

/* How many messages wait for a decision. */
uint32_t corr_engine_pending_count(const struct corr_engine *engine);
const struct corr_counts *corr_engine_counts(const struct corr_engine *engine);
/* Producers seen so far, in order of appearance; false past the last. */
bool corr_engine_producer(const struct corr_engine *engine, uint32_t index,
			  struct corr_producer *ret_producer);
/* "" for a stream that was never named. */
const char *corr_engine_stream_name(const struct corr_engine *engine, uint16_t index);

#endif
