/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages that the capture read from the wire (PROF_EVENT_WIRE), by flow, and
 * whose they are.
 *
 * Where a user layer tells the same connection, its messages are the lines, and
 * each is held against what was read from the wire: the two know nothing of
 * each other, so the same range is a check of both (counts.h, third method).
 * Calls of a library (PROF_FLAG_CALL) give their time to the messages that they
 * complete.  What no user layer told becomes a message of class no-user.
 *
 * A message of the wire is decided when it was passed by the user's; else when
 * the layers have said all up to then, and had their time: a reader may be slow.
 */
#ifndef CORR_WIRES_H
#define CORR_WIRES_H

#include "correlator/match/match.h"
#include "prof/clock.h"

/* So long a user layer that tells a connection, or the kernel layer that saw it read, may take. */
#define WIRES_KNOWN_WAIT_NS (10 * (uint64_t)PROF_NS_PER_S)
/* And one of which nothing has come yet. */
#define WIRES_NEW_WAIT_NS ((uint64_t)PROF_NS_PER_S)

/* RFC 6455, 5.2: control frames have that bit; one of them is a pong. */
#define WIRES_CONTROL 8
#define WIRES_PONG    10

/* Called for each message, in the order of its connection. */
typedef void wires_settle(void *context, struct conn *conn, struct verdict *verdict);

struct wires_flow {
	uint32_t conn_index; /* the entry that stands for the flow */
	bool is_done;	     /* nothing more of it can be decided in this round */
	uint64_t head_ns;
};

struct wires {
	struct pool pool;
	const struct matcher *matcher;
	struct corr_counts *counts;
	wires_settle *settle;
	void *context;
	struct wires_flow *flows; /* with messages waiting */
	uint32_t flow_count;
	uint32_t flow_count_max;
	uint64_t grace_ns;
	uint64_t watermark_ns; /* of the round; never beyond its time */
	bool has_any;	       /* ever: without, nobody has to ask for a message's flow */
};

/* `wires` has matcher, counts, settle, context and grace_ns.  0 or -ENOMEM. */
int wires_open(struct wires *wires, uint32_t wire_count, uint32_t flow_count);
void wires_close(struct wires *wires);

/*
 * A WIRE event; id_hash: as in corr_message.  Or one that stands for a pong (its opcode tells):
 * matched in its place among the messages, it is handed over likewise, and is in none of the
 * counts of messages.  False if it is no use.
 */
bool wires_take(struct wires *wires, const struct prof_event *event, uint64_t id_hash);

/* When the oldest one that waits arrived; UINT64_MAX: none does. */
uint64_t wires_oldest_ns(const struct wires *wires);

/* If has_any: a user's message is about to be told, and what the wire knows of it is added. */
void wires_user(struct wires *wires, struct conn *conn, struct verdict *verdict);

/* Decides what can be; at the end everything. */
void wires_round(struct wires *wires, uint64_t watermark_ns, uint64_t now_ns, bool is_end);

/* ---- wires_calls.c ---- */

/*
 * A call is about to be told; has_more: another one of the same record follows.
 * True if messages were told instead, or will be.
 */
bool wires_call(struct wires *wires, struct conn *conn, const struct prof_event *call,
		bool has_more);

/*
 * May the capture still tell the message that the call brought a part of?  What is read from such a
 * connection is frames, and of the one at hand the last byte has yet to come; of one that is new
 * its key may, where any is read on the wire and the capture lives.  All that comes after it waits
 * as well, for a second at most.
 */
bool wires_may_follow(struct wires *wires, struct conn *conn, const struct prof_event *call,
		      uint64_t watermark_ns);

/* ---- wires_owner.c ---- */

/* The socket that the message came to; `flow`, the flow's own entry, if nobody knows it. */
struct conn *wires_owner(const struct matcher *matcher, struct conn *flow,
			 const struct prof_event *event);

/*
 * Where it lies in that socket's stream.  A capture that met the connection in
 * its middle counts from another byte: then it is taken to be within 2 GiB of
 * what others have told of it.  False if it can lie nowhere.
 */
bool wires_place(const struct conn *conn, const struct prof_event *event,
		 struct wire_place *ret_place);

#endif
