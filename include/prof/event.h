/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The record that crosses the bus: one sighting of one stretch of a TCP
 * stream by one layer.
 *
 * Producers write it, the correlator reads it, nothing else crosses.  It
 * lives in memory shared by processes: fixed widths, no pointers, and every
 * byte written, so that no stale bytes of an older record leak out.
 *
 * Position in a stream.  "Offset" is always the 64-bit stream offset: the
 * number of bytes the peer sent before this one on this connection, so the
 * first data byte has offset 0.  "Sequence number" is the 32-bit number on
 * the wire (RFC 9293); the first data byte has the peer's initial sequence
 * number plus 1, which is called the connection's base.
 */
#ifndef PROF_EVENT_H
#define PROF_EVENT_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Who saw it.  Also names the kind of producer that owns a lane. */
enum prof_layer {
	PROF_LAYER_NONE = 0,
	PROF_LAYER_NIC = 1,    /* dpdk_capture: a TCP segment arrived */
	PROF_LAYER_KERNEL = 2, /* ebpf_loader: tcp_recvmsg copied bytes to an application */
	PROF_LAYER_USER = 3,   /* the application has a whole message */
	PROF_LAYER_COUNT = 4,
};

/* What the record says; selects the member of the union. */
enum prof_event_kind {
	PROF_EVENT_NONE = 0,
	PROF_EVENT_SEGMENT = 1, /* .segment, from the NIC layer */
	PROF_EVENT_READ = 2,	/* .read, from the kernel layer */
	PROF_EVENT_MESSAGE = 3, /* .message, from the user layer */
	PROF_EVENT_UNSEEN = 4,	/* .read, from the kernel layer: read, but not where it looks */
	PROF_EVENT_WIRE = 5,  /* .wire, from the NIC layer: a message read from what was captured */
	PROF_EVENT_SEND = 6,  /* .read, from the kernel layer: TCP took bytes to send */
	PROF_EVENT_WRITE = 7, /* .write, from the user layer: a frame that it sends */
	PROF_EVENT_READY = 8, /* .ready, from the kernel layer: data in order, socket told */
	PROF_EVENT_WOKEN = 9, /* .woken, from the kernel layer: a reader on a processor */
	PROF_EVENT_ANSWER = 10, /* .answer, from the user layer: what came back for a WRITE */
	PROF_EVENT_TOKEN =
		11, /* .token, from the NIC layer: by what a message is known to others */
};

/* Where time_ns was taken. */
enum prof_stamp_source {
	PROF_STAMP_NONE = 0,
	PROF_STAMP_CLOCK = 1,  /* clock_gettime() or bpf_ktime_get_ns() at the event itself */
	PROF_STAMP_POLL = 2,   /* clock_gettime() after the poll that returned the burst */
	PROF_STAMP_PACKET = 3, /* the kernel's packet stamp (CLOCK_REALTIME), converted */
	PROF_STAMP_NIC = 4,    /* the adapter's own clock, converted */
	PROF_STAMP_FILE = 5,   /* a capture file's stamp */
};

/* prof_event.flags.  A bit means what stands beside it for the kinds that are named there. */
enum prof_event_flag {
	PROF_FLAG_OUTBOUND = 1 << 0, /* SEGMENT, WIRE, TOKEN: sent by the local end, not received */
	PROF_FLAG_MERGED = 1 << 1,   /* SEGMENT: several wire segments in one frame (GRO, GSO) */
	PROF_FLAG_CLOCK_STEP = 1 << 2, /* the clock behind a converted stamp was stepped nearby */
	PROF_FLAG_BLOCKED = 1 << 3,    /* READ: nothing was queued at entry, the call waited */
	PROF_FLAG_EXCH_US = 1 << 3,    /* MESSAGE: exch_time_us is good to 1 us, not to 1 ms */
	PROF_FLAG_SPLIT = 1 << 4,      /* MESSAGE, WIRE: in more than one WebSocket fragment */
	PROF_FLAG_HANDED = 1 << 4,     /* SEGMENT: handed_after_ns is known */
	PROF_FLAG_PLAIN = 1 << 5,      /* MESSAGE, WIRE, WRITE: no TLS, the range is the frame's */
	PROF_FLAG_CALL = 1 << 6,       /* MESSAGE: one SSL_read() of a foreign client */
	PROF_FLAG_LOOSE = 1 << 7,      /* READ, MESSAGE: it ended at the range's end or before */
	PROF_FLAG_ELSEWHERE = 1 << 4,  /* SEND: by another way than the one that is seen */
	PROF_FLAG_NESTED = 1 << 0,     /* READY: told in the middle of another socket's telling:
					  no wake-up can be tied to it */
};

