/* SPDX-License-Identifier: BSD-2-Clause */
#include "stage_feed.h"

#include <errno.h>
#include <stdlib.h>

#include "ebpf_loader/stages/stage_events.h"
#include "ring.h"

/* A turn's share of records, as of the reads. */
#define TURN_RECORD_COUNT_MAX 16384

struct stage_feed {
	struct stage_probes *probes;
	struct ring *ring;
	struct prof_producer *producer; /* of the turn */
	struct stage_totals totals;
};

int stage_feed_open(struct stage_probes *probes, struct stage_feed **ret_feed)
{
	struct stage_feed *feed;
	int err;

	if (!probes)
		return 0;
	feed = calloc(1, sizeof(*feed));
	if (!feed)
		return -ENOMEM;
	feed->probes = probes;
	err = ring_open(stage_probes_ring_fd(probes), STAGE_RING_BYTES, &feed->ring);
	if (err) {
		free(feed);
		return err;
	}
	*ret_feed = feed;
	return 0;
}

struct stage_feed *stage_feed_close(struct stage_feed *feed)
{
	if (!feed)
		return NULL;
	(void)ring_close(feed->ring);
	free(feed);
	return NULL;
}

uint64_t stage_feed_end(const struct stage_feed *feed)
{
	return feed ? ring_end(feed->ring) : 0;
}

static void take_record(void *context, const void *record, size_t size_bytes)
{
	struct prof_event events[STAGE_EVENT_COUNT_MAX];
	struct stage_feed *feed = context;
	int count = stage_record_to_events(record, size_bytes, events);

	feed->totals.malformed_count += count == 0;
	for (int i = 0; i < count; i++) {
		bool is_ready = events[i].kind == PROF_EVENT_READY;

		if (prof_publish(feed->producer, &events[i]))
			++*(is_ready ? &feed->totals.ready_count : &feed->totals.other_count);
		else
			++*(is_ready ? &feed->totals.ready_dropped_count
				     : &feed->totals.other_dropped_count);
	}
}

static void publish_loss(const struct stage_feed *feed, struct prof_producer *producer)
{
	const __u64 *count = feed->totals.counts.count;

	prof_publish_loss(producer, PROF_LOSS_STAGE,
			  count[STAGE_COUNT_TOLD_LOST] + count[STAGE_COUNT_RUN_LOST] +
				  count[STAGE_COUNT_FOLLOWED_LOST] + feed->totals.skipped_count);
}

size_t stage_feed_turn(struct stage_feed *feed, uint64_t end, struct prof_producer *producer)
{
	size_t record_count;

	if (!feed)
		return 0;
	feed->producer = producer;
	record_count = ring_take(feed->ring, end, TURN_RECORD_COUNT_MAX, take_record, feed);
	stage_probes_read_counts(feed->probes, &feed->totals.counts);
	publish_loss(feed, producer);
	return record_count;
}

bool stage_feed_is_past(const struct stage_feed *feed, uint64_t end)
{
	return !feed || ring_position(feed->ring) >= end;
}

void stage_feed_count_losses(struct stage_feed *feed, struct prof_producer *producer)
{
	uint64_t skipped_count;

	if (!feed)
		return;
	skipped_count = stage_probes_skipped_count(feed->probes);
	if (skipped_count > feed->totals.skipped_count)
		feed->totals.skipped_count = skipped_count;
	stage_probes_read_counts(feed->probes, &feed->totals.counts);
	publish_loss(feed, producer);
}

const struct stage_totals *stage_feed_totals(const struct stage_feed *feed)
{
	return feed ? &feed->totals : NULL;
}
