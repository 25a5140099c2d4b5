/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tick to order: an order, the message that it was sent for, how sure that is, and where
 * the time between them went:
 *   TOTAL = TICK_READ (the message's last byte at the NIC -> tcp_recvmsg()) + READ_USER (->
 *	     the application's callback) + USER_WRITE (-> it hands the order over) + WRITE_LEFT
 *	     (-> the order's last byte leaves the NIC)
 * or, where the application's own points in time are not known, of somebody else's client,
 *   TOTAL = TICK_READ + READ_CALL (tcp_recvmsg() -> tcp_sendmsg()) + CALL_LEFT;
 * and then, in no sum: LEFT_ACKED, LEFT_ANSWERED (the application has the answer, or of somebody
 * else's, it has arrived).
 */
#ifndef CORR_ORDER_H
#define CORR_ORDER_H

#include "trip.h"

/* The proof.  Only the first two are in any figure, each by itself. */
enum corr_order_class {
	CORR_ORDER_ID,	      /* the order carried an id of that message, and of no other */
	CORR_ORDER_THREAD,    /* the last message that the sending thread had got before; readers of
				 all since known */
	CORR_ORDER_AMBIGUOUS, /* neither is known */
	CORR_ORDER_CLASS_COUNT,
};

enum corr_order_part {
	CORR_ORDER_TOTAL,
	CORR_ORDER_TICK_READ,
	CORR_ORDER_READ_USER,
	CORR_ORDER_USER_WRITE,
	CORR_ORDER_WRITE_LEFT,
	CORR_ORDER_LEFT_ACKED,
	CORR_ORDER_LEFT_ANSWERED,
	CORR_ORDER_READ_CALL,
	CORR_ORDER_CALL_LEFT,
	CORR_ORDER_PART_COUNT,
};

/* A message that an order may be for; seq 0: none. */
struct corr_tick {
	uint64_t seq;
	uint64_t cookie;
	uint64_t tick_ns; /* 0 unknown, as the others */
	uint64_t read_ns;
	uint64_t user_ns;
	uint64_t had_ns;  /* never 0: the application's callback, or what of before is known */
	uint64_t id_hash; /* as in corr_message */
	uint32_t conn_number;
	uint32_t message_index;
	uint32_t tid;	  /* that read it, for sure */
	bool was_asleep;  /* and had slept until this one came: nothing older was left to do */
	uint32_t tcp_seq; /* of the segment that completed it, if tick_ns */
};

struct corr_order {
	struct corr_trip trip; /* of the order itself */
	enum corr_order_class class_id;
	struct corr_tick cause; /* if id or thread */
	uint64_t thread_seq;	/* what the thread alone would have said; 0: nothing */
	uint32_t part_mask;	/* bit 1 << enum corr_order_part: known */
	int64_t part_ns[CORR_ORDER_PART_COUNT];
};

static inline bool corr_order_part_is_known(const struct corr_order *order,
					    enum corr_order_part part)
{
	return order->part_mask >> part & 1;
}

/* From the points in time of cause and trip, what can be told of the parts. */
void corr_order_split(struct corr_order *order);

/* "id" and so on; "Tick->Read" and so on; "tick_read" and so on. */
const char *corr_order_class_name(enum corr_order_class class_id);
const char *corr_order_part_words(enum corr_order_part part);
const char *corr_order_part_name(enum corr_order_part part);

#endif
