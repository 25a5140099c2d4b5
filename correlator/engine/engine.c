/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine_private.h"

#include "correlator/match/trips.h"
#include "prof/clock.h"

static struct conn *conn_of(struct corr_engine *engine, const struct waiting *waiting)
{
	return waiting->conn_index ? &engine->conns.table[waiting->conn_index] : NULL;
}

/* ---- One decision ----------------------------------------------------- */

/* How many waiting messages, this one included, the same record completed. */
static uint32_t count_record(const struct corr_engine *engine, const struct waiting *waiting)
{
	uint64_t end_offset = waiting->event.message.end_offset;
	uint32_t count = 1;

	while (waiting->conn_next) {
		waiting = waiting_at(engine, waiting->conn_next);
		if (waiting->event.message.end_offset != end_offset)
			break;
		count++;
	}
	return count;
}

static void place_in_record(struct conn *conn, uint32_t record_count, struct corr_message *message)
{
	if (!message->is_ranged)
		return;
	if (conn->record_end != message->end_offset) {
		conn->record_end = message->end_offset;
		conn->record_position = 0;
		conn->record_count = record_count;
	}
	if (++conn->record_position > conn->record_count)
		conn->record_count = conn->record_position;
	message->record_position = conn->record_position;
	message->record_count = conn->record_count;
}

static void place_in_read(struct conn *conn, const struct verdict *verdict,
			  struct corr_message *message)
{
	if (!message->has_kernel)
		return;
	if (!conn->span_position || conn->span_start != verdict->span_start) {
		conn->span_start = verdict->span_start;
		conn->span_first_ns = message->user_ns;
		conn->span_position = 0;
	}
	message->read_position = ++conn->span_position;
	if (!message->user_ns)
		return;
	message->stage_ns[CORR_STAGE_READ_WAIT] = prof_delta_ns(conn->span_first_ns,
								message->user_ns);
	message->stage_mask |= 1u << CORR_STAGE_READ_WAIT;
}

static void count_check(struct corr_counts *counts, const struct verdict *verdict)
{
	if (!verdict->message.has_kernel || !verdict->message.user_ns)
		return;
	if (!verdict->is_checked || verdict->message.doubt_reason == CORR_REASON_LOOSE)
		counts->check_none_count++;
	else if (verdict->is_agreed)
		counts->check_agree_count++;
	else
		counts->check_disagree_count++;
}

/* What it alone needed; later messages may share its record, none starts before it. */
static void forget(struct corr_engine *engine, struct conn *conn, const struct verdict *verdict)
{
	if (!conn)
		return;
	if (verdict->message.has_nic) {
		track_prune(&engine->tracks, verdict->track, verdict->message.start_offset);
		conn->last_nic_ns = verdict->message.nic_ns;
	}
	if (verdict->message.has_kernel) {
		conn_prune(&engine->conns, conn, verdict->message.start_offset);
		conn->last_return_ns = verdict->message.kernel_return_ns;
	}
}

/* Takes the message out of its queues. */
static void retire(struct corr_engine *engine, struct conn *conn, uint32_t index)
{
	struct waiting *waiting = waiting_at(engine, index);
	struct lane_queue *queue = &engine->queues[waiting->lane_index];

	queue->head = waiting->next;
	if (queue->head) {
		queue->head_ns = waiting_at(engine, queue->head)->event.time_ns;
	} else {
		queue->tail = 0;
		engine->queue_mask &= ~(UINT64_C(1) << waiting->lane_index);
	}
	if (conn) {
		if (conn->waiting_tail == index)
			conn->waiting_tail = 0;
		conn->waiting_count--;
	}
	pool_give(&engine->waiting, index);
}

static void tell(struct corr_engine *engine, struct conn *conn, struct verdict *verdict)
{
	struct corr_message *message = &verdict->message;

	message->seq = ++engine->seq;
	message->stream = corr_engine_stream_name(engine, message->stream_index);
	message->stream_epoch = engine->stream_epoch;
	message->record_count = 1;
	message->record_position = 1;
	if (conn) {
		place_in_record(conn, verdict->record_count, message);
		place_in_read(conn, verdict, message);
	}
	count_check(&engine->counts, verdict);
	forget(engine, conn, verdict);
	/* It may be that in the capture only. */
	if (!message->is_ranged)
		message->start_offset = message->end_offset = 0;
	engine->emit(engine->context, message);
}

