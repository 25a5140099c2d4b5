/* SPDX-License-Identifier: BSD-2-Clause */
#include "watch.h"

#include "prof/clock.h"

/* How many events of a connection each layer saw, and how many bytes further it got. */
struct sight {
	uint64_t count[PROF_LAYER_COUNT];
	uint64_t bytes[PROF_LAYER_COUNT];
};

/* ---- What was seen ------------------------------------------------------ */

static const struct track *track_of(const struct watch *watch, const struct conn *conn)
{
	const struct track *bound = &watch->tracks->table[conn->track_index];

	if (conn->track_index && bound->serial == conn->track_serial)
		return bound;
	return conn->flow_id ? tracks_find(watch->tracks, conn->flow_id) : NULL;
}

static struct sight sight_of(const struct conn *conn, const struct track *track)
{
	return (struct sight){
		.count = { [PROF_LAYER_NIC] = track ? track->segment_id : 0,
			   [PROF_LAYER_KERNEL] = conn->read_total,
			   [PROF_LAYER_USER] = conn->message_total },
		.bytes = { [PROF_LAYER_NIC] =
				   track && track->low < track->tail ? track->tail - track->low : 0,
			   [PROF_LAYER_KERNEL] = conn->was_read ? conn->read_high - conn->read_low
								: 0,
			   [PROF_LAYER_USER] = conn->told_high },
	};
}

/* What was seen since the last step; a track that has been replaced begins again. */
static struct sight sight_since(const struct sight *now, const struct conn_seen *before)
{
	struct sight since;

	for (int layer = 0; layer < PROF_LAYER_COUNT; layer++) {
		uint64_t count = before->count[layer];
		uint64_t bytes = before->bytes[layer];

		since.count[layer] = now->count[layer] - (count <= now->count[layer] ? count : 0);
		since.bytes[layer] = now->bytes[layer] - (bytes <= now->bytes[layer] ? bytes : 0);
	}
	return since;
}

/* Has the NIC layer seen everything arrive that others have had? */
static bool is_all_arrived(const struct conn *conn, const struct track *track)
{
	uint64_t high = conn->read_high > conn->told_high ? conn->read_high : conn->told_high;
	uint32_t tail_seq;

	if (!track || !track->first_data_ns)
		return false;
	if (!conn->has_base)
		return true; /* nobody can tell */
	tail_seq = (uint32_t)track->tail + track->seq_zero;
	return (int32_t)(tail_seq - (conn->base_seq + (uint32_t)high)) >= 0;
}

static bool is_traffic(const struct sight *sight, enum prof_layer layer)
{
	return sight->count[layer] >= WATCH_TRAFFIC_EVENTS &&
	       sight->bytes[layer] >= WATCH_TRAFFIC_BYTES;
}

/* ---- Signs of blindness --------------------------------------------------- */

/* Each returns the neighbour that saw what the layer did not; NONE without a sign. */

static enum prof_layer nic_sign(const struct conn *conn, const struct track *track,
				const struct sight *since)
{
	if (is_all_arrived(conn, track))
		return PROF_LAYER_NONE;
	if (since->count[PROF_LAYER_KERNEL])
		return PROF_LAYER_KERNEL;
	return since->count[PROF_LAYER_USER] ? PROF_LAYER_USER : PROF_LAYER_NONE;
}

static enum prof_layer kernel_sign(const struct conn *conn, const struct sight *since)
{
	if (since->count[PROF_LAYER_USER] && (!conn->was_read || conn->told_high > conn->read_high))
		return PROF_LAYER_USER;
	if (!conn->was_read && is_traffic(since, PROF_LAYER_NIC))
		return PROF_LAYER_NIC;
	return PROF_LAYER_NONE;
}

static enum prof_layer user_sign(const struct watch *watch, const struct sight *since)
{
	if (is_traffic(since, PROF_LAYER_KERNEL))
		return PROF_LAYER_KERNEL;
	if (!watch->is_live[PROF_LAYER_KERNEL] && is_traffic(since, PROF_LAYER_NIC))
		return PROF_LAYER_NIC;
	return PROF_LAYER_NONE;
}

