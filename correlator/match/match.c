/* SPDX-License-Identifier: BSD-2-Clause */
#include "match.h"

#include "prof/clock.h"
#include "split.h"
#include "why.h"

static void stage_set(struct corr_message *message, enum corr_stage stage, uint64_t earlier_ns,
		      uint64_t later_ns)
{
	if (!earlier_ns || !later_ns)
		return;
	message->stage_ns[stage] = prof_delta_ns(earlier_ns, later_ns);
	message->stage_mask |= 1u << stage;
}

/* ---- NIC -------------------------------------------------------------- */

/* The kernel's stamp of the same frame. */
static void take_handed(const struct stretch *last, struct corr_message *message)
{
	if (!(last->flags & STRETCH_HANDED) || last->stamp_source != PROF_STAMP_NIC)
		return;
	message->handed_ns = last->time_ns + (uint64_t)(int64_t)last->handed_after_ns;
	message->wire_nic_uncertainty_ns = message->nic_uncertainty_ns +
					   (UINT64_C(1) << (last->handed_uncertainty_log2_ns & 63));
	stage_set(message, CORR_STAGE_WIRE_NIC, last->time_ns, message->handed_ns);
}

static void take_nic(const struct track_view *view, struct corr_message *message)
{
	const struct stretch *last = view->last;

	message->has_nic = true;
	message->nic_ns = last->time_ns;
	message->nic_first_ns = view->first_ns;
	message->nic_uncertainty_ns = UINT64_C(1) << (last->uncertainty_log2_ns & 63);
	message->stamp_source = last->stamp_source;
	message->tcp_seq = last->seq;
	message->segment_count = view->segment_count;
	message->retransmit_count = view->retransmit_count;
	message->is_merged = last->flags & STRETCH_MERGED;
	message->is_clock_step = last->flags & STRETCH_CLOCK_STEP;
	stage_set(message, CORR_STAGE_FIRST_LAST, view->first_ns, last->time_ns);
	stage_set(message, CORR_STAGE_HOL_WAIT, last->time_ns, view->ready_ns);
	take_handed(last, message);
}

static struct track *find_track(const struct matcher *matcher, struct conn *conn,
				const struct verdict *verdict, enum corr_reason *ret_reason)
{
	struct track *track;

	if (conn->track_index) {
		track = &matcher->tracks->table[conn->track_index];
		if (track->serial == conn->track_serial)
			return track;
		conn->track_index = 0;
	}
	track = tracks_bind(matcher->tracks,
			    &(struct track_wanted){
				    .flow_id = conn->flow_id,
				    .cookie = conn->cookie,
				    .registered_ns = conn->registered_ns,
				    .successor_ns = conns_successor_ns(matcher->conns, conn),
				    .time_ns = verdict->passed_ns,
				    .end_offset = verdict->message.end_offset,
				    .base_seq = conn->base_seq,
				    .has_base = conn->has_base,
			    },
			    ret_reason);
	if (track) {
		conn->track_index = (uint32_t)(track - matcher->tracks->table);
		conn->track_serial = track->serial;
		conn->was_bound = true;
	}
	return track;
}

static struct why why_of(const struct matcher *matcher, const struct conn *conn,
			 const struct verdict *verdict, uint64_t offset)
{
	return (struct why){ .lanes = matcher->lanes,
			     .tracks = matcher->tracks,
			     .conns = matcher->conns,
			     .conn = conn,
			     .track = verdict->track,
			     .bind_reason = verdict->bind_reason,
			     .cookie = verdict->message.cookie,
			     .offset = offset,
			     .nic_ns = verdict->message.nic_ns,
			     .user_ns = verdict->passed_ns };
}

/* The first layer that has one is the one that is told. */
static void doubt(struct verdict *verdict, enum prof_layer layer, enum corr_reason reason)
{
	if (verdict->message.doubt_layer)
		return;
	verdict->message.doubt_layer = (uint8_t)layer;
	verdict->message.doubt_reason = (uint8_t)reason;
}

static void match_nic(const struct matcher *matcher, struct conn *conn, struct verdict *verdict)
{
	struct corr_message *message = &verdict->message;
	struct track_view view = { 0 };
	struct why why;

	if (conn && conn->flow_id)
		verdict->track = find_track(matcher, conn, verdict, &verdict->bind_reason);
	if (verdict->track) {
		track_align(verdict->track, message->end_offset);
		track_look(matcher->tracks, verdict->track, matcher->lanes, message->start_offset,
			   message->end_offset, &view);
		verdict->track->has_shift |= view.last != NULL;
	}
	if (view.last && view.is_last_doubtful) { /* waiting will not make it certain */
		message->nic_reason = (uint8_t)view.doubt;
	} else if (!view.last) {
		why = why_of(matcher, conn, verdict, message->end_offset - 1);
		message->nic_reason = (uint8_t)why_no_nic(&why);
		verdict->is_open |= matcher->lanes->layers[PROF_LAYER_NIC].live_count > 0;
	} else {
		take_nic(&view, message);
		if (view.is_whole)
			return;
		why = why_of(matcher, conn, verdict, view.missing);
		doubt(verdict, PROF_LAYER_NIC,
		      view.missing < message->end_offset ? why_no_nic(&why) : view.doubt);
	}
}