void engine_settle_wire(void *context, struct conn *conn, struct verdict *verdict)
{
	struct corr_engine *engine = context;

	if (verdict->message.opcode == WIRES_PONG)
		engine_settle_pong(engine, &verdict->message);
	else
		tell(engine, conn, verdict);
}

/* Does another call that returned bytes of the same record wait? */
static bool has_more_calls(const struct corr_engine *engine, const struct waiting *waiting)
{
	const struct prof_event *next;

	if (!waiting->conn_next)
		return false;
	next = &waiting_at(engine, waiting->conn_next)->event;
	return (next->flags & PROF_FLAG_CALL) &&
	       next->message.end_offset == waiting->event.message.end_offset;
}

static void settle_answer(struct corr_engine *engine, const struct waiting *waiting,
			  const struct corr_message *answer)
{
	struct corr_trip trip;
	struct prof_event write;

	if (!outward_answer(&engine->outward, waiting->event.conn_key,
			    (enum prof_purpose)waiting->purpose, waiting->request_id, &write))
		return;
	trips_make(&engine->outward, &engine->matcher, conn_of(engine, waiting), &write, answer,
		   &trip);
	trip.proof = (enum prof_proof)waiting->proof;
	trip.cause_conn_number = waiting->cause_conn_number;
	trip.cause_message_index = waiting->cause_message_index;
	if (engine->emit_trip)
		engine->emit_trip(engine->context, &trip);
}

static void settle(struct corr_engine *engine, uint32_t index, struct verdict *verdict,
		   bool is_early)
{
	struct waiting *waiting = waiting_at(engine, index);
	struct conn *conn = conn_of(engine, waiting);
	bool is_call = waiting->event.flags & PROF_FLAG_CALL;
	bool is_replaced = false;

	verdict->message.is_early = is_early;
	if (waiting->purpose) {
		settle_answer(engine, waiting, &verdict->message);
		retire(engine, conn, index);
		return;
	}
	if (conn && is_call)
		is_replaced = wires_call(&engine->wires, conn, &waiting->event,
					 has_more_calls(engine, waiting));
	else if (conn && engine->wires.has_any)
		wires_user(&engine->wires, conn, verdict);
	if (!is_replaced) {
		if (conn && conn->record_end != verdict->message.end_offset)
			verdict->record_count = count_record(engine, waiting);
		tell(engine, conn, verdict);
	}
	retire(engine, conn, index);
}

/* ---- When to decide --------------------------------------------------- */

/* True if the number of messages in its record can no longer grow, as far as one can know. */
static bool is_record_told(const struct corr_engine *engine, const struct waiting *waiting)
{
	const struct lanes_lane *lane = &engine->lanes.lanes[waiting->lane_index];
	const struct waiting *later = waiting;

	if (!prof_message_is_ranged(&waiting->event.message) || !lane->is_live || lane->is_silent ||
	    prof_delta_ns(waiting->event.time_ns, lane->mark_ns) > 0)
		return true;
	while (later->conn_next) {
		later = waiting_at(engine, later->conn_next);
		if (later->event.message.end_offset != waiting->event.message.end_offset)
			return true;
	}
	return false;
}

/* The lane whose first message is the oldest; PROF_LANE_COUNT_MAX if nothing waits. */
static uint32_t oldest_lane(const struct corr_engine *engine)
{
	uint32_t best = PROF_LANE_COUNT_MAX;

	for (uint64_t mask = engine->queue_mask; mask; mask &= mask - 1) {
		uint32_t i = (uint32_t)__builtin_ctzll(mask);

		if (best == PROF_LANE_COUNT_MAX ||
		    engine->queues[i].head_ns < engine->queues[best].head_ns)
			best = i;
	}
	return best;
}

/* A call, of whose message the capture may yet tell the rest. */
static bool is_part_of_more(struct corr_engine *engine, const struct waiting *waiting)
{
	struct conn *conn = conn_of(engine, waiting);

	return conn && (waiting->event.flags & PROF_FLAG_CALL) &&
	       wires_may_follow(&engine->wires, conn, &waiting->event, engine->watermark_ns);
}