/* TCP header flags as on the wire (RFC 9293, 3.1). */
enum prof_tcp_flag {
	PROF_TCP_FIN = 0x01,
	PROF_TCP_SYN = 0x02,
	PROF_TCP_RST = 0x04,
	PROF_TCP_PSH = 0x08,
	PROF_TCP_ACK = 0x10,
};

/*
 * One TCP segment: payload [prof_event.seq, seq + size_bytes).
 *
 * An adapter's stamp (PROF_STAMP_NIC) says when the frame was on the wire.  When the driver
 * handed it over is known too, where PROF_FLAG_HANDED says so: to the kernel, by its own stamp, or
 * inline to the poll.  Their difference can be below zero by as much as both are
 * uncertain.  (Producers of before wrote these bytes as 0, and no such flag.)
 */
struct prof_segment {
	uint32_t size_bytes; /* payload from the IP header's length; 0 for a pure ACK, SYN */
	uint16_t wire_segment_count;	    /* segments merged into this frame, 0 where unknown */
	uint8_t tcp_flags;		    /* enum prof_tcp_flag bits */
	uint8_t handed_uncertainty_log2_ns; /* of that stamp, as prof_event has it */
	int32_t handed_after_ns; /* that stamp less time_ns; if PROF_FLAG_HANDED, else 0 */
	uint32_t ack_seq;     /* acknowledgement number, if PROF_TCP_ACK; 0 in older recordings */
	uint8_t reserved[16]; /* written as 0 */
};

/*
 * One tcp_recvmsg() that copied [start_offset, start_offset + size_bytes).
 *
 * UNSEEN: these bytes left the socket in a way that is not seen; known from
 * where the next read began, or from copied_seq.  They went between time_ns,
 * the return of the last read that was seen (0: none was), and return_ns, when
 * it was noticed; tid is 0.  What is longer than size_bytes can say is several
 * events.  Their bytes are also in PROF_LOSS_READ_ELSEWHERE.
 */
struct prof_read {
	uint64_t return_ns;    /* CLOCK_MONOTONIC at its return; time_ns is its entry */
	uint64_t flow_id;      /* prof_flow_id() of the connection */
	uint64_t start_offset; /* stream offset of the first byte copied */
	uint32_t size_bytes;   /* bytes copied, never 0 */
	uint32_t tid;	       /* thread that called, in the initial pid namespace */
};

/*
 * SEND, in the same struct: one call by which TCP took [start_offset,
 * start_offset + size_bytes) of the stream that goes out, in whose offsets all
 * of it is told; base_seq is the sequence number of that stream's offset 0.
 * ELSEWHERE: these bytes went into the socket in a way that is not seen
 * (sendfile() and splice() before 6.5, MPTCP), or whose record was lost; known from
 * where the next call began, or the close.  They went between time_ns, the
 * return of the last call that was seen (0: none was), and return_ns; tid is 0.
 */

/* What a frame that the application sends is for. */
enum prof_purpose {
	PROF_PURPOSE_OTHER = 0,	    /* nothing answers it: a pong, a close */
	PROF_PURPOSE_PING = 1,	    /* a WebSocket ping: answered by its pong */
	PROF_PURPOSE_SUBSCRIBE = 2, /* a request for streams: by its result */
	PROF_PURPOSE_ORDER = 3,	    /* an order: by its result */
	PROF_PURPOSE_COUNT = 4,
};

/*
 * One WebSocket frame that the application sends; time_ns is when it began to
 * hand it to its library.  It occupies [end_offset - size_bytes, end_offset) of
 * the stream that goes out; under TLS these are the bounds of the records that
 * carry it.  Not known where: both are 0.  Told once the socket took its last byte.
 */
struct prof_write {
	uint64_t end_offset;
	uint64_t request_id; /* its ANSWER has the same, and the same purpose */
	uint32_t size_bytes;
	uint32_t took_ns;  /* the socket had its last byte this long after time_ns; saturates */
	uint32_t tid;	   /* thread, in its own pid namespace; 0 unknown */
	uint8_t purpose;   /* enum prof_purpose */
	uint8_t opcode;	   /* RFC 6455, 5.2 */
	uint16_t reserved; /* written as 0 */
};

/* How it is known which message made the application ask. */
enum prof_proof {
	PROF_PROOF_NONE = 0, /* it is not */
	PROF_PROOF_ID = 1, /* what was sent carried an id that one message, and no other, carried */
	PROF_PROOF_COUNT = 2,
};

/*
 * The answer to a WRITE of the same socket, purpose and request_id.  time_ns is
 * the first instruction of the callback that has it; it occupies
 * [end_offset - size_bytes, end_offset) of the stream that comes in (both 0: not
 * known).  An answer that is a message is also told as one.
 */