/* ---- Kernel ----------------------------------------------------------- */

static void take_kernel(const struct read_span *last, struct corr_message *message)
{
	message->reader_tid = last->tid;
	message->has_kernel = true;
	message->kernel_enter_ns = last->enter_ns;
	message->kernel_return_ns = last->return_ns;
	/* A call that was already waiting has not delayed the byte by its entry. */
	if (message->has_nic)
		message->is_waited = prof_delta_ns(last->enter_ns, message->nic_ns) > 0;
	else
		message->is_waited = last->is_blocked;
	message->kernel_ns = message->is_waited ? last->return_ns : last->enter_ns;
}

/*
 * Was it the thread's last read?  Threads of a client of somebody else's change: its call
 * tells when its own thread's latest read ended, if that brought what it returned.
 */
static void cross_check(const struct read_view *view, struct verdict *verdict)
{
	uint64_t recv_ns = verdict->message.recv_ns;

	if (verdict->is_call) {
		verdict->is_checked = recv_ns != 0;
		verdict->is_agreed = view->last->enter_ns <= recv_ns &&
				     recv_ns <= view->last->return_ns;
		return;
	}
	verdict->is_checked = view->last_before != NULL;
	verdict->is_agreed = view->last_before == view->last;
}

static void match_kernel(const struct matcher *matcher, const struct conn *conn,
			 struct verdict *verdict)
{
	struct corr_message *message = &verdict->message;
	struct read_view view = { 0 };
	struct why why;

	if (conn)
		conn_look(matcher->conns, conn, message->start_offset, message->end_offset,
			  verdict->passed_ns, &view);
	if (!view.last) {
		why = why_of(matcher, conn, verdict, message->end_offset - 1);
		message->kernel_reason = (uint8_t)why_no_kernel(&why, view.is_unseen);
		verdict->is_open |= matcher->lanes->layers[PROF_LAYER_KERNEL].live_count > 0;
		return;
	}
	take_kernel(view.last, message);
	message->read_count = view.read_count;
	verdict->span_start = view.last->start;
	cross_check(&view, verdict);
	if (view.is_whole)
		return;
	why = why_of(matcher, conn, verdict, view.missing);
	doubt(verdict, PROF_LAYER_KERNEL,
	      view.missing < message->end_offset ? why_no_kernel(&why, view.is_missing_unseen)
						 : CORR_REASON_LOOSE);
}

/* ---- Together --------------------------------------------------------- */

static void match_stages(struct corr_message *message)
{
	uint64_t parts_ns = 0;

	stage_set(message, CORR_STAGE_TOTAL, message->nic_ns, message->user_ns);
	stage_set(message, CORR_STAGE_NIC_KERNEL, message->nic_ns, message->kernel_ns);
	stage_set(message, CORR_STAGE_KERNEL_USER, message->kernel_ns, message->user_ns);
	stage_set(message, CORR_STAGE_KERNEL_RETURN, message->kernel_ns, message->kernel_return_ns);
	stage_set(message, CORR_STAGE_RETURN_RECV, message->kernel_return_ns, message->recv_ns);
	stage_set(message, CORR_STAGE_RECV_USER, message->recv_ns, message->user_ns);
	stage_set(message, CORR_STAGE_USER_PARSED, message->user_ns, message->parsed_ns);
	if (!corr_stage_is_known(message, CORR_STAGE_TOTAL))
		return;
	for (int stage = CORR_STAGE_NIC_KERNEL; stage <= CORR_STAGE_RECV_USER; stage++)
		parts_ns += (uint64_t)message->stage_ns[stage]; /* 0 where unknown */
	/* Modulo 2^64, as hostile stamps may make a stage of any length. */
	message->residual_ns = (int64_t)((uint64_t)message->stage_ns[CORR_STAGE_TOTAL] - parts_ns);
}

static bool is_negative(const struct corr_message *message, enum corr_stage stage)
{
	return corr_stage_is_known(message, stage) && message->stage_ns[stage] < 0;
}

static void match_class(struct corr_message *message)
{
	if (is_negative(message, CORR_STAGE_TOTAL) || is_negative(message, CORR_STAGE_NIC_KERNEL) ||
	    is_negative(message, CORR_STAGE_KERNEL_USER))
		message->class_id = CORR_CLASS_INVERTED;
	else if (!message->user_ns)
		message->class_id = CORR_CLASS_NO_USER;
	else if (!message->has_nic && !message->has_kernel)
		message->class_id = CORR_CLASS_USER_ONLY;
	else if (!message->has_nic)
		message->class_id = CORR_CLASS_NO_NIC;
	else if (!message->has_kernel)
		message->class_id = CORR_CLASS_NO_KERNEL;
	else if (message->doubt_layer)
		message->class_id = CORR_CLASS_LAST_BYTE;
	else if (message->is_merged)
		message->class_id = CORR_CLASS_GRO;
	else
		message->class_id = CORR_CLASS_EXACT;
	if (message->class_id != CORR_CLASS_LAST_BYTE)
		message->doubt_layer = message->doubt_reason = 0;
}

