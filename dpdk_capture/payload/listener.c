/* SPDX-License-Identifier: BSD-2-Clause */
#include "listener.h"

#include <stdlib.h>

#include "dpdk_capture/clock/clock_pair.h"
#include "dpdk_capture/select/flow_table.h"

#define FRAME_BURST_COUNT 256

struct listener {
	struct listener_options options;
	struct payload_ring *ring; /* NULL: nowhere */
	struct wall_clock clock;
	struct payload_wanted wanted;
	bool has_read; /* the registry, at least once */
	uint64_t epoch;
	uint64_t before_drop_count;		     /* of rings before this one */
	uint64_t given_ns;			     /* stamp of the last frame */
	uint32_t generations[PROF_SOCKET_COUNT_MAX]; /* of the sockets that were found */
	struct flow_table flows;
};

struct listener *listener_create(const struct listener_options *options)
{
	struct listener *listener = calloc(1, sizeof(*listener));

	if (!listener)
		return NULL;
	listener->options = *options;
	return listener;
}

struct listener *listener_destroy(struct listener *listener)
{
	if (!listener)
		return NULL;
	listener_close(listener);
	free(listener);
	return NULL;
}

/* ---- What is wanted ---------------------------------------------------------- */

static void read_socket(struct listener *listener, uint32_t index)
{
	struct prof_socket socket;
	struct flow flow;

	if (!prof_socket_read(listener->options.bus, index, &socket) || !socket.cookie)
		return;
	flow = (struct flow){
		.flow_id = prof_flow_id(&socket.flow),
		.cookie = socket.cookie,
		.is_open = !(socket.flags & PROF_SOCKET_CLOSED),
	};
	(void)flow_table_add(&listener->flows, &flow); /* what finds no room is not followed */
	payload_want(&listener->wanted, socket.flow.remote.port);
	if (listener->options.found && listener->generations[index] != socket.generation)
		listener->options.found(listener->options.context, flow.flow_id);
	listener->generations[index] = socket.generation;
}

/* Costs one load while nothing has changed. */
static void read_registry(struct listener *listener)
{
	struct prof_bus *bus = listener->options.bus;
	const struct payload_wanted before = listener->wanted;
	uint64_t epoch = prof_socket_epoch(bus);

	if (listener->has_read && epoch == listener->epoch)
		return;
	listener->has_read = true;
	listener->epoch = epoch;
	flow_table_clear(&listener->flows);
	/* Ports stay: a socket's place may be reused before its successor is there. */
	listener->wanted.is_all = listener->options.is_all;
	if (listener->options.port)
		payload_want(&listener->wanted, listener->options.port);
	for (uint32_t i = 0; i < prof_bus_socket_count(bus); i++)
		read_socket(listener, i);
	listener->wanted.is_all |= listener->wanted.port_count == 0;
	if (listener->ring && !payload_is_same(&before, &listener->wanted))
		(void)payload_ring_want(listener->ring, &listener->wanted); /* or too much passes */
}

static bool is_wanted(struct listener *listener, const struct packet_tcp *tcp, uint64_t flow_id)
{
	const struct listener_options *options = &listener->options;

	if (options->is_all ||
	    (options->port && (tcp->src.port == options->port || tcp->dst.port == options->port)))
		return true;
	return flow_table_find(&listener->flows, flow_id) != NULL;
}

/* ---- Where it listens -------------------------------------------------------- */

void listener_close(struct listener *listener)
{
	if (!listener->ring)
		return;
	listener->before_drop_count += payload_ring_drop_count(listener->ring);
	listener->ring = payload_ring_close(listener->ring);
}

int listener_open(struct listener *listener, const char *interface, struct fault *ret_fault)
{
	listener_close(listener);
	read_registry(listener);
	clock_pair_retake(&listener->clock);
	return payload_ring_open(interface, &listener->wanted, &listener->ring, ret_fault);
}

uint64_t listener_drop_count(struct listener *listener)
{
	return listener->before_drop_count +
	       (listener->ring ? payload_ring_drop_count(listener->ring) : 0);
}

/* ---- Frames ------------------------------------------------------------------- */

static void take_frame(struct listener *listener, const struct payload_frame *frame)
{
	struct packet_tcp tcp;
	struct heard heard = { .tcp = &tcp,
			       .frame = frame,
			       .link = payload_ring_link(listener->ring),
			       .is_clock_step = wall_clock_is_stepped(&listener->clock) };
	enum packet_verdict verdict = packet_parse(heard.link, frame->bytes, frame->captured_bytes,
						   frame->wire_bytes, &tcp);
	struct prof_flow flow;

	listener->given_ns = wall_clock_to_monotonic(&listener->clock, frame->wall_time_ns);
	if (verdict != PACKET_TCP_DATA && verdict != PACKET_TCP_EMPTY)
		return;
	flow = (struct prof_flow){ .local = tcp.dst, .remote = tcp.src };
	heard.flow_id = prof_flow_id(&flow);
	heard.time_ns = listener->given_ns;
	heard.is_wanted = is_wanted(listener, &tcp, heard.flow_id);
	listener->options.give(listener->options.context, &heard);
}

bool listener_poll(struct listener *listener, uint64_t now_ns)
{
	struct payload_frame frame;
	size_t count = 0;

	if (!listener->ring)
		return false;
	read_registry(listener);
	if (wall_clock_is_due(&listener->clock, now_ns))
		clock_pair_retake(&listener->clock);
	while (count < FRAME_BURST_COUNT && payload_ring_next(listener->ring, &frame)) {
		if (count++ == 0)
			(void)clock_pair_check(&listener->clock);
		take_frame(listener, &frame);
	}
	return count > 0;
}

bool listener_is_empty(const struct listener *listener)
{
	return !listener->ring || payload_ring_is_empty(listener->ring);
}

/* Frames stand in the ring as they came. */
uint64_t listener_told_ns(const struct listener *listener, uint64_t now_ns)
{
	return listener_is_empty(listener) ? now_ns : listener->given_ns;
}
