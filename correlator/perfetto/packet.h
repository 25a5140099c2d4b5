/* SPDX-License-Identifier: BSD-2-Clause */
/* The packets of a Perfetto trace: descriptions of tracks, and events on them. */
#ifndef CORR_PERFETTO_PACKET_H
#define CORR_PERFETTO_PACKET_H

#include "correlator/message/message.h"
#include "correlator/text/text.h"

/* A track that only holds others, shown in the order of their ranks. */
void packet_group(struct text *text, uint64_t track, const char *name);
/* A track for slices.  Those of one name in one group are shown as one. */
void packet_track(struct text *text, uint64_t track, uint64_t group, const char *name,
		  uint32_t rank);

struct packet_slice {
	uint64_t track;
	const char *name;
	uint64_t begin_ns;
	uint64_t end_ns;  /* not used by packet_begin() */
	uint64_t flow_id; /* 0: in no flow */
	bool is_flow_end;
	const struct corr_message *message; /* whose facts it shows; NULL: none */
};

/* A slice without another one in it. */
void packet_slice(struct text *text, const struct packet_slice *slice);
void packet_begin(struct text *text, const struct packet_slice *slice);
void packet_end(struct text *text, uint64_t track, uint64_t end_ns);
void packet_mark(struct text *text, uint64_t track, const char *name, uint64_t time_ns,
		 uint64_t flow_id);

#endif
