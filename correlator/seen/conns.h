/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sockets under measurement, by cookie: what the registry says of each, the
 * reads the kernel made from it in stream order, and the messages that wait.
 */
#ifndef CORR_CONNS_H
#define CORR_CONNS_H

#include <stddef.h>

#include "arrivals.h"
#include "correlator/message/counts.h"
#include "correlator/message/message.h"
#include "marks.h"
#include "pool.h"

/* The most reads one socket may have waiting. */
#define CONN_READ_COUNT_MAX 131072

/* One tcp_recvmsg() that copied [start, end), or a stretch that went another way. */
struct read_span {
	_Alignas(POOL_LINE_BYTES) uint32_t next;
	uint32_t prev;
	uint64_t start;
	uint64_t end;
	uint64_t enter_ns;
	uint64_t return_ns;
	uint32_t tid;
	bool is_blocked;
	bool is_loose;	/* its last byte may be an earlier one */
	bool is_unseen; /* no read: what PROF_EVENT_UNSEEN says */
};

/* A message that waits for its decision. */
struct waiting {
	uint32_t next;	    /* of the same lane, in order */
	uint32_t conn_next; /* of the same socket, in order */
	uint32_t conn_index;
	uint8_t lane_index;
	uint8_t purpose; /* enum prof_purpose; not OTHER: no message but an ANSWER to that ... */
	uint64_t request_id;	      /* ... with this id */
	uint32_t cause_message_index; /* if proof */
	uint16_t cause_conn_number;
	uint8_t proof; /* enum prof_proof */
	struct prof_event event;
};

/* Bytes [start, end) of a stream; end 0: none. */
struct conn_span {
	uint64_t start;
	uint64_t end;
};

/* A key that is late is so by seconds: calls that were lost in that time make more than one. */
#define CONN_ALONE_COUNT 4

/* Of a connection's messages that were read from the wire, what wires/wires.h keeps. */
struct conn_wires {
	uint32_t head; /* list of those that wait for a decision */
	uint32_t tail;
	uint64_t told_start; /* of the user's last message that was decided */
	uint64_t told_end;   /* all before it has been decided by the user's messages */
	uint64_t called_end; /* of the last message that was told with a call */
	uint64_t met_end;    /* so far the user had told before the wire's first message came */
	struct conn_span alone[CONN_ALONE_COUNT]; /* calls told without anything from the wire */
	uint64_t part_end;    /* of a record of which several calls returned a part */
	uint32_t peer_index;  /* of a flow: the socket that it belongs to; 0: none known */
	uint64_t peer_cookie; /* and that socket's, as places are reused */
	uint64_t peer_epoch;  /* of conns, when that was looked for */
	bool is_listed;
	bool has_any; /* ever */
	bool is_met;  /* a message of the wire has been found to be this socket's */
};

/* A read, and whose: as long as it went on it held the socket, and TCP took up nothing for it. */
struct conn_holder {
	uint64_t enter_ns;
	uint64_t return_ns; /* 0: none is known */
	uint32_t tid;
};

/* What the watch (watch.h) knew of it at its last step, by layer. */
struct conn_seen {
	uint64_t count[PROF_LAYER_COUNT];
	uint64_t bytes[PROF_LAYER_COUNT];
	uint8_t sign_count[PROF_LAYER_COUNT]; /* of blindness, since the layer saw something */
	bool is_told[PROF_LAYER_COUNT];
};

/*
 * What is used for each event stands in front, cache line by cache line, as of many sockets
 * nothing stays in the processor's own caches: a read or a message takes the first two lines, a
 * decision all three, and what lies behind is for what is rare.
 */
struct conn {
	_Alignas(POOL_LINE_BYTES) uint64_t cookie;
	uint32_t hash_next;
	uint32_t head; /* list of reads */
	uint32_t tail;
	uint32_t read_count;
	uint32_t base_seq;
	uint32_t tid; /* of the reading thread, 0 unknown */
	bool has_base;
	bool was_read;	      /* the kernel layer has seen it */
	bool was_bound;	      /* a track has been found for it */
	uint8_t waiting_lane; /* only messages of one lane are linked */
	uint32_t span_position;
	uint64_t flow_id; /* 0 unknown */
	uint64_t last_ns;
	uint64_t known_ns; /* the connection was there by then; 0: nothing is known of it */

	/* The second line. */
	uint64_t read_low;	 /* where the first byte lay that it saw read; if was_read */
	uint64_t read_high;	 /* after the last one */
	uint64_t read_total;	 /* reads ever */
	uint64_t tid_read_count; /* reads by `tid` */
	uint64_t read_floor;	 /* offsets below are of no more interest */
	uint64_t unseen_bytes;	 /* read another way, ever */
	uint32_t waiting_tail;	 /* last message, linked by conn_next */
	uint32_t waiting_count;
	uint32_t track_index; /* bound track; valid while the serials agree */
	uint32_t track_serial;

	/* The third line. */
	uint64_t message_total; /* messages ever */
	uint64_t told_high;	/* where the last one that has a range ended */
	uint64_t record_end;	/* messages_in_record: the record being told */
	uint32_t record_count;
	uint32_t record_position;
	uint64_t span_start; /* the read whose messages are being told */
	uint64_t span_first_ns;
	uint64_t last_nic_ns;	 /* of the last message that the NIC layer knew */
	uint64_t last_return_ns; /* of the last message that the kernel layer knew */

