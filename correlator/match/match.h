/* SPDX-License-Identifier: BSD-2-Clause */
/* One message matched with its reads and segments: what each layer says about its bytes. */
#ifndef CORR_MATCH_H
#define CORR_MATCH_H

#include "correlator/seen/conns.h"
#include "correlator/seen/lanes.h"
#include "correlator/seen/tracks.h"
#include "correlator/seen/wakes.h"

struct matcher {
	struct lanes *lanes;
	struct tracks *tracks;
	struct conns *conns;
	const struct wakes *wakes;
	int64_t wall_offset_ns; /* CLOCK_REALTIME minus CLOCK_MONOTONIC; 0 unknown */
};

struct verdict {
	struct corr_message message;  /* all but seq, stream and the positions */
	struct track *track;	      /* NULL if none was found */
	enum corr_reason bind_reason; /* then why */
	bool is_call;		      /* told with the end of its thread's latest read, or none */
	bool is_open;		      /* a layer that is there may still say more */
	bool is_checked;	      /* the second method could be applied */
	bool is_agreed;		      /* and named the same read */
	uint64_t span_start;	      /* the read that completed it */
	uint64_t passed_ns;	      /* by when its bytes had passed all layers */
	uint32_t record_count; /* wires.h: messages that wait and end as it does, it included */
};

/* A message that the capture read from the wire, and where it lies for the socket at hand. */
struct wire_place {
	const struct prof_event *event;
	uint64_t start_offset;
	uint64_t end_offset;
	uint64_t id_hash; /* as in corr_message */
	bool is_ranged;	  /* these are stream offsets, not only those of the capture */
};

/* Of a message that no user layer told: passed_ns is up to when the layers have told all. */
void match_wire(const struct matcher *matcher, struct conn *conn, const struct wire_place *place,
		uint64_t passed_ns, struct verdict *ret_verdict);

/* Adds what the wire told of a message that the user told as well. */
void match_add_wire(const struct matcher *matcher, const struct wire_place *place,
		    struct corr_message *message);

/* conn NULL: there was no room to remember its socket. */
void match_message(const struct matcher *matcher, struct conn *conn, const struct prof_event *event,
		   struct verdict *ret_verdict);

#endif