struct prof_answer {
	uint64_t end_offset;
	uint64_t request_id;
	uint32_t size_bytes;
	uint32_t recv_before_ns;      /* as in prof_message */
	uint8_t purpose;	      /* enum prof_purpose */
	uint8_t proof;		      /* enum prof_proof */
	uint16_t cause_conn_number;   /* as in prof_event of that message; if there is a proof */
	uint32_t cause_message_index; /* as in its prof_message, likewise */
};

/*
 * One message handed to the application; it occupies
 * [end_offset - size_bytes, end_offset) of the TCP stream.  Under TLS these
 * are the bounds of the records that carried it, which it may share with
 * other messages.
 *
 * Where it lies is published only if it is known (the offsets are anchored in
 * the TCP stream): otherwise size_bytes and end_offset are both 0, or the
 * message is not published at all; either way it is counted, in
 * PROF_LOSS_SSL_UNRANGED or PROF_LOSS_CLIENT_UNRANGED.
 * If all that is known is where it ended at the latest, PROF_FLAG_LOOSE says
 * so.  Neither is ever of class `exact`.  (Producers of this project leave such
 * a message without a place; the flag is understood by the correlator, and said by
 * none of them yet.)
 */
struct prof_message {
	uint64_t end_offset;	/* stream offset after its last byte */
	uint64_t exch_time_us;	/* the exchange's wall clock, 0 where it says none */
	uint32_t message_index; /* counts messages of this connection from 0, wraps */
	uint32_t size_bytes;	/* extent in the TCP stream; 0: not known where it lies */
	/* The next two are 0 where unknown; UINT32_MAX: longer than can be said. */
	uint32_t recv_before_ns;  /* recv() returned this long before time_ns */
	uint32_t parsed_after_ns; /* parsing ended this long after time_ns */
};

/* What else is known of a message read from what was captured. */
enum prof_wire_bit {
	PROF_WIRE_COMPRESSED = 1 << 0, /* by permessage-deflate: what it says was not read */
	PROF_WIRE_ANCHORED = 1 << 1,   /* the connection's SYN was seen: base_seq is its base */
	PROF_WIRE_CONTROL = 1 << 2,    /* TOKEN: a client's ping, or what may be its pong */
};

/*
 * One WebSocket message that the capture read from the segments themselves,
 * with no help of the application; prof_event.time_ns is when its last byte
 * first arrived.  It occupies [end_offset - size_bytes, end_offset) of the TCP
 * stream as a MESSAGE does, but counted from the byte whose sequence number is
 * base_seq: the connection's first one if ANCHORED, else one of the first that
 * were captured.
 */
struct prof_wire {
	uint64_t end_offset;	 /* after its last byte, or the record's that it ends in */
	uint64_t exch_time_us;	 /* the exchange's wall clock, 0 where it says none */
	uint32_t size_bytes;	 /* extent in the TCP stream, never 0 */
	uint32_t base_seq;	 /* sequence number of offset 0 */
	uint32_t payload_bytes;	 /* of all its frames, as sent; saturates */
	uint16_t fragment_count; /* WebSocket frames; saturates */
	uint8_t opcode;		 /* RFC 6455, 5.2: 1 text, 2 binary */
	uint8_t bits;		 /* enum prof_wire_bit */
};

/*
 * By what a message that the capture read is known to others; time_ns is when its
 * last byte first passed, conn_key as of SEGMENT.  Received, it is told right before the WIRE
 * event of the same end_offset, on the same lane: value_hash stands for an id that it
 * carries, request_hash for the request that it may answer (its id, if that
 * is a number of at most 18 digits, not 0; else a hash).  OUTBOUND: an order that was sent;
 * value_hash stands for the id that it carries, request_hash for the one of its answer.
 * CONTROL: a WebSocket ping, or received a pong, with no WIRE event behind it; request_hash stands
 * for its payload, which a pong repeats (RFC 6455, 5.5.3).
 * Where it lies is said as in prof_wire, OUTBOUND in the stream that goes out; base_seq is
 * prof_event's.  Hashes of 64 bits: equal ones are taken for equal values; 0: none.
 */
struct prof_token {
	uint64_t end_offset;
	uint64_t value_hash;
	uint64_t request_hash;
	uint32_t size_bytes;
	uint8_t bits;	     /* PROF_WIRE_ANCHORED, PROF_WIRE_CONTROL */
	uint8_t reserved[3]; /* written as 0 */
};

