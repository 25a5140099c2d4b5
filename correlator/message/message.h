/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the correlator knows about one message: the only thing that sinks and
 * statistics see.  Times are CLOCK_MONOTONIC ns, 0 where unknown; differences
 * are signed ns.
 */
#ifndef CORR_MESSAGE_H
#define CORR_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "prof/event.h"

/* How sure the pairing is; every message ends in exactly one. */
enum corr_class {
	CORR_CLASS_EXACT,     /* every byte accounted for on every layer */
	CORR_CLASS_LAST_BYTE, /* the last byte is, an earlier one is not */
	CORR_CLASS_GRO,	      /* its segment arrived inside a merged frame */
	CORR_CLASS_NO_NIC,
	CORR_CLASS_NO_KERNEL,
	CORR_CLASS_USER_ONLY,
	CORR_CLASS_INVERTED, /* a later layer's stamp is before an earlier one's */
	CORR_CLASS_NO_USER,  /* read from the wire by the capture; no user layer told it */
	CORR_CLASS_COUNT,
};

/*
 * Why a layer does not know the message, or not all of it.  Each has a counter
 * and a sentence, and is said only if the fact beside it holds (why.h).  Where
 * no fact explains an absence, UNSEEN and HOLE say what is known instead.
 */
enum corr_reason {
	CORR_REASON_NONE,	  /* it does */
	CORR_REASON_NOT_RUNNING,  /* no producer of this layer was there by then */
	CORR_REASON_STARTED_LATE, /* its bytes passed before the layer's first producer was ready */
	CORR_REASON_GONE,	  /* a producer's last mark is before they passed */
	CORR_REASON_SILENT,	  /* the producer lives and promised nothing for too long */
	CORR_REASON_LOST,	  /* a loss counter of this layer moved in that time */
	CORR_REASON_UNREGISTERED, /* nobody named the socket's addresses and ports */
	CORR_REASON_BASE_UNKNOWN, /* no one knows the sequence number of its first byte */
	CORR_REASON_KTLS,	  /* the registry says that the kernel decrypts this socket */
	CORR_REASON_UNSEEN,	  /* nothing of this connection has been seen, nor forgotten */
	CORR_REASON_HOLE,	  /* other bytes of it have; no loss was counted in that time */
	CORR_REASON_EVICTED,	  /* the correlator forgot it: its own memory limit */
	CORR_REASON_INVERTED,	  /* it was seen after a later layer had it */
	CORR_REASON_JOINED,	  /* seen so soon after the layer began that it may be a repeat */
	CORR_REASON_TOO_EARLY,	  /* decided before the layer's mark had passed it */
	CORR_REASON_PROBES_OFF,	  /* the kernel layer counted time in which no probe was called */
	CORR_REASON_MPTCP,	  /* the registry says that the socket is MPTCP's */
	CORR_REASON_ELSEWHERE,	  /* an UNSEEN event covers the bytes */
	CORR_REASON_MAYBE_ELSEWHERE, /* PROF_LOSS_READ_ELSEWHERE moved, of whatever socket */
	CORR_REASON_UNRANGED, /* the message came without a range, or with an impossible one */
	CORR_REASON_LOOSE,    /* the range came marked as a bound (PROF_FLAG_LOOSE) */
	CORR_REASON_COUNT,
};

/*
 * Differences that are measured.  The four parts from NIC_KERNEL on add up to TOTAL,
 * those from HOLE on and untold_ns to NIC_KERNEL.  "NIC" is the best stamp of the
 * arrival there is; where it is the adapter's, NIC_KERNEL begins on the wire and WIRE_NIC is its
 * beginning: the adapter, its interrupt, the driver's poll.
 */
