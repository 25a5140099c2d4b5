/* SPDX-License-Identifier: BSD-2-Clause */
#include "trips.h"

#include "prof/clock.h"

/* How far stamps of two layers may lie apart the wrong way round; beyond, it is another byte's. */
#define STAMP_SLACK_NS PROF_NS_PER_MS

struct prof_event trips_as_message(const struct prof_event *answer)
{
	struct prof_event message = *answer;

	message.kind = PROF_EVENT_MESSAGE;
	message.flags &= PROF_FLAG_PLAIN;
	message.stream_index = 0;
	message.message = (struct prof_message){ .end_offset = answer->answer.end_offset,
						 .size_bytes = answer->answer.size_bytes,
						 .recv_before_ns = answer->answer.recv_before_ns };
	return message;
}

struct prof_event trips_as_wire(const struct prof_event *token, uint8_t opcode)
{
	struct prof_event wire = *token;

	wire.kind = PROF_EVENT_WIRE;
	wire.stream_index = 0;
	wire.conn_number = 0;
	wire.wire = (struct prof_wire){ .end_offset = token->token.end_offset,
					.size_bytes = token->token.size_bytes,
					.base_seq = token->base_seq,
					.opcode = opcode,
					.bits = token->token.bits & PROF_WIRE_ANCHORED };
	return wire;
}

/* Between the write and the answer, as all that is told of the frame must be. */
static bool is_within(const struct corr_trip *trip, uint64_t time_ns)
{
	return time_ns && prof_delta_ns(trip->write_ns, time_ns) >= -STAMP_SLACK_NS &&
	       prof_delta_ns(time_ns, trip->answer_ns) >= -STAMP_SLACK_NS;
}

/* May the layer have missed an earlier segment with the same bytes? */
static bool may_have_missed(const struct matcher *matcher, uint64_t from_ns, uint64_t to_ns)
{
	return lanes_explain(matcher->lanes, PROF_LAYER_NIC, from_ns, to_ns) != CORR_REASON_NONE;
}

static void take_way_out(const struct outward_view *view, const struct matcher *matcher,
			 struct corr_trip *trip)
{
	const struct outward_segment *segment = view->segment;

	if (view->send && is_within(trip, view->send->enter_ns)) {
		trip->call_ns = view->send->enter_ns;
		trip->tid = view->send->tid;
	}
	if (!segment || !is_within(trip, segment->time_ns) ||
	    may_have_missed(matcher, trip->write_ns, segment->time_ns))
		return;
	trip->left_ns = segment->time_ns;
	trip->tcp_seq = segment->seq;
	trip->retransmit_count = segment->copy_count;
	trip->acked_ns = view->acked_ns;
}

static void take_way_in(const struct corr_message *answer, struct corr_trip *trip)
{
	if (answer->has_nic && answer->doubt_layer != PROF_LAYER_NIC) {
		trip->arrived_ns = answer->nic_ns;
		trip->answer_tcp_seq = answer->tcp_seq;
	}
	if (answer->has_kernel)
		trip->read_ns = answer->kernel_ns;
}

void trips_make(const struct outward *outward, const struct matcher *matcher,
		const struct conn *conn, const struct prof_event *write,
		const struct corr_message *answer, struct corr_trip *ret_trip)
{
	struct outward_view view;

	*ret_trip = (struct corr_trip){
		.cookie = write->conn_key,
		.request_id = write->write.request_id,
		.start_offset = write->write.end_offset - write->write.size_bytes,
		.end_offset = write->write.end_offset,
		.write_ns = write->time_ns,
		.answer_ns = answer->user_ns,
		.answer_wall_ns = answer->user_wall_ns,
		.conn_number = write->conn_number,
		.purpose = (enum prof_purpose)write->write.purpose,
	};
	outward_look(outward, write->conn_key, conn ? conn->flow_id : 0, write->write.end_offset,
		     &view);
	take_way_out(&view, matcher, ret_trip);
	take_way_in(answer, ret_trip);
	corr_trip_split(ret_trip);
}

/* ---- Read from the wire -------------------------------------------------- */

/* How long before its segment a call that took it can have begun. */
#define CALL_BEFORE_NS (10 * (int64_t)PROF_NS_PER_S)