static enum prof_layer sign_of(const struct watch *watch, enum prof_layer layer,
			       const struct conn *conn, const struct track *track,
			       const struct sight *since)
{
	if (!watch->is_live[layer] || since->count[layer])
		return PROF_LAYER_NONE;
	if (layer == PROF_LAYER_NIC)
		return nic_sign(conn, track, since);
	if (layer == PROF_LAYER_KERNEL)
		return kernel_sign(conn, since);
	return user_sign(watch, since);
}

/* ---- Why ---------------------------------------------------------------- */

static bool is_counted(const struct watch *watch, enum prof_loss loss)
{
	for (uint32_t i = 0; i < watch->lanes->producer_count; i++) {
		if (watch->lanes->producers[i].facts.loss_count[loss])
			return true;
	}
	return false;
}

static enum corr_cause kernel_cause(const struct watch *watch, const struct conn *conn)
{
	if (is_counted(watch, PROF_LOSS_PROBES_OFF))
		return CORR_CAUSE_PROBES_OFF;
	if (conn->is_ktls)
		return CORR_CAUSE_KTLS;
	if (conn->is_mptcp || is_counted(watch, PROF_LOSS_MPTCP))
		return CORR_CAUSE_MPTCP;
	if (conn->unseen_bytes || is_counted(watch, PROF_LOSS_READ_ELSEWHERE))
		return CORR_CAUSE_ELSEWHERE;
	if (is_counted(watch, PROF_LOSS_PREEMPT_SKIPPED))
		return CORR_CAUSE_SKIPPED;
	if (conn->was_read)
		return CORR_CAUSE_READS_STOPPED;
	return watch->counts->read_count || watch->counts->unseen_count ? CORR_CAUSE_OTHER_READS
									: CORR_CAUSE_NEVER_CALLED;
}

static enum corr_cause nic_cause(const struct watch *watch, const struct track *track)
{
	if (is_counted(watch, PROF_LOSS_TRANSLATED))
		return CORR_CAUSE_TRANSLATED;
	if (is_counted(watch, PROF_LOSS_OTHER_INTERFACE))
		return CORR_CAUSE_OTHER_INTERFACE;
	if (track && track->first_data_ns)
		return CORR_CAUSE_FRAMES_STOPPED;
	return watch->counts->segment_count ? CORR_CAUSE_OTHER_FRAMES : CORR_CAUSE_NO_FRAME;
}

static enum corr_cause user_cause(const struct watch *watch, const struct conn *conn)
{
	if (conn->is_ktls)
		return CORR_CAUSE_USER_KTLS;
	if (conn->is_mptcp)
		return CORR_CAUSE_USER_MPTCP;
	if (is_counted(watch, PROF_LOSS_SSL_UNBOUND))
		return CORR_CAUSE_UNBOUND;
	if (is_counted(watch, PROF_LOSS_SSL_UNRANGED) ||
	    is_counted(watch, PROF_LOSS_CLIENT_UNRANGED))
		return CORR_CAUSE_UNRANGED;
	if (conn->message_total)
		return CORR_CAUSE_MESSAGES_STOPPED;
	return watch->counts->message_count ? CORR_CAUSE_OTHER_MESSAGES : CORR_CAUSE_NO_MESSAGE;
}

static enum corr_cause cause_of(const struct watch *watch, enum prof_layer layer,
				const struct conn *conn)
{
	if (layer == PROF_LAYER_NIC)
		return nic_cause(watch, track_of(watch, conn));
	return layer == PROF_LAYER_KERNEL ? kernel_cause(watch, conn) : user_cause(watch, conn);
}

/* ---- Telling -------------------------------------------------------------- */

static void tell(struct watch *watch, const struct corr_blind *blind)
{
	for (uint32_t i = 0; i < watch->blind_count; i++) {
		if (watch->blinds[i].cause == blind->cause) {
			watch->blinds[i].conn_count++;
			return;
		}
	}
	watch->blinds[watch->blind_count++] = *blind;
}