enum corr_stage {
	CORR_STAGE_TOTAL,	  /* NIC -> callback */
	CORR_STAGE_KERNEL_USER,	  /* tcp_recvmsg -> callback */
	CORR_STAGE_NIC_KERNEL,	  /* NIC -> tcp_recvmsg */
	CORR_STAGE_KERNEL_RETURN, /* tcp_recvmsg -> its return; 0 if it had been waiting */
	CORR_STAGE_RETURN_RECV,	  /* its return -> recv() back in user space */
	CORR_STAGE_RECV_USER,	  /* recv() -> decrypted, unmasked, callback */
	CORR_STAGE_USER_PARSED,	  /* callback -> parsed */
	CORR_STAGE_FIRST_LAST,	  /* first byte at the NIC -> last byte at the NIC */
	CORR_STAGE_HOL_WAIT,	  /* the last byte waited so long for earlier bytes */
	CORR_STAGE_READ_WAIT,	  /* waited behind earlier messages of the same read */
	CORR_STAGE_WIRE_NIC,	  /* adapter's stamp of its last byte -> it was handed over */
	CORR_STAGE_HOLE,	  /* NIC -> all bytes before it had arrived as well */
	CORR_STAGE_NIC_QUEUE,	  /* -> TCP took up the segment that put it in order */
	CORR_STAGE_QUEUE_READY,	  /* -> its socket was told */
	CORR_STAGE_READY_RUNNING, /* the reader could run and had no processor: the scheduler; also
				     as it held the socket, and TCP could not take it up */
	CORR_STAGE_RUNNING_READ,  /* -> tcp_recvmsg: the application */
	CORR_STAGE_COUNT,
};

/* What the reader did when its socket was told of the data. */
enum corr_wait {
	CORR_WAIT_NONE,	     /* not known */
	CORR_WAIT_ASLEEP,    /* it slept, and the telling woke it */
	CORR_WAIT_RUNNABLE,  /* it had been woken before and had no processor yet */
	CORR_WAIT_BUSY,	     /* it ran, or was in tcp_recvmsg() already */
	CORR_WAIT_LATE,	     /* it slept, and something else woke it: it did not wait for this */
	CORR_WAIT_PREEMPTED, /* it was awake, and its processor was taken from it */
	CORR_WAIT_COUNT,
};

/* Why a stage of NIC->Kernel cannot be told: the first that is so. */
enum corr_untold {
	CORR_UNTOLD_NONE,	/* all can */
	CORR_UNTOLD_OFF,	/* nobody looks: the kernel layer runs without its stages */
	CORR_UNTOLD_NO_NIC,	/* the NIC layer does not know the message */
	CORR_UNTOLD_NO_KERNEL,	/* the kernel layer does not know its read */
	CORR_UNTOLD_UNFOLLOWED, /* it was queued before its socket was followed: its first read */
	CORR_UNTOLD_LOST,	/* events of the stages were lost at about that time */
	CORR_UNTOLD_UNSEEN,	/* no telling of its bytes was seen, and no loss counted */
	CORR_UNTOLD_UNTAKEN,	/* that TCP took up its segment was not seen */
	CORR_UNTOLD_HOLE,	/* when the bytes before it arrived is not known */
	CORR_UNTOLD_READER,	/* its reader was not known yet: the thread's first read */
	CORR_UNTOLD_NESTED,	/* told in the middle of another socket's telling */
	CORR_UNTOLD_FORGOTTEN,	/* the correlator forgot it: its own memory limit */
	CORR_UNTOLD_COUNT,
};

struct corr_message {
	uint64_t seq;	 /* counts messages in the order they were decided, from 1 */
	uint64_t cookie; /* of the socket; the flow's id where nobody knows that */
	uint64_t start_offset;
	uint64_t end_offset;

	uint64_t nic_first_ns; /* arrival of its first byte */
	uint64_t nic_ns;       /* first arrival of its last byte */
	uint64_t handed_ns;    /* when it was handed over, beside an adapter's stamp */
	uint64_t queue_ns;     /* its last byte in TCP's queue, in order */
	uint64_t ready_ns;     /* its socket told so */
	uint64_t kernel_enter_ns;
	uint64_t kernel_return_ns;
	uint64_t kernel_ns; /* the one of the two that counts */
	uint64_t recv_ns;
	uint64_t user_ns;
	uint64_t parsed_ns;
	uint64_t nic_uncertainty_ns;
	uint64_t wire_nic_uncertainty_ns; /* of both its ends; if WIRE_NIC is known */
	uint64_t wire_ns; /* when its last byte arrived, as it was read on the wire */
	/* user_ns, or without a user what there is, as CLOCK_REALTIME; by the offset known then */
	uint64_t user_wall_ns;

	uint32_t stage_mask; /* bit 1 << enum corr_stage: known */
	int64_t stage_ns[CORR_STAGE_COUNT];
	int64_t residual_ns; /* of TOTAL, not covered by the known parts */
	int64_t untold_ns;   /* the same of NIC_KERNEL and the stages from HOLE on */

