/* SPDX-License-Identifier: BSD-2-Clause */
#include "outward.h"

#include <errno.h>
#include <stdlib.h>

#include "outward_private.h"

static bool open_places(struct outward_places *places, uint32_t place_count)
{
	places->keys = calloc(place_count, sizeof(*places->keys));
	places->last_ns = calloc(place_count, sizeof(*places->last_ns));
	return places->keys && places->last_ns;
}

static void close_places(struct outward_places *places)
{
	free(places->keys);
	free(places->last_ns);
}

int outward_open(struct outward *outward, uint32_t conn_count)
{
	uint32_t place_count = OUTWARD_PROBE_COUNT;

	while (place_count < conn_count)
		place_count <<= 1;
	*outward = (struct outward){ .place_mask = place_count - 1 };
	outward->sockets = calloc(place_count, sizeof(*outward->sockets));
	outward->flows = calloc(place_count, sizeof(*outward->flows));
	if (open_places(&outward->by_cookie, place_count) &&
	    open_places(&outward->by_flow, place_count) && outward->sockets && outward->flows)
		return 0;
	outward_close(outward);
	return -ENOMEM;
}

void outward_close(struct outward *outward)
{
	close_places(&outward->by_cookie);
	close_places(&outward->by_flow);
	free(outward->sockets);
	free(outward->flows);
	*outward = (struct outward){ 0 };
}

/* ---- Places ----------------------------------------------------------------- */

static bool is_waiting(const struct prof_event *write)
{
	return write->kind == PROF_EVENT_WRITE && write->write.purpose != PROF_PURPOSE_OTHER;
}

static void count_unanswered(struct outward *outward, const struct outward_socket *socket)
{
	for (uint32_t i = 0; i < OUTWARD_COUNT; i++)
		outward->counts.unanswered_count += is_waiting(&socket->writes[i]);
}

/* A free place for a new key, or the one that nothing has come for for longest. */
static uint32_t choose_place(const struct outward *outward, const struct outward_places *places,
			     uint64_t key)
{
	uint32_t chosen = outward_place(outward, key);

	for (uint32_t i = 0; i < OUTWARD_PROBE_COUNT && places->keys[chosen]; i++) {
		uint32_t place = (outward_place(outward, key) + i) & outward->place_mask;

		if (!places->keys[place] || places->last_ns[place] < places->last_ns[chosen])
			chosen = place;
	}
	return chosen;
}

static struct outward_socket *get_socket(struct outward *outward, uint64_t cookie, uint64_t now_ns)
{
	struct outward_socket *socket = outward_find_socket(outward, cookie);
	uint32_t place;

	if (!socket) {
		place = choose_place(outward, &outward->by_cookie, cookie);
		socket = &outward->sockets[place];
		if (outward->by_cookie.keys[place]) {
			outward->counts.evicted_count++;
			count_unanswered(outward, socket);
		}
		*socket = (struct outward_socket){ 0 };
		outward->by_cookie.keys[place] = cookie;
	}
	outward->by_cookie.last_ns[socket - outward->sockets] = now_ns;
	return socket;
}

static struct outward_flow *get_flow(struct outward *outward, uint64_t flow_id, uint64_t now_ns)
{
	struct outward_flow *flow = outward_find_flow(outward, flow_id);
	uint32_t place;

	if (!flow) {
		place = choose_place(outward, &outward->by_flow, flow_id);
		flow = &outward->flows[place];
		outward->counts.evicted_count += outward->by_flow.keys[place] != 0;
		*flow = (struct outward_flow){ 0 };
		outward->by_flow.keys[place] = flow_id;
	}
	outward->by_flow.last_ns[flow - outward->flows] = now_ns;
	return flow;
}

/* ---- The NIC layer ---------------------------------------------------------- */

static void take_syn(struct outward_flow *flow, const struct prof_event *event)
{
	uint32_t base_seq = event->seq + 1;

	if (flow->has_base && flow->base_seq == base_seq)
		return; /* sent again */
	*flow = (struct outward_flow){
		.base_seq = base_seq, .high_seq = base_seq, .has_base = true, .has_high = true
	};
}

static void note_copy(struct outward_flow *flow, uint32_t start_seq, uint32_t end_seq)
{
	for (uint32_t i = 0; i < OUTWARD_COUNT && i < flow->segment_count; i++) {
		struct outward_segment *segment = &flow->segments[i];

		segment->copy_count += outward_is_before(start_seq, segment->end_seq) &&
				       outward_is_before(segment->start_seq, end_seq);
	}
}