static void tell_conn(struct watch *watch, struct conn *conn, enum prof_layer layer,
		      enum prof_layer neighbour, uint64_t count, uint64_t window_ms)
{
	const struct corr_blind blind = { .cause = cause_of(watch, layer, conn),
					  .layer = layer,
					  .neighbour = neighbour,
					  .neighbour_count = count,
					  .window_ms = window_ms,
					  .cookie = conn->cookie,
					  .conn_number = conn->conn_number,
					  .is_registered = conn->registered_ns != 0,
					  .conn_count = 1 };

	conn->seen.is_told[layer] = true;
	tell(watch, &blind);
}

static void look_at(struct watch *watch, struct conn *conn)
{
	const struct track *track = track_of(watch, conn);
	struct sight now = sight_of(conn, track);
	struct sight since = sight_since(&now, &conn->seen);
	struct conn_seen *seen = &conn->seen;

	for (int layer = PROF_LAYER_NIC; layer < PROF_LAYER_COUNT; layer++) {
		enum prof_layer neighbour = sign_of(watch, layer, conn, track, &since);

		if (since.count[layer])
			seen->sign_count[layer] = 0;
		if (neighbour && !seen->is_told[layer] &&
		    ++seen->sign_count[layer] == WATCH_STEP_COUNT)
			tell_conn(watch, conn, layer, neighbour, since.count[neighbour],
				  WATCH_STEP_NS / PROF_NS_PER_MS);
		seen->count[layer] = now.count[layer];
		seen->bytes[layer] = now.bytes[layer];
	}
}

/* Up to when everybody who is there has said everything; 0: somebody has said nothing yet. */
static uint64_t marked_ns(struct watch *watch)
{
	const struct lanes *lanes = watch->lanes;
	uint64_t marked = UINT64_MAX;

	memset(watch->is_live, 0, sizeof(watch->is_live));
	for (uint32_t i = 0; i < lanes->lane_count; i++) {
		const struct lanes_lane *lane = &lanes->lanes[i];

		if (!lane->is_known || !lane->is_live || lane->is_silent)
			continue;
		watch->is_live[lane->layer] = true;
		if (lane->mark_ns < marked)
			marked = lane->mark_ns;
	}
	return marked == UINT64_MAX ? 0 : marked;
}

void watch_round(struct watch *watch)
{
	uint64_t now_ns = marked_ns(watch);
	bool is_first = !watch->next_ns;

	if (now_ns < watch->next_ns || !now_ns)
		return;
	watch->next_ns = now_ns + WATCH_STEP_NS;
	if (is_first)
		return; /* it has not lasted half a second */
	for (uint32_t i = 1; i <= watch->conns->used_count; i++) {
		struct conn *conn = &watch->conns->table[i];

		if (conn->registered_ns && !conn->closed_ns &&
		    prof_delta_ns(conn->registered_ns, now_ns) >= (int64_t)WATCH_STEP_NS)
			look_at(watch, conn);
	}
}

/* In the whole run: of one connection, one layer. */
static void look_back(struct watch *watch, struct conn *conn, enum prof_layer layer,
		      const struct sight *all)
{
	if (!watch->lanes->layers[layer].was_ever || conn->seen.is_told[layer] ||
	    all->count[layer] || (layer == PROF_LAYER_NIC && conn->was_bound))
		return;
	for (int other = PROF_LAYER_NIC; other < PROF_LAYER_COUNT; other++) {
		if (other == (int)layer || !is_traffic(all, other))
			continue;
		tell_conn(watch, conn, layer, other, all->count[other], 0);
		return;
	}
}

void watch_end(struct watch *watch)
{
	for (uint32_t i = 1; i <= watch->conns->used_count; i++) {
		struct conn *conn = &watch->conns->table[i];
		struct sight all = sight_of(conn, track_of(watch, conn));

		/* What was forgotten may have been seen. */
		if (marks_may_have(&watch->conns->forgotten, conn->cookie) ||
		    marks_may_have(&watch->tracks->forgotten, conn->flow_id))
			continue;
		if (!conn->registered_ns) {
			watch->unclaimed_count += watch->lanes->layers[PROF_LAYER_USER].was_ever &&
						  !conn->message_total &&
						  is_traffic(&all, PROF_LAYER_KERNEL);
			continue;
		}
		for (int layer = PROF_LAYER_NIC; layer < PROF_LAYER_COUNT; layer++)
			look_back(watch, conn, layer, &all);
	}
}