	/* Not for each event. */
	uint64_t registered_ns; /* 0: not in the registry */
	uint32_t flow_next;	/* of those whose flow has the same bucket */
	bool is_ktls;
	bool is_mptcp;
	struct arrival_list arrivals;
	struct conn_wires wires;
	uint32_t conn_number;
	uint64_t closed_ns;
	uint64_t read_evicted;	   /* reads below were forgotten for want of memory */
	struct conn_holder holder; /* the latest that conn_holder_at() has found */
	struct conn_seen seen;
};

/* So much of it is used for each event. */
#define CONN_HOT_BYTES offsetof(struct conn, registered_ns)

_Static_assert(offsetof(struct conn, read_low) == (size_t)POOL_LINE_BYTES &&
		       offsetof(struct conn, message_total) == (size_t)2 * POOL_LINE_BYTES &&
		       CONN_HOT_BYTES == (size_t)3 * POOL_LINE_BYTES,
	       "three cache lines");

struct conns {
	struct pool reads;
	struct arrivals arrivals;
	struct conn *table; /* place 0 is not used */
	uint32_t table_count;
	uint32_t used_count;
	uint32_t next_victim;
	uint32_t *buckets;
	uint32_t *flow_buckets;
	uint32_t bucket_mask; /* grows with used_count: few sockets' buckets lie close together */
	uint32_t flow_bucket_mask; /* up to this */
	uint32_t cached_index;
	uint64_t epoch;		/* changes when a socket may have got another flow */
	struct marks forgotten; /* cookies */
	struct corr_counts *counts;
};

int conns_open(struct conns *conns, uint32_t conn_count, uint32_t read_count,
	       struct corr_counts *counts);
void conns_close(struct conns *conns);

/* Cookies are counted up by the kernel, a part for each CPU: multiply to spread. */
static inline uint32_t conns_hash(uint64_t key)
{
	return (uint32_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 40);
}

static inline uint32_t conns_bucket(const struct conns *conns, uint64_t cookie)
{
	return conns_hash(cookie) & conns->bucket_mask;
}

/* As the next two do, for one that was not asked for last. */
struct conn *conns_look_up(struct conns *conns, uint64_t cookie);
struct conn *conns_make(struct conns *conns, uint64_t cookie);

/* The socket's entry; NULL if there is none. */
static inline struct conn *conns_find(struct conns *conns, uint64_t cookie)
{
	uint32_t index = conns->cached_index;

	if (index && conns->table[index].cookie == cookie)
		return &conns->table[index];
	return conns_look_up(conns, cookie);
}

/* The same, made if need be; NULL if every place has messages waiting. */
static inline struct conn *conns_get(struct conns *conns, uint64_t cookie)
{
	struct conn *conn = conns_find(conns, cookie);

	return conn ? conn : conns_make(conns, cookie);
}

/* An event of that socket comes soon, or a message of it is decided. */
static inline void conns_expect(const struct conns *conns, uint64_t cookie)
{
	pool_prefetch(&conns->table[conns->buckets[conns_bucket(conns, cookie)]], CONN_HOT_BYTES);
}

/* The same of a READ, once what that asked for is there. */
static inline void conns_expect_soon(const struct conns *conns, uint64_t cookie)
{
	const struct conn *conn = &conns->table[conns->buckets[conns_bucket(conns, cookie)]];

	if (conn->cookie == cookie)
		pool_expect(&conns->reads, conn->tail);
	else
		pool_prefetch(&conns->table[conn->hash_next], CONN_HOT_BYTES);
}

/* What the registry says. */
void conns_socket(struct conns *conns, const struct prof_socket *socket);

/* What its flow is, if that is not known yet or has changed. */
void conns_set_flow(struct conns *conns, struct conn *conn, uint64_t flow_id);

/* Those of a flow, in no particular order, by index; 0: there is no more. */
uint32_t conns_first_of(const struct conns *conns, uint64_t flow_id);
uint32_t conns_next_of(const struct conns *conns, uint32_t index);

/* Was something of this one heard after the other (0: none)? */
static inline bool conns_is_younger(const struct conns *conns, uint32_t index, uint32_t other)
{
	uint64_t last_ns = conns->table[index].last_ns;
	uint64_t other_ns = conns->table[other].last_ns;

	return !other || last_ns > other_ns || (last_ns == other_ns && index > other);
}

/* When the next socket with its addresses was registered; 0: none was, or it was itself forgotten.
 */
uint64_t conns_successor_ns(const struct conns *conns, const struct conn *conn);

/* A READ or an UNSEEN event. */
void conns_read(struct conns *conns, const struct prof_event *event);

/* A READY event. */
void conns_ready(struct conns *conns, const struct prof_event *event);

/* What the kernel knows about stream offsets [start, end). */
struct read_view {
	const struct read_span *last;	     /* that copied byte end - 1; NULL if none did */
	const struct read_span *last_before; /* last read of the thread before user_ns */
	bool is_whole;			     /* every byte is accounted for beyond doubt */
	bool is_unseen;			     /* byte end - 1 was read another way */
	bool is_loose;			     /* a read of these bytes is a bound only */
	uint64_t missing;	/* the first byte that no read copied; end if there is none */
	bool is_missing_unseen; /* it was read another way */
	uint32_t read_count;
};

void conn_look(const struct conns *conns, const struct conn *conn, uint64_t start, uint64_t end,
	       uint64_t user_ns, struct read_view *ret_view);

/* The read that went on at that time, if it is still known, or the last that was asked for; or
 * NULL. */
const struct conn_holder *conn_holder_at(const struct conns *conns, struct conn *conn,
					 uint64_t time_ns);

/* Nothing below this stream offset will be asked for again. */
void conn_prune(struct conns *conns, struct conn *conn, uint64_t offset);

#endif
