/* SPDX-License-Identifier: BSD-2-Clause */
/* A round trip put together: a frame, its answer matched as a message is, and what left between. */
#ifndef CORR_TRIPS_H
#define CORR_TRIPS_H

#include "correlator/asks/asks.h"
#include "correlator/message/trip.h"
#include "correlator/outward/outward.h"
#include "match.h"

/* An ANSWER, as the message that it is matched as; what else it says is the caller's to keep. */
struct prof_event trips_as_message(const struct prof_event *answer);

/* A TOKEN that is no order, as the message read from the wire that it is matched as. */
struct prof_event trips_as_wire(const struct prof_event *token, uint8_t opcode);

/*
 * The trip of a frame whose answer was matched; conn NULL: there was no room to remember its
 * socket.  A point in time is left out where a layer may have missed the first sight of it.
 */
void trips_make(const struct outward *outward, const struct matcher *matcher,
		const struct conn *conn, const struct prof_event *write,
		const struct corr_message *answer, struct corr_trip *ret_trip);

/* Does a user layer tell what is sent on that connection? */
bool trips_has_user(const struct outward *outward, const struct conns *conns, uint64_t flow_id);

/*
 * Orders and pings that the capture read from what a client sent, of which all is known by
 * known_ns, and which left before before_ns: each becomes a trip without a write, in the order in
 * which they left; a ping without a pong of its own is counted only.  Those of a socket whose user
 * layer tells its writes are told by that alone.
 */
void trips_tell_asked(struct asks *asks, struct outward *outward, const struct matcher *matcher,
		      uint64_t known_ns, uint64_t before_ns,
		      void (*tell)(void *context, const struct corr_trip *trip), void *context);

#endif