/* The youngest socket with that flow; NULL: nobody knows one. */
static const struct conn *find_socket(const struct conns *conns, uint64_t flow_id)
{
	uint32_t found = 0;

	for (uint32_t i = conns_first_of(conns, flow_id); i; i = conns_next_of(conns, i)) {
		if (conns->table[i].cookie != flow_id && conns_is_younger(conns, i, found))
			found = i;
	}
	return found ? &conns->table[found] : NULL;
}

static bool is_before(uint64_t time_ns, uint64_t left_ns)
{
	int64_t before_ns = prof_delta_ns(time_ns, left_ns);

	return time_ns && before_ns >= -STAMP_SLACK_NS && before_ns <= CALL_BEFORE_NS;
}

/* The token's segment, as the polling loop has seen it, and the call that took its last byte. */
static void take_asked(const struct outward_view *view, const struct matcher *matcher,
		       const struct ask *ask, struct corr_trip *trip)
{
	const struct outward_segment *segment = view->segment;
	uint64_t time_ns = ask->event.time_ns;

	if (view->send && is_before(view->send->enter_ns, time_ns)) {
		trip->call_ns = view->send->enter_ns;
		trip->tid = view->send->tid;
		trip->is_sent_with_more = ask->has_company || view->send->end - view->send->start >
								      ask->event.token.size_bytes;
	}
	if (!segment || !is_before(segment->time_ns, time_ns) ||
	    may_have_missed(matcher, segment->time_ns, time_ns))
		return;
	trip->left_ns = segment->time_ns;
	trip->tcp_seq = segment->seq;
	trip->retransmit_count = segment->copy_count;
	trip->acked_ns = view->acked_ns;
}

static void make_asked(const struct outward *outward, const struct matcher *matcher,
		       const struct ask *ask, const struct conn *conn, struct corr_trip *ret_trip)
{
	const struct prof_event *event = &ask->event;
	uint64_t end_offset = event->token.end_offset;
	struct outward_view view;

	*ret_trip = (struct corr_trip){
		.cookie = conn ? conn->cookie : event->conn_key,
		/* Of a ping's payload as much as fits a number of JavaScript's. */
		.request_id = ask_is_ping(ask) ? (uint32_t)event->token.request_hash
					       : event->token.request_hash,
		.start_offset = end_offset - event->token.size_bytes,
		.end_offset = end_offset,
		.arrived_ns = ask->answered_ns,
		.read_ns = ask->read_ns,
		.answer_ns = ask->user_ns,
		.answer_wall_ns = ask->user_wall_ns,
		.answer_tcp_seq = ask->answer_tcp_seq,
		.conn_number = conn ? conn->conn_number : 0,
		.purpose = ask_is_ping(ask) ? PROF_PURPOSE_PING : PROF_PURPOSE_ORDER,
		.proof = event->token.value_hash ? PROF_PROOF_ID : PROF_PROOF_NONE,
		.cause_id_hash = event->token.value_hash,
	};
	outward_look_seq(outward, ret_trip->cookie, event->conn_key,
			 event->base_seq + (uint32_t)(end_offset - 1), &view);
	take_asked(&view, matcher, ask, ret_trip);
	corr_trip_split(ret_trip);
}

bool trips_has_user(const struct outward *outward, const struct conns *conns, uint64_t flow_id)
{
	const struct conn *conn = find_socket(conns, flow_id);

	return conn && outward_has_writes(outward, conn->cookie);
}

void trips_tell_asked(struct asks *asks, struct outward *outward, const struct matcher *matcher,
		      uint64_t known_ns, uint64_t before_ns,
		      void (*tell)(void *context, const struct corr_trip *trip), void *context)
{
	const struct ask *ask;

	while ((ask = asks_oldest(asks)) && ask_known_ns(ask) <= known_ns &&
	       ask->event.time_ns < before_ns) {
		const struct conn *conn = find_socket(matcher->conns, ask->event.conn_key);
		bool has_user = conn && outward_has_writes(outward, conn->cookie);
		bool is_answered = ask->answered_ns && !ask->twin_until_ns;
		struct corr_trip trip;

		/* What its user layer tells is told by that. */
		if (!has_user && ask_is_ping(ask) && !is_answered) {
			outward->counts.unanswered_count++;
		} else if (!has_user) {
			make_asked(outward, matcher, ask, conn, &trip);
			tell(context, &trip);
		}
		asks_drop_oldest(asks);
	}
	outward->counts.unanswered_count += asks->early_ping_count;
	asks->early_ping_count = 0;
}