/* Decides the oldest message if that can be done now, or at any rate if forced. */
static bool decide_oldest(struct corr_engine *engine, bool is_forced, bool is_early)
{
	uint32_t lane_index = oldest_lane(engine);
	const struct waiting *waiting;
	struct verdict verdict;
	uint64_t time_ns;
	uint32_t head;

	if (lane_index == PROF_LANE_COUNT_MAX)
		return false;
	time_ns = engine->queues[lane_index].head_ns;
	if (!is_forced && engine->watermark_ns < time_ns)
		return false;
	head = engine->queues[lane_index].head;
	waiting = waiting_at(engine, head);
	if (!is_forced && !is_record_told(engine, waiting))
		return false;
	if (!is_forced && is_part_of_more(engine, waiting))
		return false;
	if (corr_engine_is_crowded(engine))
		engine_expect_next(engine, waiting);
	match_message(&engine->matcher, conn_of(engine, waiting), &waiting->event, &verdict);
	/* A layer whose stamps run late may still have something to say about it. */
	if (!is_forced && verdict.is_open &&
	    engine->watermark_ns < time_ns + engine->options.grace_ns)
		return false;
	settle(engine, head, &verdict, is_early);
	return true;
}

/* ---- Inputs ----------------------------------------------------------- */

/* The producer says a loss before the mark under which it falls: nothing is decided before. */
static void note_stage_losses(struct corr_engine *engine, uint32_t lane_index,
			      const struct prof_lane *facts, uint64_t read_ns)
{
	uint64_t lost_count = facts->loss_count[PROF_LOSS_STAGE];
	const struct lanes_lane *lane;

	if (lane_index >= PROF_LANE_COUNT_MAX || facts->layer != PROF_LAYER_KERNEL)
		return;
	lane = &engine->lanes.lanes[lane_index];
	if (lost_count > engine->stage_lost_count[lane_index])
		wakes_note_gap(&engine->wakes, lane->mark_ns, read_ns);
	engine->stage_lost_count[lane_index] = lost_count;
}

void corr_engine_lane(struct corr_engine *engine, uint32_t lane_index,
		      const struct prof_lane *facts, uint64_t read_ns)
{
	note_stage_losses(engine, lane_index, facts, read_ns);
	lanes_facts(&engine->lanes, lane_index, facts, read_ns);
}

void corr_engine_socket(struct corr_engine *engine, const struct prof_socket *socket)
{
	if (!socket->cookie)
		return;
	conns_socket(&engine->conns, socket);
	tracks_socket(&engine->tracks, prof_flow_id(&socket->flow), socket->cookie,
		      socket->registered_ns);
}

static void count_message(struct corr_counts *counts, const struct prof_event *event)
{
	counts->message_count++;
	counts->message_bad_count += event->message.size_bytes > event->message.end_offset;
	counts->message_unranged_count += event->message.size_bytes == 0;
	counts->message_loose_count += (event->flags & PROF_FLAG_LOOSE) != 0;
}

/* At the end of its lane's queue; its socket, if there is room for that, is waited for. */
static uint32_t enqueue(struct corr_engine *engine, uint32_t lane_index,
			const struct prof_event *event)
{
	struct lane_queue *queue = &engine->queues[lane_index];
	struct waiting *waiting;
	struct conn *conn;
	uint32_t index;

	while (engine->waiting.used_count == engine->waiting.capacity) {
		engine->counts.message_early_count++;
		(void)decide_oldest(engine, true, true);
	}
	index = pool_take(&engine->waiting);
	waiting = waiting_at(engine, index);
	*waiting = (struct waiting){ .lane_index = (uint8_t)lane_index, .event = *event };
	if (queue->tail) {
		waiting_at(engine, queue->tail)->next = index;
	} else {
		queue->head = index;
		queue->head_ns = event->time_ns;
		engine->queue_mask |= UINT64_C(1) << lane_index;
	}
	queue->tail = index;
	conn = conns_get(&engine->conns, event->conn_key);
	if (!conn)
		return index;
	conn->last_ns = event->time_ns;
	if (!conn->known_ns || event->time_ns < conn->known_ns)
		conn->known_ns = event->time_ns;
	conn->waiting_count++;
	waiting->conn_index = (uint32_t)(conn - engine->conns.table);
	return index;
}

