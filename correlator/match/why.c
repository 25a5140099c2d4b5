/* SPDX-License-Identifier: BSD-2-Clause */
#include "why.h"

#include "prof/clock.h"

/* Where nothing else bounds the time in which a byte passed, it is so long before the callback. */
#define LOOK_BACK_NS ((uint64_t)PROF_NS_PER_S)

static uint64_t back_ns(uint64_t time_ns, uint64_t by_ns)
{
	return time_ns > by_ns ? time_ns - by_ns : 0;
}

/*
 * From when on the byte can have passed a layer: not before what the layer last
 * saw of the connection (0: nothing yet).
 */
static uint64_t earliest_ns(const struct why *why, uint64_t last_seen_ns)
{
	uint64_t from_ns = back_ns(why->user_ns, LOOK_BACK_NS);

	if (last_seen_ns && last_seen_ns < why->user_ns)
		return last_seen_ns;
	if (why->conn && why->conn->registered_ns > from_ns &&
	    why->conn->registered_ns < why->user_ns)
		return why->conn->registered_ns;
	return from_ns;
}

/*
 * Had the byte passed before the layer's first producer was there?  So it had
 * if it was delivered by then; or if the connection was there by then, all that
 * the layer saw of it lies beyond (is_below_all), and nobody saw it arrive later.
 */
static bool is_started_late(const struct why *why, enum prof_layer layer, bool is_below_all)
{
	uint64_t begun_ns = why->lanes->layers[layer].begun_ns;

	if (why->user_ns <= begun_ns)
		return true;
	return is_below_all && why->nic_ns <= begun_ns && why->conn->known_ns &&
	       why->conn->known_ns < begun_ns && !(why->track && why->track->syn_ns > begun_ns);
}

/* ---- NIC -------------------------------------------------------------- */

/* Without a bound track: did the layer see the connection only after the byte was delivered? */
static bool is_before_first_sight(const struct why *why)
{
	const struct track *track = tracks_find(why->tracks, why->conn->flow_id);

	return track && !track->syn_ns && track->first_data_ns > why->user_ns &&
	       (!track->owner_cookie || track->owner_cookie == why->cookie);
}

static bool is_below_track(const struct why *why)
{
	const struct track *track = why->track;

	if (!track)
		return is_before_first_sight(why);
	return !track->syn_ns && track->low != UINT64_MAX &&
	       why->offset + track->shift < track->low;
}

/* What is known of the layer at that time; segments may overtake each other, so a little before. */
static enum corr_reason suffered_nic(const struct why *why)
{
	uint64_t from_ns = earliest_ns(why, why->conn->last_nic_ns);

	return lanes_explain(why->lanes, PROF_LAYER_NIC, back_ns(from_ns, why->tracks->copy_ns),
			     why->user_ns);
}

enum corr_reason why_no_nic(const struct why *why)
{
	const struct conn *conn = why->conn;
	const struct track *track = why->track;
	enum corr_reason reason;

	if (!why->lanes->layers[PROF_LAYER_NIC].was_ever)
		return CORR_REASON_NOT_RUNNING;
	if (!conn)
		return CORR_REASON_EVICTED;
	if (is_started_late(why, PROF_LAYER_NIC, false))
		return CORR_REASON_STARTED_LATE;
	if (!conn->flow_id)
		return CORR_REASON_UNREGISTERED;
	if (why->bind_reason == CORR_REASON_BASE_UNKNOWN)
		return why->bind_reason;
	if (track && track->evicted > why->offset + track->shift)
		return CORR_REASON_EVICTED;
	reason = suffered_nic(why);
	if (reason == CORR_REASON_NONE && is_started_late(why, PROF_LAYER_NIC, is_below_track(why)))
		reason = CORR_REASON_STARTED_LATE;
	if (reason == CORR_REASON_NONE)
		reason = lanes_unsaid(why->lanes, PROF_LAYER_NIC, why->user_ns);
	if (reason != CORR_REASON_NONE)
		return reason;
	if (track && track->first_data_ns)
		return CORR_REASON_HOLE;
	if (conn->was_bound || marks_may_have(&why->tracks->forgotten, conn->flow_id))
		return track ? CORR_REASON_UNSEEN : CORR_REASON_EVICTED;
	return CORR_REASON_UNSEEN;
}

/* ---- Kernel ----------------------------------------------------------- */

/* What was read before is below, and the byte was not read before it had arrived. */
static enum corr_reason suffered_kernel(const struct why *why)
{
	uint64_t seen_ns = why->conn->last_return_ns;

	if (why->nic_ns > seen_ns)
		seen_ns = why->nic_ns;
	return lanes_explain(why->lanes, PROF_LAYER_KERNEL, earliest_ns(why, seen_ns),
			     why->user_ns);
}

enum corr_reason why_no_kernel(const struct why *why, bool is_unseen)
{
	const struct conn *conn = why->conn;
	enum corr_reason reason;

	if (!why->lanes->layers[PROF_LAYER_KERNEL].was_ever)
		return CORR_REASON_NOT_RUNNING;
	if (!conn)
		return CORR_REASON_EVICTED;
	if (is_unseen)
		return CORR_REASON_ELSEWHERE;
	if (is_started_late(why, PROF_LAYER_KERNEL, false))
		return CORR_REASON_STARTED_LATE;
	if (conn->is_ktls)
		return CORR_REASON_KTLS;
	if (conn->is_mptcp)
		return CORR_REASON_MPTCP;
	if (conn->read_evicted > why->offset)
		return CORR_REASON_EVICTED;
	reason = suffered_kernel(why);
	if (reason == CORR_REASON_NONE &&
	    is_started_late(why, PROF_LAYER_KERNEL, conn->was_read && why->offset < conn->read_low))
		reason = CORR_REASON_STARTED_LATE;
	if (reason == CORR_REASON_NONE)
		reason = lanes_unsaid(why->lanes, PROF_LAYER_KERNEL, why->user_ns);
	if (reason != CORR_REASON_NONE)
		return reason;
	if (conn->was_read)
		return CORR_REASON_HOLE;
	return marks_may_have(&why->conns->forgotten, why->cookie) ? CORR_REASON_EVICTED
								   : CORR_REASON_UNSEEN;
}