static void take_outbound(struct outward *outward, struct outward_flow *flow,
			  const struct prof_event *event)
{
	uint32_t start_seq = event->seq;
	uint32_t end_seq = start_seq + event->segment.size_bytes;

	if (flow->has_high && outward_is_before(start_seq, flow->high_seq)) {
		outward->counts.retransmit_count++;
		note_copy(flow, start_seq, end_seq);
		if (!outward_is_before(flow->high_seq, end_seq))
			return;
		start_seq = flow->high_seq;
	}
	outward->counts.segment_count++;
	flow->segments[flow->segment_count++ % OUTWARD_COUNT] = (struct outward_segment){
		.time_ns = event->time_ns,
		.start_seq = start_seq,
		.end_seq = end_seq,
		.seq = event->seq,
	};
	flow->high_seq = end_seq;
	flow->has_high = true;
}

static void take_ack(struct outward_flow *flow, const struct prof_event *event)
{
	uint32_t ack_seq = event->segment.ack_seq;
	uint32_t last = flow->ack_count - 1;

	if (flow->ack_count && !outward_is_before(flow->acks[last % OUTWARD_COUNT].seq, ack_seq))
		return;
	flow->acks[flow->ack_count++ % OUTWARD_COUNT] = (struct outward_ack){
		.time_ns = event->time_ns,
		.seq = ack_seq,
	};
}

void outward_segment(struct outward *outward, const struct prof_event *event)
{
	bool is_outbound = event->flags & PROF_FLAG_OUTBOUND;
	bool is_syn = event->segment.tcp_flags & PROF_TCP_SYN;
	bool is_ack = event->segment.tcp_flags & PROF_TCP_ACK && event->segment.ack_seq;
	struct outward_flow *flow;

	if (is_outbound ? !is_syn && !event->segment.size_bytes : is_syn || !is_ack)
		return;
	/* Acknowledged can only be what has left before. */
	flow = is_outbound ? get_flow(outward, event->conn_key, event->time_ns)
			   : outward_find_flow(outward, event->conn_key);
	if (!flow)
		return;
	if (!is_outbound)
		take_ack(flow, event);
	else if (is_syn)
		take_syn(flow, event);
	else
		take_outbound(outward, flow, event);
}

/* ---- The kernel and user layers ---------------------------------------------- */

void outward_send(struct outward *outward, const struct prof_event *event)
{
	bool is_elsewhere = event->flags & PROF_FLAG_ELSEWHERE;
	struct outward_socket *socket = get_socket(outward, event->conn_key, event->read.return_ns);

	if (is_elsewhere) {
		outward->counts.elsewhere_bytes += event->read.size_bytes;
	} else {
		outward->counts.send_count++;
		outward->counts.send_bytes += event->read.size_bytes;
	}
	socket->base_seq = event->base_seq;
	socket->has_base = true;
	if (event->read.flow_id)
		socket->flow_id = event->read.flow_id;
	socket->sends[socket->send_count++ % OUTWARD_COUNT] = (struct outward_send){
		.start = event->read.start_offset,
		.end = event->read.start_offset + event->read.size_bytes,
		.enter_ns = event->time_ns,
		.return_ns = event->read.return_ns,
		.tid = event->read.tid,
		.is_elsewhere = is_elsewhere,
	};
}

void outward_write(struct outward *outward, const struct prof_event *event)
{
	struct outward_socket *socket = get_socket(outward, event->conn_key, event->time_ns);
	struct prof_event *place = &socket->writes[socket->write_count++ % OUTWARD_COUNT];

	outward->counts.write_count++;
	outward->counts.unplaced_count += !outward_is_placed(&event->write);
	outward->counts.unanswered_count += is_waiting(place);
	*place = *event;
	if (!outward_is_placed(&event->write))
		place->write.end_offset = place->write.size_bytes = 0;
}

bool outward_answer(struct outward *outward, uint64_t cookie, enum prof_purpose purpose,
		    uint64_t request_id, struct prof_event *ret_write)
{
	struct outward_socket *socket = outward_find_socket(outward, cookie);

	outward->counts.answer_count++;
	for (uint32_t i = 0; socket && i < OUTWARD_COUNT && i < socket->write_count; i++) {
		struct prof_event *write =
			&socket->writes[(socket->write_count - 1 - i) % OUTWARD_COUNT];

		if (!is_waiting(write) || write->write.purpose != purpose ||
		    write->write.request_id != request_id)
			continue;
		*ret_write = *write;
		write->kind = PROF_EVENT_NONE;
		return true;
	}
	outward->counts.unasked_count++;
	return false;
}

void outward_end(struct outward *outward)
{
	for (uint32_t i = 0; i <= outward->place_mask; i++)
		if (outward->by_cookie.keys[i])
			count_unanswered(outward, &outward->sockets[i]);
}
