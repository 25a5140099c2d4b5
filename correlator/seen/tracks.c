/* SPDX-License-Identifier: BSD-2-Clause */
#include "tracks_private.h"

#include <assert.h>
#include <errno.h>

#include "buckets.h"
#include "prof/clock.h"

/* Where positions begin if the SYN was not seen: room for earlier bytes that come late. */
#define POSITION_UNKNOWN (UINT64_C(1) << 40)

/* RFC 7323: a receive window never exceeds 1 GiB. */
#define WINDOW_BYTES_MAX (INT64_C(1) << 30)

/* How many places are looked at to find one that can be reused. */
#define VICTIM_CANDIDATES 16

static uint32_t power_of_two(uint32_t count)
{
	uint32_t power = 1;

	while (power < count)
		power <<= 1;
	return power;
}

int tracks_open(struct tracks *tracks, const struct corr_engine_options *options,
		struct corr_counts *counts)
{
	uint32_t bucket_count = power_of_two(options->flow_count * 2);

	*tracks = (struct tracks){ .table_count = options->flow_count,
				   .bucket_mask = buckets_first_mask(bucket_count - 1),
				   .bucket_mask_max = bucket_count - 1,
				   .copy_ns = options->copy_ns,
				   .counts = counts,
				   .next_victim = 1 };
	tracks->table = pool_memory_open((size_t)options->flow_count + 1, sizeof(*tracks->table));
	tracks->buckets = calloc(bucket_count, sizeof(*tracks->buckets));
	if (tracks->table && tracks->buckets &&
	    pool_open(&tracks->stretches, sizeof(struct stretch), options->segment_count))
		return 0;
	tracks_close(tracks);
	return -ENOMEM;
}

void tracks_close(struct tracks *tracks)
{
	pool_close(&tracks->stretches);
	free(tracks->buckets);
	pool_memory_close(tracks->table);
	tracks->buckets = NULL;
	tracks->table = NULL;
}

void tracks_drop_head(struct tracks *tracks, struct track *track)
{
	uint32_t index = track->head;
	struct stretch *head = tracks_stretch(tracks, index);

	if (head->time_ns > track->passed_ns)
		track->passed_ns = head->time_ns;
	track->floor = head->end;
	track->head = head->next;
	if (track->head)
		tracks_stretch(tracks, track->head)->prev = 0;
	else
		track->tail_stretch = 0;
	track->stretch_count--;
	pool_give(&tracks->stretches, index);
}

static void evict_head(struct tracks *tracks, struct track *track)
{
	track->evicted = tracks_stretch(tracks, track->head)->end;
	tracks_drop_head(tracks, track);
	tracks->counts->segment_evicted_count++;
}

/* ---- The table of tracks ---------------------------------------------- */

static void track_forget(struct tracks *tracks, uint32_t index)
{
	struct track *track = &tracks->table[index];
	uint32_t *link = &tracks->buckets[tracks_bucket(tracks, track->flow_id)];

	assert(tracks->table);
	while (track->head)
		tracks_drop_head(tracks, track);
	while (*link != index)
		link = &tracks->table[*link].hash_next;
	*link = track->hash_next;
	tracks->cached_index = 0;
	marks_put(&tracks->forgotten, track->flow_id);
	tracks->counts->flow_evicted_count++;
}

/* The longest unused of the next few places; unbound ones first. */
static uint32_t find_victim(struct tracks *tracks)
{
	uint32_t victim = 0;

	assert(tracks->table);
	for (uint32_t i = 0; i < VICTIM_CANDIDATES && i < tracks->table_count; i++) {
		uint32_t index = tracks->next_victim;
		const struct track *best = &tracks->table[victim];
		const struct track *track = &tracks->table[index];
		bool is_freer = !track->owner_cookie && best->owner_cookie;
		bool is_busier = track->owner_cookie && !best->owner_cookie;

		tracks->next_victim = index == tracks->table_count ? 1 : index + 1;
		if (!victim || is_freer || (!is_busier && track->last_ns < best->last_ns))
			victim = index;
	}
	return victim;
}

static uint32_t *link_of(void *table, uint32_t index, uint32_t *ret_bucket)
{
	const struct tracks *tracks = table;
	struct track *track = &tracks->table[index];

	*ret_bucket = tracks_bucket(tracks, track->flow_id);
	return &track->hash_next;
}

static void add_buckets(struct tracks *tracks)
{
	uint32_t count = tracks->bucket_mask + 1;

	tracks->bucket_mask += count;
	buckets_spread(tracks->buckets, count, link_of, tracks);
}

