/* SPDX-License-Identifier: BSD-2-Clause */
/* Statistics over messages: counts by class and reason, distributions by stage and stream. */
#ifndef CORR_STATS_H
#define CORR_STATS_H

#include "blame.h"
#include "correlator/message/message.h"
#include "hist.h"

/* 256 streams with a distribution of their own; the others share the last place. */
#define STATS_STREAM_COUNT_MAX 257

struct stats_stream {
	char name[64];
	uint64_t count;
	uint64_t correlated_count;
	struct hist *total; /* NIC -> user; allocated when the stream first appears */
};

struct corr_stats {
	uint64_t count;
	uint64_t correlated_count;
	uint64_t class_count[CORR_CLASS_COUNT];
	uint64_t nic_reason_count[CORR_REASON_COUNT];
	uint64_t kernel_reason_count[CORR_REASON_COUNT];
	uint64_t doubt_count[PROF_LAYER_COUNT][CORR_REASON_COUNT]; /* of class last-byte */
	uint64_t waited_count;
	uint64_t clock_step_count;
	uint64_t residual_count; /* messages whose known parts do not make up the total */
	uint64_t hol_count;	 /* messages that waited for earlier bytes */
	uint64_t uncertainty_ns_max;
	struct hist stages[CORR_STAGE_COUNT];
	uint64_t untold_count[CORR_UNTOLD_COUNT];
	struct blame blame;
	struct hist exchange;	  /* in ns, though never finer than 1 ms */
	struct hist exchange_us;  /* the same of those told to 1 us */
	struct hist exchange_nic; /* likewise, to the NIC: of messages read from the wire */
	uint32_t stream_count;
	struct stats_stream streams[STATS_STREAM_COUNT_MAX];
	uint16_t stream_places[65536]; /* stream_index -> place + 1 */
};

void stats_add(struct corr_stats *stats, const struct corr_message *message);

/* Empties them; the places of the streams stay. */
void stats_reset(struct corr_stats *stats);

/* Releases what stats_add() allocated. */
void stats_close(struct corr_stats *stats);

#endif
