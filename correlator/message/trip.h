/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A round trip: a frame that the application sent, and what answered it.  Its parts
 * add up to it, as far as they are known:
 *   OUT   the application hands the frame to its library -> its last byte leaves the NIC
 *   WIRE  -> the answer's last byte arrives at the NIC: the way there, the server, the way back
 *   IN    -> the application has the answer
 * and two of them in more detail, where the kernel layer knows:
 *   OUT = CALL (-> TCP takes its last byte) + STACK
 *   IN  = READ (-> tcp_recvmsg()) + USER
 */
#ifndef CORR_TRIP_H
#define CORR_TRIP_H

#include <stdbool.h>
#include <stdint.h>

#include "prof/event.h"

enum corr_part {
	CORR_PART_RTT,
	CORR_PART_OUT,
	CORR_PART_WIRE,
	CORR_PART_IN,
	CORR_PART_CALL,
	CORR_PART_STACK,
	CORR_PART_READ,
	CORR_PART_USER,
	CORR_PART_ACK, /* no part of the sum: left the NIC -> acknowledged */
	CORR_PART_COUNT,
};

struct corr_trip {
	uint64_t cookie;
	uint64_t request_id;
	uint64_t start_offset; /* of the frame in the stream that goes out ... */
	uint64_t end_offset;   /* ... 0: not known */

	/* Points in time, 0 where unknown. */
	uint64_t write_ns;
	uint64_t call_ns;
	uint64_t left_ns;
	uint64_t acked_ns;
	uint64_t arrived_ns;
	uint64_t read_ns;
	uint64_t answer_ns;
	uint64_t answer_wall_ns; /* CLOCK_REALTIME then; if unknown, when it was last seen */

	uint32_t part_mask; /* bit 1 << enum corr_part: known */
	int64_t part_ns[CORR_PART_COUNT];

	uint32_t tcp_seq;	   /* of the segment that carried its last byte, if left_ns */
	uint32_t retransmit_count; /* later copies of that segment, so far */
	uint32_t answer_tcp_seq;   /* of the one that completed the answer, if arrived_ns */
	uint32_t conn_number;
	uint32_t tid;		/* that called, as the kernel numbers it; 0 unknown */
	bool is_sent_with_more; /* that call took more than this: what it was for is not its last
				   read */
	enum prof_purpose purpose;
	enum prof_proof proof; /* of the message that it was sent for */
	uint32_t cause_conn_number;
	uint32_t cause_message_index;
	uint64_t cause_id_hash; /* the message has the same id_hash; 0: it is named by the two */
};

static inline bool corr_part_is_known(const struct corr_trip *trip, enum corr_part part)
{
	return trip->part_mask >> part & 1;
}

/* Sets a part of so many, and its bit, if both points in time are known (not 0). */
void corr_part_set(int64_t *part_ns, uint32_t *part_mask, int part, uint64_t earlier_ns,
		   uint64_t later_ns);

/* From the points in time, what can be told of the parts. */
void corr_trip_split(struct corr_trip *trip);

/*
 * RTT, OUT, WIRE and IN in us, each rounded so that what is known of them adds up
 * exactly to the first: points are rounded, not differences.
 */
void corr_trip_us(const struct corr_trip *trip, int64_t ret_us[CORR_PART_IN + 1]);

/* One part alone, rounded downwards, if it is known. */
int64_t corr_part_us(const struct corr_trip *trip, enum corr_part part);

/* "rtt", "out" and so on; "ping", "SUBSCRIBE", "order". */
const char *corr_part_name(enum corr_part part);
const char *corr_purpose_name(enum prof_purpose purpose);

#endif