/* Is it known where the message lies? */
static inline bool prof_message_is_ranged(const struct prof_message *message)
{
	return message->size_bytes && message->size_bytes <= message->end_offset;
}

/*
 * Stream bytes [start_offset, end_offset) are in the socket's receive queue, in order,
 * and the socket was told so (sk_data_ready()) at time_ns.  The range ends with the
 * segment that TCP took up at queue_ns; if that one filled a hole, it is longer.
 */
struct prof_ready {
	uint64_t start_offset;
	uint64_t end_offset; /* a FIN counts for one byte */
	uint64_t queue_ns;   /* CLOCK_MONOTONIC; 0: that TCP took it up was not seen */
	uint64_t reserved;   /* written as 0 */
};

/* What is said of a thread that reads from sockets under measurement. */
enum prof_woken_change {
	PROF_WOKEN_RUNS = 0,	  /* it was woken at waking_ns and got a processor at time_ns */
	PROF_WOKEN_FOLLOWED = 1,  /* from time_ns on each time it is woken is told */
	PROF_WOKEN_ABANDONED = 2, /* no longer: another thread needs its place */
	PROF_WOKEN_RESUMED = 3,	  /* put aside at waking_ns, able to run; it runs again */
};

/*
 * conn_key: RUNS: cookie of the socket whose telling woke it; 0: something else did;
 * UINT64_MAX: which one's is not known.
 */
struct prof_woken {
	uint64_t waking_ns;   /* CLOCK_MONOTONIC; RUNS and RESUMED only, else 0 */
	uint32_t tid;	      /* in the initial pid namespace */
	uint32_t change;      /* enum prof_woken_change */
	uint64_t reserved[2]; /* written as 0 */
};

struct prof_event {
	uint64_t time_ns;     /* CLOCK_MONOTONIC when the layer saw it */
	uint64_t conn_key;    /* SEGMENT, WIRE, TOKEN: prof_flow_id(); all others: socket cookie */
	uint8_t kind;	      /* enum prof_event_kind */
	uint8_t stamp_source; /* enum prof_stamp_source */
	uint8_t uncertainty_log2_ns; /* time_ns is within 2^this ns of the truth */
	uint8_t flags;		     /* enum prof_event_flag bits */
	union {
		uint32_t seq;	   /* SEGMENT: sequence number of its first payload byte */
		uint32_t base_seq; /* READ, UNSEEN, SEND, TOKEN: sequence number of offset 0 */
		struct {	   /* MESSAGE, WIRE, WRITE, ANSWER */
			uint16_t stream_index; /* prof_stream_read() names it; 0 unknown */
			uint16_t conn_number;  /* the client's own number of the connection; WIRE: 0
						*/
		};
	};
	union {
		struct prof_segment segment;
		struct prof_read read;
		struct prof_message message;
		struct prof_wire wire;
		struct prof_ready ready;
		struct prof_woken woken;
		struct prof_write write;
		struct prof_answer answer;
		struct prof_token token;
	};
};

static_assert(sizeof(struct prof_event) == 56, "with its turn number, one cache line");
static_assert(sizeof(struct prof_segment) == 32, "fills the union");
static_assert(offsetof(struct prof_segment, handed_after_ns) == 8, "as recordings have it");
static_assert(offsetof(struct prof_segment, ack_seq) == 12, "as recordings have it");
static_assert(sizeof(struct prof_read) == 32, "fills the union");
static_assert(sizeof(struct prof_message) == 32, "fills the union");
static_assert(sizeof(struct prof_wire) == 32, "fills the union");
static_assert(offsetof(struct prof_wire, base_seq) == 20, "as recordings have it");
static_assert(offsetof(struct prof_wire, bits) == 31, "as recordings have it");
static_assert(sizeof(struct prof_ready) == 32, "fills the union");
static_assert(sizeof(struct prof_woken) == 32, "fills the union");
static_assert(sizeof(struct prof_write) == 32, "fills the union");
static_assert(sizeof(struct prof_answer) == 32, "fills the union");
static_assert(sizeof(struct prof_token) == 32, "fills the union");
static_assert(offsetof(struct prof_token, bits) == 28, "as recordings have it");
static_assert(offsetof(struct prof_answer, cause_message_index) == 28, "as recordings have it");

/*
 * The least n with 2^n >= uncertainty_ns, for prof_event.uncertainty_log2_ns;
 * 0 for an uncertainty of at most 1 ns.
 */
static inline uint8_t prof_uncertainty_log2(uint64_t uncertainty_ns)
{
	uint8_t log2_ns = 0;

	while (log2_ns < 63 && (UINT64_C(1) << log2_ns) < uncertainty_ns)
		log2_ns++;
	return log2_ns;
}

#endif
