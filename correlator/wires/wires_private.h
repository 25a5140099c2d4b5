/* SPDX-License-Identifier: BSD-2-Clause */
/* What wires.c and wires_calls.c share: the messages of a flow that wait, first one first. */
#ifndef CORR_WIRES_PRIVATE_H
#define CORR_WIRES_PRIVATE_H

#include "wires.h"

struct wire {
	uint32_t next; /* of the same flow, in order */
	uint64_t id_hash;
	struct prof_event event;
};

static inline struct wire *wire_at(const struct wires *wires, uint32_t index)
{
	return pool_at(&wires->pool, index);
}

/* Told to nobody but who asked for it. */
static inline bool wire_is_pong(const struct prof_event *event)
{
	return event->wire.opcode == WIRES_PONG;
}

/* The entry of the connection's flow, if it is read from the wire; else NULL. */
struct conn *wires_flow_of(struct wires *wires, const struct conn *conn);

/* The first one, where it lies for that socket.  False if there is none, or it is another's. */
bool wires_head_in(struct wires *wires, struct conn *flow, struct conn *conn,
		   struct wire_place *ret_place);

/*
 * How many in a row, the first included, the same record completed; of messages, or also of pongs.
 */
uint32_t wires_count_record(const struct wires *wires, const struct conn *flow, bool has_pongs);

/* The first one of the flow is told with that verdict, and waits no longer. */
void wires_tell_head(struct wires *wires, struct conn *flow, struct conn *owner,
		     struct verdict *verdict);

/* The user's messages have passed the first one, which lies there, and none was it. */
void wires_pass_head(struct wires *wires, struct conn *flow, struct conn *owner,
		     const struct wire_place *place);

/* The wire had nothing of [start, end) when a call told it, as where a key comes late. */
void wires_note_alone(struct conn *conn, uint64_t start, uint64_t end);

#endif
