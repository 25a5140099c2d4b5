/* SPDX-License-Identifier: BSD-2-Clause */
#include "stats.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_MS 1000000
#define NS_PER_US 1000

/* What is too long to be told in ns is as far beyond the histogram as it gets. */
static int64_t in_ns(int64_t duration, int64_t unit_ns)
{
	if (duration > HIST_VALUE_NS_MAX / unit_ns)
		return INT64_MAX;
	if (duration < -HIST_VALUE_NS_MAX / unit_ns)
		return INT64_MIN;
	return duration * unit_ns;
}

static struct stats_stream *stream_of(struct corr_stats *stats, const struct corr_message *message)
{
	uint16_t *place = &stats->stream_places[message->stream_index];
	struct stats_stream *stream;

	if (*place)
		return &stats->streams[*place - 1];
	if (stats->stream_count == STATS_STREAM_COUNT_MAX) {
		*place = STATS_STREAM_COUNT_MAX;
		(void)snprintf(stats->streams[*place - 1].name, sizeof(stream->name), "(others)");
		return &stats->streams[*place - 1];
	}
	stream = &stats->streams[stats->stream_count];
	*place = (uint16_t)++stats->stream_count;
	(void)snprintf(stream->name, sizeof(stream->name), "%s",
		       *message->stream ? message->stream : "(unnamed)");
	/* Once for each stream, so not on the path of a message; without it only counts are kept.
	 */
	stream->total = calloc(1, sizeof(*stream->total));
	return stream;
}

static void add_to_stream(struct corr_stats *stats, const struct corr_message *message)
{
	struct stats_stream *stream = stream_of(stats, message);

	stream->count++;
	stream->correlated_count += corr_class_is_correlated(message->class_id);
	if (stream->total && corr_stage_is_known(message, CORR_STAGE_TOTAL))
		hist_add(stream->total, message->stage_ns[CORR_STAGE_TOTAL]);
}

void stats_add(struct corr_stats *stats, const struct corr_message *message)
{
	stats->count++;
	stats->correlated_count += corr_class_is_correlated(message->class_id);
	stats->class_count[message->class_id]++;
	stats->nic_reason_count[message->nic_reason]++;
	stats->kernel_reason_count[message->kernel_reason]++;
	stats->doubt_count[message->doubt_layer][message->doubt_reason]++;
	stats->waited_count += message->is_waited;
	stats->clock_step_count += message->is_clock_step;
	stats->residual_count += message->residual_ns != 0;
	if (message->nic_uncertainty_ns > stats->uncertainty_ns_max)
		stats->uncertainty_ns_max = message->nic_uncertainty_ns;
	/* Those that are known, from the lowest bit on. */
	for (uint32_t mask = message->stage_mask & ((1u << CORR_STAGE_COUNT) - 1); mask;
	     mask &= mask - 1) {
		uint32_t stage = (uint32_t)__builtin_ctz(mask);

		hist_add(&stats->stages[stage], message->stage_ns[stage]);
	}
	stats->hol_count += corr_stage_is_known(message, CORR_STAGE_HOL_WAIT) &&
			    message->stage_ns[CORR_STAGE_HOL_WAIT] > 0;
	stats->untold_count[message->untold]++;
	if (message->untold != CORR_UNTOLD_OFF)
		blame_add(&stats->blame, message);
	if (message->has_exchange)
		hist_add(&stats->exchange, in_ns(message->exchange_ms, NS_PER_MS));
	if (message->has_exchange_us)
		hist_add(&stats->exchange_us, in_ns(message->exchange_us, NS_PER_US));
	if (message->has_exchange_nic)
		hist_add(&stats->exchange_nic, in_ns(message->exchange_nic_ms, NS_PER_MS));
	add_to_stream(stats, message);
}

void stats_reset(struct corr_stats *stats)
{
	for (uint32_t i = 0; i < STATS_STREAM_COUNT_MAX; i++) {
		struct stats_stream *stream = &stats->streams[i];

		stream->count = 0;
		stream->correlated_count = 0;
		if (stream->total)
			hist_empty(stream->total);
	}
	memset(stats, 0, offsetof(struct corr_stats, stream_count));
}

void stats_close(struct corr_stats *stats)
{
	for (uint32_t i = 0; i < STATS_STREAM_COUNT_MAX; i++) {
		free(stats->streams[i].total);
		stats->streams[i].total = NULL;
	}
}
