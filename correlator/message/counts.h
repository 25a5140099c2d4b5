/* SPDX-License-Identifier: BSD-2-Clause */
/* What is counted beside the messages, by whom it was told, and the limits of memory and time. */
#ifndef CORR_COUNTS_H
#define CORR_COUNTS_H

#include "prof/bus.h"

/* 0 in a member means its default. */
struct corr_engine_options {
	uint32_t conn_count;	/* sockets known at a time; 1,024 */
	uint32_t flow_count;	/* connections seen at the NIC at a time; 4,096 */
	uint32_t segment_count; /* segments remembered; 524,288 */
	uint32_t read_count;	/* reads remembered; 262,144 */
	uint32_t thread_count;	/* reading threads known at a time; 256 */
	uint32_t wake_count;	/* wake-ups remembered of each; 4,096 */
	uint32_t message_count; /* messages waiting for a decision; 262,144 */
	uint32_t wire_count;	/* messages read from the wire, likewise; 262,144 */
	uint64_t grace_ns;	/* marks must pass an incomplete message by this; 100 ms */
	uint64_t copy_ns; /* how late a copy of a lost segment may come; 200 ms, TCP's least RTO */
	uint64_t silence_ns; /* a live producer's mark this old is not waited for; 5 s */
};

/* One producer, as the closing report shows it. */
struct corr_producer {
	struct prof_lane facts; /* as last seen; the counts of drops are this owner's */
	uint64_t event_count;	/* taken from it */
};

#define CORR_PRODUCER_COUNT_MAX 256

struct corr_counts {
	uint64_t segment_count;	      /* inbound, with data */
	uint64_t segment_empty_count; /* SYN, ACK, FIN without data */
	uint64_t segment_outbound_count;
	uint64_t segment_merged_count;
	uint64_t segment_retransmit_count; /* brought nothing new */
	uint64_t segment_overlap_count;	   /* brought something new and something old */
	uint64_t segment_late_count;	   /* filled a hole */
	uint64_t segment_evicted_count;	   /* forgotten: memory limit */
	uint64_t segment_unasked_count;	   /* forgotten: no socket asked for it in a minute */
	uint64_t segment_stray_count;	   /* sequence number far outside the window */
	uint64_t flow_evicted_count;
	uint64_t flow_reused_count; /* a new connection with the same addresses and ports */
	uint64_t read_count;
	uint64_t read_overlap_count; /* contradicts an earlier read; not used */
	uint64_t read_evicted_count;
	uint64_t unseen_count;	      /* stretches that were read another way */
	uint64_t ready_count;	      /* tellings of sockets: the stages inside the kernel */
	uint64_t ready_unused_count;  /* contradict an earlier one, or no room */
	uint64_t woken_count;	      /* readers' wake-ups */
	uint64_t base_conflict_count; /* two sources disagree about the first byte's number */
	uint64_t conn_evicted_count;
	uint64_t message_count;
	uint64_t message_early_count;	 /* decided before the marks allowed it: memory limit */
	uint64_t message_bad_count;	 /* a range that cannot be: counted, user-only */
	uint64_t message_unranged_count; /* without a range: user-only */
	uint64_t message_loose_count;	 /* its range is a bound: at most last-byte */
	uint64_t unknown_event_count;	 /* a kind that this version does not know */
	uint64_t check_agree_count;	 /* second method: the thread's last read */
	uint64_t check_disagree_count;
	uint64_t check_none_count; /* kernel layer knows the message, but not that thread */
	uint64_t wire_count;	   /* messages that the capture read from the wire */
	uint64_t wire_bad_count;   /* of those, with a range that cannot be: not used */
	uint64_t wire_late_count;  /* told when the user's had been decided: not used */
	uint64_t wire_early_count; /* decided before the marks allowed it: memory limit */
	uint64_t wire_part_count;  /* calls that returned only a part of such a message */
	uint64_t wire_pong_count;  /* calls that returned nothing but a pong */
	uint64_t wire_agree_count; /* third method: both have the same range */
	uint64_t wire_disagree_count;
	uint64_t wire_none_count; /* the user's, of a connection that is read from the wire */
};

#endif