struct track *tracks_new(struct tracks *tracks, uint64_t flow_id, uint64_t time_ns)
{
	uint32_t *bucket;
	uint32_t index;

	if (buckets_are_few(tracks->bucket_mask, tracks->bucket_mask_max, tracks->used_count))
		add_buckets(tracks);
	bucket = &tracks->buckets[tracks_bucket(tracks, flow_id)];

	if (tracks->used_count < tracks->table_count) {
		index = ++tracks->used_count;
	} else {
		index = find_victim(tracks);
		track_forget(tracks, index);
	}
	tracks->table[index] = (struct track){
		.hash_next = *bucket,
		.serial = ++tracks->serial,
		.flow_id = flow_id,
		.first_ns = time_ns,
		.last_ns = time_ns,
		.low = UINT64_MAX,
	};
	*bucket = index; /* the newest of a flow is found first */
	tracks->cached_flow_id = flow_id;
	tracks->cached_index = index;
	return &tracks->table[index];
}

struct track *tracks_find(struct tracks *tracks, uint64_t flow_id)
{
	uint32_t index;

	if (tracks->cached_flow_id == flow_id && tracks->cached_index)
		return &tracks->table[tracks->cached_index];
	index = tracks->buckets[tracks_bucket(tracks, flow_id)];
	while (index && tracks->table[index].flow_id != flow_id)
		index = tracks->table[index].hash_next;
	if (!index)
		return NULL;
	tracks->cached_flow_id = flow_id;
	tracks->cached_index = index;
	return &tracks->table[index];
}

/* ---- Arrivals --------------------------------------------------------- */

static void take_syn(struct tracks *tracks, const struct prof_event *event)
{
	struct track *track = tracks_find(tracks, event->conn_key);
	uint32_t base_seq = event->seq + 1;

	if (track && track->has_base && track->base_seq == base_seq) {
		track->last_ns = event->time_ns; /* sent again */
		return;
	}
	if (track)
		tracks->counts->flow_reused_count++;
	track = tracks_new(tracks, event->conn_key, event->time_ns);
	track->base_seq = base_seq;
	track->seq_zero = base_seq;
	track->has_base = true;
	track->has_shift = true;
	track->tail_ns = event->time_ns;
	track->syn_ns = event->time_ns;
}

/* Nobody has found a message in it: no socket of it is registered, or it cannot be lined up so far.
 */
static bool is_unasked(const struct tracks *tracks, const struct track *track)
{
	if (track->owner_cookie)
		return false;
	return !track->has_base || (!marks_may_have(&tracks->asked[0], track->flow_id) &&
				    !marks_may_have(&tracks->asked[1], track->flow_id));
}

static void drop_unasked(struct tracks *tracks, struct track *track, uint64_t now_ns)
{
	while (track->head) {
		const struct stretch *head = tracks_stretch(tracks, track->head);

		if (head->time_ns + TRACK_UNASKED_KEEP_NS >= now_ns)
			break;
		track->evicted = head->end;
		tracks_drop_head(tracks, track);
		tracks->counts->segment_unasked_count++;
	}
}

static void make_room(struct tracks *tracks, struct track *track)
{
	const struct pool *pool = &tracks->stretches;
	bool is_crowded = pool->used_count > pool->capacity / 2;
	uint32_t count_max = track->owner_cookie || !is_crowded ? TRACK_STRETCH_COUNT_MAX
								: TRACK_STRETCH_COUNT_UNBOUND_MAX;

	while (track->head &&
	       (track->stretch_count >= count_max || pool->used_count == pool->capacity))
		evict_head(tracks, track);
}

/* Enters bytes [start, end) after the stretch `after` (0: at the head). */
static void insert(struct tracks *tracks, struct track *track, const struct prof_event *event,
		   uint64_t start, uint64_t end, uint32_t after, bool is_piece)
{
	uint32_t index = pool_take(&tracks->stretches);
	struct stretch *stretch;
	uint32_t next;

	if (!index) {
		tracks->counts->segment_evicted_count++;
		track->evicted = end > track->evicted ? end : track->evicted;
		return;
	}
	next = after ? tracks_stretch(tracks, after)->next : track->head;
	stretch = tracks_stretch(tracks, index);
	*stretch = (struct stretch){
		.next = next,
		.prev = after,
		.start = start,
		.end = end,
		.time_ns = event->time_ns,
		/* A hole may have been filled unseen ever since it opened. */
		.since_ns = next ? tracks_stretch(tracks, next)->since_ns : track->tail_ns,
		.seq = event->seq,
		.segment_id = track->segment_id,
		.flags = (uint8_t)((event->flags & PROF_FLAG_MERGED ? STRETCH_MERGED : 0) |
				   (event->flags & PROF_FLAG_CLOCK_STEP ? STRETCH_CLOCK_STEP : 0) |
				   (event->flags & PROF_FLAG_HANDED ? STRETCH_HANDED : 0) |
				   (is_piece ? STRETCH_PIECE : 0)),
		.uncertainty_log2_ns = event->uncertainty_log2_ns,
		.stamp_source = event->stamp_source,
		.handed_uncertainty_log2_ns = event->segment.handed_uncertainty_log2_ns,
		.handed_after_ns = event->segment.handed_after_ns,
	};
	if (after)
		tracks_stretch(tracks, after)->next = index;
	else
		track->head = index;
	if (next)
		tracks_stretch(tracks, next)->prev = index;
	else
		track->tail_stretch = index;
	track->stretch_count++;
}