/* The exchange's clock has its own section: it never meets the stages. */
static bool since_exchange(const struct matcher *matcher, uint64_t exch_time_us, uint64_t time_ns,
			   int64_t *ret_us)
{
	uint64_t wall_us;

	if (!exch_time_us || !time_ns || !matcher->wall_offset_ns)
		return false;
	wall_us = (time_ns + (uint64_t)matcher->wall_offset_ns) / PROF_NS_PER_US;
	*ret_us = (int64_t)(wall_us - exch_time_us);
	return true;
}

/* What does not fit is longer than can be said: not known. */
static bool is_told(uint32_t difference_ns)
{
	return difference_ns != 0 && difference_ns != UINT32_MAX;
}

void match_message(const struct matcher *matcher, struct conn *conn, const struct prof_event *event,
		   struct verdict *ret_verdict)
{
	const struct prof_message *user = &event->message;
	struct corr_message *message = &ret_verdict->message;
	bool is_ranged = prof_message_is_ranged(user);

	*ret_verdict = (struct verdict){
		.message = { .cookie = event->conn_key,
			     .is_ranged = is_ranged,
			     .start_offset = is_ranged ? user->end_offset - user->size_bytes : 0,
			     .end_offset = is_ranged ? user->end_offset : 0,
			     .user_ns = event->time_ns,
			     .recv_ns = is_told(user->recv_before_ns)
						? event->time_ns - user->recv_before_ns
						: 0,
			     .parsed_ns = is_told(user->parsed_after_ns)
						  ? event->time_ns + user->parsed_after_ns
						  : 0,
			     .conn_number = event->conn_number,
			     .message_index = user->message_index,
			     .stream_index = event->stream_index,
			     .is_split = event->flags & PROF_FLAG_SPLIT,
			     .is_plain = event->flags & PROF_FLAG_PLAIN },
		.is_call = event->flags & PROF_FLAG_CALL,
		.passed_ns = event->time_ns,
	};
	if (event->flags & PROF_FLAG_LOOSE)
		doubt(ret_verdict, PROF_LAYER_USER, CORR_REASON_LOOSE);
	if (is_ranged) {
		match_nic(matcher, conn, ret_verdict);
		match_kernel(matcher, conn, ret_verdict);
	} else {
		message->nic_reason = CORR_REASON_UNRANGED;
		message->kernel_reason = CORR_REASON_UNRANGED;
	}
	match_stages(message);
	match_split(matcher, conn, message);
	match_class(message);
	message->has_exchange = since_exchange(matcher, user->exch_time_us, event->time_ns,
					       &message->exchange_us);
	message->exchange_ms = message->exchange_us / 1000;
	message->has_exchange_us = message->has_exchange && (event->flags & PROF_FLAG_EXCH_US);
	if (matcher->wall_offset_ns)
		message->user_wall_ns = event->time_ns + (uint64_t)matcher->wall_offset_ns;
}

/* ---- Read from the wire -------------------------------------------------- */

void match_add_wire(const struct matcher *matcher, const struct wire_place *place,
		    struct corr_message *message)
{
	const struct prof_event *wire = place->event;
	int64_t since_us = 0;

	message->has_wire = true;
	message->id_hash = place->id_hash;
	message->wire_ns = wire->time_ns;
	message->opcode = wire->wire.opcode;
	message->payload_bytes = wire->wire.payload_bytes;
	message->fragment_count = wire->wire.fragment_count;
	message->is_compressed = wire->wire.bits & PROF_WIRE_COMPRESSED;
	message->is_split |= (wire->flags & PROF_FLAG_SPLIT) != 0;
	if (!message->stream_index)
		message->stream_index = wire->stream_index;
	message->has_exchange_nic = since_exchange(matcher, wire->wire.exch_time_us,
						   message->nic_ns, &since_us);
	message->exchange_nic_ms = since_us / 1000;
}

void match_wire(const struct matcher *matcher, struct conn *conn, const struct wire_place *place,
		uint64_t passed_ns, struct verdict *ret_verdict)
{
	struct corr_message *message = &ret_verdict->message;

	*ret_verdict = (struct verdict){
		.message = { .cookie = conn->cookie,
			     .is_ranged = place->is_ranged,
			     .start_offset = place->start_offset,
			     .end_offset = place->end_offset,
			     .conn_number = conn->conn_number,
			     .is_plain = place->event->flags & PROF_FLAG_PLAIN },
		.passed_ns = passed_ns,
	};
	match_nic(matcher, conn, ret_verdict);
	match_kernel(matcher, conn, ret_verdict);
	match_stages(message);
	match_split(matcher, conn, message);
	match_class(message);
	match_add_wire(matcher, place, message);
	if (matcher->wall_offset_ns)
		message->user_wall_ns = corr_message_time_ns(message) +
					(uint64_t)matcher->wall_offset_ns;
}
