/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What goes out, as each layer has seen it: frames that the application hands over, calls by
 * which TCP takes bytes, segments that leave for the first time, and what acknowledges them.
 *
 * By socket what the user and kernel layers say, by flow what the NIC layer does; a position
 * is the 64-bit offset of the stream that goes out, on the wire base + offset.  Of each the
 * last few hundred are kept: what is asked for lies at most a round trip back.  Pure.
 */
#ifndef CORR_OUTWARD_H
#define CORR_OUTWARD_H

#include <stdbool.h>
#include <stdint.h>

#include "prof/event.h"

#define OUTWARD_COUNT 256 /* of each kind, of one connection */

/* One call, or a stretch that went another way. */
struct outward_send {
	uint64_t start;
	uint64_t end;
	uint64_t enter_ns;
	uint64_t return_ns;
	uint32_t tid;
	bool is_elsewhere;
};

/* Bytes that one segment was the first to carry away. */
struct outward_segment {
	uint64_t time_ns;
	uint32_t start_seq;
	uint32_t end_seq;
	uint32_t seq; /* of the segment */
	uint32_t copy_count;
};

struct outward_ack {
	uint64_t time_ns;
	uint32_t seq; /* bytes below are acknowledged */
};

struct outward_socket {
	uint64_t flow_id; /* 0 unknown */
	uint32_t base_seq;
	bool has_base;
	uint32_t send_count; /* free-running, as all counts of rings here */
	uint32_t write_count;
	struct outward_send sends[OUTWARD_COUNT];
	struct prof_event writes[OUTWARD_COUNT]; /* kind NONE: answered */
};

struct outward_flow {
	uint32_t base_seq; /* of our SYN */
	uint32_t high_seq; /* bytes below have left */
	bool has_base;
	bool has_high;
	uint32_t segment_count;
	uint32_t ack_count;
	struct outward_segment segments[OUTWARD_COUNT];
	struct outward_ack acks[OUTWARD_COUNT];
};

struct outward_counts {
	uint64_t send_count;
	uint64_t send_bytes;
	uint64_t elsewhere_bytes;
	uint64_t write_count;
	uint64_t answer_count;
	uint64_t unasked_count;	   /* answers whose question was never told */
	uint64_t unanswered_count; /* pings read on the wire without a pong that is surely theirs;
				    * frames pushed out of memory, or their socket's, or at the end
				    */
	uint64_t unplaced_count;   /* frames without a place in the stream */
	uint64_t segment_count;	   /* that carried something for the first time */
	uint64_t retransmit_count;
	uint64_t evicted_count; /* sockets and flows forgotten for others */
};

/* Whose place is where.  By itself: every segment that comes asks, and many find none. */
struct outward_places {
	uint64_t *keys;	   /* 0: a free place */
	uint64_t *last_ns; /* when something came for it */
};

struct outward {
	uint32_t place_mask;
	struct outward_places by_cookie;
	struct outward_places by_flow;
	struct outward_socket *sockets;
	struct outward_flow *flows;
	struct outward_counts counts;
};

/* Room for about so many of each.  0 or -ENOMEM. */
int outward_open(struct outward *outward, uint32_t conn_count);
void outward_close(struct outward *outward);

/* Is a SEGMENT event of what goes out, or may acknowledge some of it?  Of others nothing is kept.
 */
static inline bool outward_is_concerned(const struct prof_event *event)
{
	return event->flags & PROF_FLAG_OUTBOUND || event->segment.tcp_flags & PROF_TCP_ACK;
}

/* Events of those kinds; a SEGMENT of either direction. */
void outward_segment(struct outward *outward, const struct prof_event *event);
void outward_send(struct outward *outward, const struct prof_event *event);
void outward_write(struct outward *outward, const struct prof_event *event);

/* Takes the frame that an ANSWER to this is the answer of; false if there is none. */
bool outward_answer(struct outward *outward, uint64_t cookie, enum prof_purpose purpose,
		    uint64_t request_id, struct prof_event *ret_write);

/* At the very end: what is still without an answer is counted. */
void outward_end(struct outward *outward);

/* What is known of the byte before end_offset. */
struct outward_view {
	const struct outward_send *send;       /* NULL: not seen */
	const struct outward_segment *segment; /* likewise */
	uint64_t acked_ns;		       /* 0 unknown */
};

/* flow_id: of the socket, where somebody else knows it; else 0. */
void outward_look(const struct outward *outward, uint64_t cookie, uint64_t flow_id,
		  uint64_t end_offset, struct outward_view *ret_view);

/* The same of the byte with that sequence number, whoever told its connection's base. */
void outward_look_seq(const struct outward *outward, uint64_t cookie, uint64_t flow_id,
		      uint32_t seq, struct outward_view *ret_view);

/* Does the user layer tell what this socket sends? */
bool outward_has_writes(const struct outward *outward, uint64_t cookie);

#endif
