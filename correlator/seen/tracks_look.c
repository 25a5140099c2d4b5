/* SPDX-License-Identifier: BSD-2-Clause */
/* Questions to the tracks: whose a connection is, and when bytes of it arrived. */
#include "tracks_private.h"

#include "prof/clock.h"

/* Registrations that a set of marks is good for. */
#define ASKED_COUNT_MAX 16384

/* Newest first: the one with this base, or else the newest whose base nobody knows. */
static struct track *choose(struct tracks *tracks, const struct track_wanted *wanted)
{
	struct track *baseless = NULL;
	uint32_t index = tracks->buckets[tracks_bucket(tracks, wanted->flow_id)];

	for (; index; index = tracks->table[index].hash_next) {
		struct track *track = &tracks->table[index];

		if (track->flow_id != wanted->flow_id ||
		    (track->owner_cookie && track->owner_cookie != wanted->cookie) ||
		    prof_delta_ns(track->first_ns, wanted->time_ns) < 0)
			continue;
		if (track->owner_cookie == wanted->cookie)
			return track;
		if (track->has_base && (!wanted->has_base || track->base_seq == wanted->base_seq))
			return track;
		if (!track->has_base && !baseless)
			baseless = track;
	}
	return baseless;
}

/* The flow's newest track is another socket's: what comes now is no longer for that one. */
static void begin_anew(struct tracks *tracks, const struct track_wanted *wanted)
{
	struct track *track = tracks_find(tracks, wanted->flow_id);

	if (!track || !wanted->has_base || !track->owner_cookie ||
	    track->base_seq == wanted->base_seq)
		return;
	tracks->counts->flow_reused_count++;
	track = tracks_new(tracks, wanted->flow_id, wanted->time_ns);
	track->owner_cookie = wanted->cookie;
	track->owner_ns = wanted->registered_ns;
	track->base_seq = wanted->base_seq;
	track->has_base = true;
	/* Positions are offsets: the tail stands where the stream is by now. */
	track->seq_zero = wanted->base_seq;
	track->has_shift = true;
	track->tail = wanted->end_offset;
}

struct track *tracks_bind(struct tracks *tracks, const struct track_wanted *wanted,
			  enum corr_reason *ret_reason)
{
	struct track *track = choose(tracks, wanted);

	*ret_reason = CORR_REASON_UNSEEN;
	if (!track) {
		begin_anew(tracks, wanted);
		return NULL;
	}
	if (!track->has_base) {
		*ret_reason = CORR_REASON_BASE_UNKNOWN;
		if (!wanted->has_base)
			return NULL;
		track->base_seq = wanted->base_seq;
		track->has_base = true;
	}
	track->owner_cookie = wanted->cookie;
	track->owner_ns = wanted->registered_ns;
	track->until_ns = wanted->successor_ns;
	*ret_reason = CORR_REASON_NONE;
	return track;
}

void tracks_socket(struct tracks *tracks, uint64_t flow_id, uint64_t cookie, uint64_t registered_ns)
{
	uint32_t index = tracks->buckets[tracks_bucket(tracks, flow_id)];

	if (tracks->asked_count++ == ASKED_COUNT_MAX) { /* so full it would soon have everything */
		tracks->asked[1] = tracks->asked[0];
		tracks->asked[0] = (struct marks){ 0 };
		tracks->asked_count = 1;
	}
	marks_put(&tracks->asked[0], flow_id);
	for (; index; index = tracks->table[index].hash_next) {
		struct track *track = &tracks->table[index];

		if (track->flow_id == flow_id && track->owner_cookie &&
		    track->owner_cookie != cookie && track->owner_ns < registered_ns &&
		    (!track->until_ns || registered_ns < track->until_ns))
			track->until_ns = registered_ns;
	}
}

void track_align(struct track *track, uint64_t end_offset)
{
	if (!track->has_shift)
		track->shift = track_position(track, track->base_seq + (uint32_t)end_offset) -
			       end_offset;
}

/* True if an earlier stretch of the view came with the same segment. */
static bool is_counted(const struct tracks *tracks, const struct stretch *stretch, uint64_t start)
{
	uint32_t segment_id = stretch->segment_id;

	if (!(stretch->flags & STRETCH_PIECE))
		return false;
	for (uint32_t at = stretch->prev; at; at = stretch->prev) {
		stretch = tracks_stretch(tracks, at);
		if (stretch->end <= start)
			return false;
		if (stretch->segment_id == segment_id)
			return true;
	}
	return false;
}

/* May this not have been the first arrival of these bytes? */
static bool is_doubtful(const struct tracks *tracks, const struct track *track,
			const struct lanes *lanes, const struct stretch *stretch,
			enum corr_reason *ret_reason)
{
	const struct lanes_sight sight = { .since_ns = stretch->since_ns,
					   .time_ns = stretch->time_ns,
					   .begun_ns = track->syn_ns,
					   .copy_ns = tracks->copy_ns };

	/* Joined in the middle: what passed before may be repeated. */
	if (!track->syn_ns &&
	    (!stretch->since_ns ||
	     prof_delta_ns(track->first_data_ns, stretch->since_ns) <= (int64_t)tracks->copy_ns)) {
		*ret_reason = CORR_REASON_JOINED;
		return true;
	}
	return lanes_is_doubtful(lanes, PROF_LAYER_NIC, &sight, ret_reason);
}

void track_look(const struct tracks *tracks, const struct track *track, const struct lanes *lanes,
		uint64_t start_offset, uint64_t end_offset, struct track_view *ret_view)
{
	uint64_t start = start_offset + track->shift;
	uint64_t end = end_offset + track->shift;
	uint64_t covered = start; /* no byte below is missing */
	bool has_doubt = false;

	*ret_view = (struct track_view){ .ready_ns = track->passed_ns };
	for (uint32_t at = track->head; at;) {
		const struct stretch *stretch = tracks_stretch(tracks, at);
		enum corr_reason doubt = CORR_REASON_NONE;
		bool is_unsure;

		if (stretch->start >= end)
			break;
		at = stretch->next;
		if (track->until_ns && stretch->time_ns >= track->until_ns)
			continue; /* the successor's, whose SYN was not seen */
		if (stretch->time_ns > ret_view->ready_ns)
			ret_view->ready_ns = stretch->time_ns;
		if (stretch->end <= start)
			continue;
		is_unsure = is_doubtful(tracks, track, lanes, stretch, &doubt);
		has_doubt |= is_unsure;
		if (is_unsure)
			ret_view->doubt = doubt;
		if (stretch->start <= start && !is_unsure)
			ret_view->first_ns = stretch->time_ns;
		if (stretch->start <= covered)
			covered = stretch->end;
		if (!is_counted(tracks, stretch, start))
			ret_view->segment_count++;
		ret_view->retransmit_count += stretch->copy_count;
		if (stretch->end >= end) {
			ret_view->last = stretch;
			ret_view->is_last_doubtful = is_unsure;
		}
	}
	ret_view->missing = (covered < end ? covered : end) - track->shift;
	ret_view->is_whole = covered >= end && !has_doubt;
}

void track_prune(struct tracks *tracks, struct track *track, uint64_t offset)
{
	uint64_t floor = offset + track->shift;

	while (track->head && tracks_stretch(tracks, track->head)->end <= floor)
		tracks_drop_head(tracks, track);
	if (floor > track->floor)
		track->floor = floor;
}
