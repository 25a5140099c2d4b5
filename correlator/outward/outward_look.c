/* SPDX-License-Identifier: BSD-2-Clause */
/* Questions: when a byte was taken by TCP, when it left, and when that was acknowledged. */
#include <stddef.h>

#include "outward_private.h"

int64_t outward_find(const struct outward *outward, const struct outward_places *places,
		     uint64_t key)
{
	uint32_t first = outward_place(outward, key);

	for (uint32_t i = 0; key && i < OUTWARD_PROBE_COUNT; i++)
		if (places->keys[(first + i) & outward->place_mask] == key)
			return (first + i) & outward->place_mask;
	return -1;
}

struct outward_socket *outward_find_socket(const struct outward *outward, uint64_t cookie)
{
	int64_t place = outward_find(outward, &outward->by_cookie, cookie);

	return place < 0 ? NULL : &outward->sockets[place];
}

struct outward_flow *outward_find_flow(const struct outward *outward, uint64_t flow_id)
{
	int64_t place = outward_find(outward, &outward->by_flow, flow_id);

	return place < 0 ? NULL : &outward->flows[place];
}

static const struct outward_send *find_send(const struct outward_socket *socket, uint64_t offset)
{
	for (uint32_t i = 0; i < OUTWARD_COUNT && i < socket->send_count; i++) {
		const struct outward_send *send = &socket->sends[i];

		if (!send->is_elsewhere && send->start <= offset && offset < send->end)
			return send;
	}
	return NULL;
}

static const struct outward_segment *find_segment(const struct outward_flow *flow, uint32_t seq)
{
	for (uint32_t i = 0; i < OUTWARD_COUNT && i < flow->segment_count; i++) {
		const struct outward_segment *segment = &flow->segments[i];

		if (!outward_is_before(seq, segment->start_seq) &&
		    outward_is_before(seq, segment->end_seq))
			return segment;
	}
	return NULL;
}

/* The first that goes beyond the byte; the oldest that is kept may not be the first. */
static uint64_t find_ack(const struct outward_flow *flow, uint32_t seq)
{
	uint32_t kept_count = flow->ack_count < OUTWARD_COUNT ? flow->ack_count : OUTWARD_COUNT;
	bool is_wrapped = flow->ack_count > OUTWARD_COUNT;

	for (uint32_t i = 0; i < kept_count; i++) {
		const struct outward_ack *ack =
			&flow->acks[(flow->ack_count - kept_count + i) % OUTWARD_COUNT];

		if (outward_is_before(seq, ack->seq))
			return i == 0 && is_wrapped ? 0 : ack->time_ns;
	}
	return 0;
}

/* The connection's base, if all who know it agree: an older one had the same addresses. */
static bool find_base(const struct outward_socket *socket, const struct outward_flow *flow,
		      uint32_t *ret_base_seq)
{
	bool is_told = socket && socket->has_base;

	if (is_told && flow->has_base && socket->base_seq != flow->base_seq)
		return false;
	*ret_base_seq = is_told ? socket->base_seq : flow->base_seq;
	return is_told || flow->has_base;
}

void outward_look(const struct outward *outward, uint64_t cookie, uint64_t flow_id,
		  uint64_t end_offset, struct outward_view *ret_view)
{
	const struct outward_socket *socket = outward_find_socket(outward, cookie);
	const struct outward_flow *flow;
	uint32_t base_seq;
	uint32_t seq;

	*ret_view = (struct outward_view){ 0 };
	if (!end_offset)
		return;
	if (socket)
		ret_view->send = find_send(socket, end_offset - 1);
	flow = outward_find_flow(outward, socket && socket->flow_id ? socket->flow_id : flow_id);
	if (!flow || !find_base(socket, flow, &base_seq))
		return;
	seq = base_seq + (uint32_t)(end_offset - 1);
	ret_view->segment = find_segment(flow, seq);
	if (ret_view->segment)
		ret_view->acked_ns = find_ack(flow, seq);
}

/* The offset, for the kernel layer, of a byte near the last ones that TCP took. */
static uint64_t offset_near(const struct outward_socket *socket, uint32_t seq)
{
	uint64_t near = socket->sends[(socket->send_count - 1) % OUTWARD_COUNT].end;

	return near + (uint64_t)(int32_t)(seq - (socket->base_seq + (uint32_t)near));
}

void outward_look_seq(const struct outward *outward, uint64_t cookie, uint64_t flow_id,
		      uint32_t seq, struct outward_view *ret_view)
{
	const struct outward_socket *socket = outward_find_socket(outward, cookie);
	const struct outward_flow *flow = outward_find_flow(outward, flow_id);

	*ret_view = (struct outward_view){ 0 };
	if (socket && socket->has_base && socket->send_count)
		ret_view->send = find_send(socket, offset_near(socket, seq));
	if (flow)
		ret_view->segment = find_segment(flow, seq);
	if (ret_view->segment)
		ret_view->acked_ns = find_ack(flow, seq);
}

bool outward_has_writes(const struct outward *outward, uint64_t cookie)
{
	const struct outward_socket *socket = outward_find_socket(outward, cookie);

	return socket && socket->write_count;
}