	int64_t exchange_ms;	 /* exchange's clock -> callback; if has_exchange */
	int64_t exchange_us;	 /* the same, where it is told to 1 us; if has_exchange_us */
	int64_t exchange_nic_ms; /* exchange's clock -> NIC; if has_exchange_nic */
	const char *stream;	 /* its name, "" if unknown; valid during the call */
	/* As long as it is the same, so is the name of a stream_index; 0: nobody keeps count. */
	uint32_t stream_epoch;

	uint32_t conn_number;	/* the client's own number of the connection */
	uint32_t message_index; /* the client's number of the message in it */
	uint16_t stream_index;
	uint8_t class_id;   /* enum corr_class */
	uint8_t nic_reason; /* enum corr_reason, why the NIC layer does not know it */
	uint8_t kernel_reason;
	uint8_t stamp_source; /* enum prof_stamp_source of nic_ns */
	uint8_t doubt_layer;  /* enum prof_layer: which one makes it `last-byte`; 0: none does */
	uint8_t doubt_reason; /* enum corr_reason, and why */
	uint8_t wait;	      /* enum corr_wait */
	uint8_t untold;	      /* enum corr_untold */

	uint32_t tcp_seq; /* of the segment that completed it; if has_nic */
	uint32_t segment_count;
	uint32_t read_count;
	uint32_t retransmit_count; /* later copies of its bytes seen so far */
	uint32_t record_count;	   /* messages completed by the same record (same end) */
	uint32_t record_position;  /* of this one among them, from 1 */
	uint32_t reader_tid;	   /* the thread that read it; 0 unknown */
	uint32_t read_position;	   /* among the messages completed by the same read, from 1 */

	uint64_t
		id_hash; /* of prof_token, for the id that it carries; 0: none, or not looked for */

	uint32_t payload_bytes; /* the next four: of prof_wire; if has_wire */
	uint16_t fragment_count;
	uint8_t opcode;
	bool is_compressed;

	bool has_wire; /* the capture read it from the segments, too */
	bool has_exchange_nic;
	bool is_ranged; /* start_offset and end_offset are known; both are 0 otherwise */
	bool has_nic;
	bool has_kernel;
	bool has_exchange;
	bool has_exchange_us;
	bool is_waited; /* the read was already waiting: its return counts */
	bool is_merged; /* the completing segment was in a merged frame */
	bool is_split;	/* more than one WebSocket fragment */
	bool is_plain;
	bool is_clock_step; /* the clock behind nic_ns was stepped nearby */
	bool is_early;	    /* decided before the marks allowed it: memory limit */
};

static inline bool corr_stage_is_known(const struct corr_message *message, enum corr_stage stage)
{
	return message->stage_mask >> stage & 1;
}

/* When it was there at last, as far as is known: at the user, else below. */
static inline uint64_t corr_message_time_ns(const struct corr_message *message)
{
	if (message->user_ns)
		return message->user_ns;
	return message->has_kernel ? message->kernel_return_ns : message->wire_ns;
}

/* Exact, gro and last-byte are what "Correlated" counts. */
static inline bool corr_class_is_correlated(enum corr_class class_id)
{
	return class_id <= CORR_CLASS_GRO;
}

/* "exact", "no-nic" and so on. */
const char *corr_class_name(enum corr_class class_id);
/* A short word for files ("started-late") and words for people. */
const char *corr_reason_name(enum corr_reason reason);
const char *corr_reason_words(enum corr_reason reason);
/* "asleep" and so on; why stages are not told: a short word for files, and words. */
const char *corr_wait_name(enum corr_wait wait);
const char *corr_untold_name(enum corr_untold untold);
const char *corr_untold_words(enum corr_untold untold);
/* "adapter", "kernel", "poll", "file", "none": enum prof_stamp_source, for files. */
const char *corr_stamp_name(uint32_t stamp_source);
/* "nic_kernel" for files, "NIC->Kernel" for people. */
const char *corr_stage_name(enum corr_stage stage);
const char *corr_stage_words(enum corr_stage stage);
/* The order in which people are shown them: the sums first, then their parts. */
extern const enum corr_stage corr_stage_order[CORR_STAGE_COUNT];
/* A producer's layer (enum prof_layer) and what it lost (enum prof_loss). */
const char *corr_layer_name(uint32_t layer);
const char *corr_loss_name(uint32_t kind);

#endif
