/* SPDX-License-Identifier: BSD-2-Clause */
/* The verdict on one message: what each layer says about its bytes, put together. */
#ifndef CORR_JUDGE_H
#define CORR_JUDGE_H

#include "correlator/seen/conns.h"
#include "correlator/seen/lanes.h"
#include "correlator/seen/tracks.h"

struct judge {
	struct lanes *lanes;
	struct tracks *tracks;
	struct conns *conns;
	int64_t wall_offset_ns; /* CLOCK_REALTIME minus CLOCK_MONOTONIC; 0 unknown */
};

struct verdict {
	struct corr_message message; /* all but seq, stream and the positions */
	struct track *track;	     /* NULL if none was found */
	enum corr_reason bind_reason; /* then why */
	bool is_open;		     /* a layer that is there may still say more */
	bool is_checked;	     /* the second method could be applied */
	bool is_agreed;		     /* and named the same read */
	uint64_t span_start;	     /* the read that completed it */
};

/* conn NULL: there was no room to remember its socket. */
void judge_message(const struct judge *judge, struct conn *conn, const struct prof_event *event,
		   struct verdict *ret_verdict);

#endif
