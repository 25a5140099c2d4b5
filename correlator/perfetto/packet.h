/* SPDX-License-Identifier: BSD-2-Clause */
/* The packets of a Perfetto trace: descriptions of tracks, and events on them. */
#ifndef CORR_PERFETTO_PACKET_H
#define CORR_PERFETTO_PACKET_H

#include "correlator/message/message.h"
#include "correlator/message/trip.h"
#include "correlator/text/text.h"
#include "names.h"

/* Where packets go, and the names that stand there already. */
struct packet_out {
	struct text *text;
	struct names *names;
};

/* What all that follows is told in: stamps are CLOCK_MONOTONIC. */
void packet_start(const struct packet_out *out);

/* One moment by several clocks. */
struct packet_clocks {
	uint64_t monotonic_ns;
	uint64_t realtime_ns;
	uint64_t boottime_ns; /* 0: unknown; then the trace's own time is CLOCK_MONOTONIC */
};

void packet_clocks(const struct packet_out *out, const struct packet_clocks *clocks);

/* A track that only holds others, shown in the order of their ranks. */
void packet_group(const struct packet_out *out, uint64_t track, const char *name);
/* A track for slices.  Those of one name in one group are shown as one. */
void packet_track(const struct packet_out *out, uint64_t track, uint64_t group, const char *name,
		  uint32_t rank);

struct packet_slice {
	uint64_t track;
	const char *name;
	uint64_t begin_ns;
	uint64_t end_ns;	  /* not used by packet_begin() */
	const uint64_t *flow_ids; /* flows that it is in */
	size_t flow_count;
	bool is_flow_end;
	const struct corr_message *message; /* whose facts it shows; NULL: none */
	const struct corr_trip *trip;	    /* likewise */
};

/* A slice without another one in it; a mark if it takes no time. */
void packet_slice(const struct packet_out *out, const struct packet_slice *slice);
void packet_begin(const struct packet_out *out, const struct packet_slice *slice);
void packet_end(const struct packet_out *out, uint64_t track, uint64_t end_ns);

#endif