static void append(struct tracks *tracks, struct track *track, const struct prof_event *event,
		   uint64_t start, uint64_t end, bool is_piece)
{
	insert(tracks, track, event, start, end, track->tail_stretch, is_piece);
	track->tail = end;
	track->tail_ns = event->time_ns;
}

/* Fills what is missing of [start, end), all of it below the tail. */
static uint32_t fill(struct tracks *tracks, struct track *track, const struct prof_event *event,
		     uint64_t start, uint64_t end)
{
	uint32_t at = track->tail_stretch;
	uint32_t piece_count = 0;

	/* From the end backwards: the tail is where late segments belong. */
	while (start < end) {
		struct stretch *stretch = at ? tracks_stretch(tracks, at) : NULL;
		uint64_t begin = stretch && stretch->end > start ? stretch->end : start;

		if (stretch && stretch->start >= end) {
			at = stretch->prev;
			continue;
		}
		if (begin < end) {
			insert(tracks, track, event, begin, end, at, true);
			piece_count++;
		}
		if (!stretch || stretch->end <= start)
			break;
		if (stretch->copy_count < UINT16_MAX)
			stretch->copy_count++;
		end = stretch->start;
		at = stretch->prev;
	}
	return piece_count;
}

static void take_data(struct tracks *tracks, struct track *track, const struct prof_event *event)
{
	uint64_t start = track_position(track, event->seq);
	uint64_t end = start + event->segment.size_bytes;
	uint64_t tail = track->tail;
	uint32_t late_count = 0;

	if ((int64_t)(start - tail) > WINDOW_BYTES_MAX ||
	    (int64_t)(tail - end) > WINDOW_BYTES_MAX) {
		tracks->counts->segment_stray_count++;
		return;
	}
	track->segment_id++;
	if (start < track->low)
		track->low = start;
	if (is_unasked(tracks, track))
		drop_unasked(tracks, track, event->time_ns);
	make_room(tracks, track);
	/* Before the first byte, positions are negative. */
	if ((int64_t)end <= 0 || end <= track->floor) {
		tracks->counts->segment_retransmit_count++;
		return;
	}
	if ((int64_t)start < 0 || start < track->floor)
		start = track->floor;
	if (start < tail)
		late_count = fill(tracks, track, event, start, end < tail ? end : tail);
	if (end > tail)
		append(tracks, track, event, start > tail ? start : tail, end, late_count > 0);
	if (late_count)
		tracks->counts->segment_late_count++;
	else if (end <= tail)
		tracks->counts->segment_retransmit_count++;
	else if (start < tail)
		tracks->counts->segment_overlap_count++;
}

void tracks_add(struct tracks *tracks, const struct prof_event *event)
{
	struct corr_counts *counts = tracks->counts;
	struct track *track;

	if (event->flags & PROF_FLAG_OUTBOUND) {
		counts->segment_outbound_count++;
		return;
	}
	if (event->segment.tcp_flags & PROF_TCP_SYN)
		take_syn(tracks, event);
	if (event->segment.size_bytes == 0 || event->segment.tcp_flags & PROF_TCP_SYN) {
		counts->segment_empty_count++;
		return;
	}
	counts->segment_count++;
	if (event->flags & PROF_FLAG_MERGED)
		counts->segment_merged_count++;
	track = tracks_find(tracks, event->conn_key);
	if (!track || (track->until_ns && event->time_ns >= track->until_ns)) {
		counts->flow_reused_count += track != NULL;
		track = tracks_new(tracks, event->conn_key, event->time_ns);
		track->tail = POSITION_UNKNOWN; /* its low 32 bits are 0 */
		track->seq_zero = event->seq;
	}
	if (!track->first_data_ns)
		track->first_data_ns = event->time_ns;
	track->last_ns = event->time_ns;
	take_data(tracks, track, event);
}
