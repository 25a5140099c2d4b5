/* SPDX-License-Identifier: BSD-2-Clause */
/* A round trip as a line for people, and as one JSON object a line for scripts.  Pure. */
#ifndef CORR_TRIP_LINE_H
#define CORR_TRIP_LINE_H

#include "correlator/message/trip.h"
#include "correlator/text/text.h"

/* More than either can become. */
#define TRIP_LINE_BYTES_MAX 2048

/* Which run on which host tells it. */
struct trip_origin {
	const char *host; /* "": unknown */
	uint64_t run;
};

/*
 * "[ping] rtt_us=2450 us out_us=48 wire_us=2300 in_us=102 tcp_seq=... answer_tcp_seq=...";
 * of all else "[request] what=SUBSCRIBE id=1 rtt_us=...".  Where rtt is not known, stack_us= and
 * read_us= are added: TCP took it -> it left, the answer arrived -> tcp_recvmsg().
 */
void trip_add_line(struct text *text, const struct corr_trip *trip);

/* The same and all else that is known; the names and the order of its fields are a contract. */
void trip_add_json(struct text *text, const struct corr_trip *trip,
		   const struct trip_origin *origin);

/* ,"answer_wall_ns":...,"host":...,"run":"..."} and the line's end. */
void trip_add_origin(struct text *text, const struct corr_trip *trip,
		     const struct trip_origin *origin);

#endif