static __attribute__((noinline)) void take_message(struct corr_engine *engine, uint32_t lane_index,
						   const struct prof_event *event)
{
	uint32_t index;
	struct conn *conn;

	count_message(&engine->counts, event);
	index = enqueue(engine, lane_index, event);
	conn = conn_of(engine, waiting_at(engine, index));
	if (!conn)
		return;
	conn->message_total++;
	if (prof_message_is_ranged(&event->message) && event->message.end_offset > conn->told_high)
		conn->told_high = event->message.end_offset;
	if (conn->waiting_tail && conn->waiting_lane != lane_index)
		return; /* two lanes speak of one socket: the list keeps to the first */
	if (conn->waiting_tail)
		waiting_at(engine, conn->waiting_tail)->conn_next = index;
	conn->waiting_tail = index;
	conn->waiting_lane = (uint8_t)lane_index;
}

/* What answers a request is matched as a message is, in its place among them. */
static __attribute__((noinline)) void take_answer(struct corr_engine *engine, uint32_t lane_index,
						  const struct prof_event *event)
{
	struct prof_event message = trips_as_message(event);
	struct waiting *waiting;

	if (!event->answer.purpose || event->answer.purpose >= PROF_PURPOSE_COUNT)
		return;
	waiting = waiting_at(engine, enqueue(engine, lane_index, &message));
	waiting->purpose = event->answer.purpose;
	waiting->request_id = event->answer.request_id;
	waiting->proof = event->answer.proof < PROF_PROOF_COUNT ? event->answer.proof
								: PROF_PROOF_NONE;
	waiting->cause_conn_number = event->answer.cause_conn_number;
	waiting->cause_message_index = event->answer.cause_message_index;
}

static uint64_t oldest_undecided_ns(const struct corr_engine *engine)
{
	uint64_t wire_ns = wires_oldest_ns(&engine->wires);
	uint32_t lane_index = oldest_lane(engine);
	uint64_t user_ns = UINT64_MAX;

	if (lane_index < PROF_LANE_COUNT_MAX)
		user_ns = engine->queues[lane_index].head_ns;
	return wire_ns < user_ns ? wire_ns : user_ns;
}

void corr_engine_event(struct corr_engine *engine, uint32_t lane_index,
		       const struct prof_event *event)
{
	if (!lanes_event(&engine->lanes, lane_index))
		return;
	switch (event->kind) {
	case PROF_EVENT_SEGMENT:
		tracks_add(&engine->tracks, event);
		if (outward_is_concerned(event))
			outward_segment(&engine->outward, event);
		break;
	case PROF_EVENT_SEND:
		outward_send(&engine->outward, event);
		break;
	case PROF_EVENT_WRITE:
		outward_write(&engine->outward, event);
		break;
	case PROF_EVENT_ANSWER:
		take_answer(engine, lane_index, event);
		break;
	case PROF_EVENT_READ:
	case PROF_EVENT_UNSEEN:
		conns_read(&engine->conns, event);
		break;
	case PROF_EVENT_READY:
		conns_ready(&engine->conns, event);
		break;
	case PROF_EVENT_WOKEN:
		engine->counts.woken_count += event->woken.change == PROF_WOKEN_RUNS;
		wakes_add(&engine->wakes, event);
		break;
	case PROF_EVENT_MESSAGE:
		take_message(engine, lane_index, event);
		break;
	case PROF_EVENT_WIRE:
		engine_take_wire(engine, lane_index, event);
		break;
	case PROF_EVENT_TOKEN:
		engine_take_token(engine, lane_index, event);
		break;
	default:
		engine->counts.unknown_event_count++;
	}
}

void corr_engine_round(struct corr_engine *engine, uint64_t now_ns, int64_t wall_offset_ns)
{
	engine->matcher.wall_offset_ns = wall_offset_ns;
	engine->watermark_ns = lanes_round(&engine->lanes, now_ns, engine->options.silence_ns);
	while (decide_oldest(engine, false, false))
		;
	wires_round(&engine->wires, engine->watermark_ns, now_ns, false);
	engine_tell_asked(engine, engine->watermark_ns, oldest_undecided_ns(engine));
	watch_round(&engine->watch);
}

void corr_engine_end(struct corr_engine *engine, uint64_t now_ns)
{
	engine->watermark_ns = lanes_round(&engine->lanes, now_ns, engine->options.silence_ns);
	while (decide_oldest(engine, true, false))
		;
	wires_round(&engine->wires, engine->watermark_ns, now_ns, true);
	engine_tell_asked(engine, UINT64_MAX, UINT64_MAX);
	outward_end(&engine->outward);
	watch_end(&engine->watch);
}
