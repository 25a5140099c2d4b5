/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What arrived at the NIC: for each connection the first arrival of every
 * stretch of its stream.
 *
 * A track is one connection between one SYN and the next with the same
 * addresses and ports.  Its positions are 64-bit and continuous; how they map
 * to stream offsets is known from the start if the SYN was seen, and
 * otherwise learnt when a message's offset meets the base from the kernel or
 * the registry (tracks_bind).  Stretches are kept in stream order in a list;
 * in-order arrival appends in O(1), a late one walks back from the tail.
 */
#ifndef CORR_TRACKS_H
#define CORR_TRACKS_H

#include <stddef.h>

#include "correlator/message/counts.h"
#include "correlator/message/message.h"
#include "lanes.h"
#include "marks.h"
#include "pool.h"

/* The most stretches one connection may have waiting. */
#define TRACK_STRETCH_COUNT_MAX 262144
/* The same for one nobody has asked for, once half the pool is in use. */
#define TRACK_STRETCH_COUNT_UNBOUND_MAX 1024
/*
 * How long it is kept for somebody who may yet say that the connection is his.
 * In a soak of two hours one such connection held 16 MiB after five minutes.
 */
#define TRACK_UNASKED_KEEP_NS (UINT64_C(60) * 1000000000)

enum stretch_flag {
	STRETCH_MERGED = 1 << 0,
	STRETCH_CLOCK_STEP = 1 << 1,
	STRETCH_PIECE = 1 << 2, /* its segment brought other stretches too */
	STRETCH_HANDED = 1 << 3,
};

/* Bytes [start, end) that one segment was the first to bring. */
struct stretch {
	_Alignas(POOL_LINE_BYTES) uint32_t next;
	uint32_t prev;
	uint64_t start;
	uint64_t end;
	uint64_t time_ns;
	uint64_t since_ns; /* it can have been missed since then; 0: since ever */
	uint32_t seq;	   /* of its segment */
	uint32_t segment_id;
	uint16_t copy_count; /* later segments that brought some of it again */
	uint8_t flags;
	uint8_t uncertainty_log2_ns;
	uint8_t stamp_source;
	uint8_t handed_uncertainty_log2_ns; /* as in struct prof_segment, if HANDED */
	int32_t handed_after_ns;
};

/* As in struct conn: a segment and a decision take the first two cache lines. */
struct track {
	_Alignas(POOL_LINE_BYTES) uint32_t hash_next;
	uint32_t serial; /* tells a reused place in the table from the old one */
	uint64_t flow_id;
	uint64_t owner_cookie; /* socket it has been bound to; 0: none */
	uint64_t until_ns; /* from then on the flow is another socket's; 0: it still is its own */
	uint64_t first_data_ns; /* of the first data seen; 0 none */
	uint64_t last_ns;	/* of any event */
	uint64_t tail_ns;	/* of the last arrival at the tail; 0: none, not even a SYN */
	uint64_t tail;		/* position after the last byte seen */

	/* The second line. */
	uint64_t low;	    /* lowest position seen; UINT64_MAX: none */
	uint64_t floor;	    /* positions below are of no more interest */
	uint64_t shift;	    /* position minus stream offset */
	uint64_t passed_ns; /* latest arrival among the stretches already dropped */
	uint64_t syn_ns;    /* 0: not seen */
	uint32_t seq_zero;  /* sequence number of position 0 */
	uint32_t head;	    /* list of stretches */
	uint32_t tail_stretch;
	uint32_t stretch_count;
	uint32_t segment_id; /* last one given */
	bool has_base;
	bool has_shift; /* shift is final */

	/* Not for each event. */
	uint32_t base_seq; /* of stream offset 0, if has_base */
	uint64_t owner_ns; /* when its socket was registered */
	uint64_t first_ns;
	uint64_t evicted; /* positions below were forgotten: no room, or nobody asked */
};

/* So much of it is used for each event. */
#define TRACK_HOT_BYTES ((size_t)2 * POOL_LINE_BYTES)

_Static_assert(offsetof(struct track, low) == (size_t)POOL_LINE_BYTES &&
		       offsetof(struct track, has_shift) < TRACK_HOT_BYTES,
	       "two cache lines");

struct tracks {
	struct pool stretches;
	struct track *table; /* place 0 is not used */
	uint32_t table_count;
	uint32_t used_count;
	uint32_t next_victim;
	uint32_t serial;
	uint64_t copy_ns;
	uint32_t *buckets;
	uint32_t bucket_mask; /* grows with used_count: few tracks' buckets lie close together */
	uint32_t bucket_mask_max;
	uint64_t cached_flow_id; /* of the last event */
	uint32_t cached_index;
	struct marks forgotten; /* flow ids */
	struct marks asked[2];	/* flow ids of registered sockets: of the latest, of those before */
	uint32_t asked_count;	/* in the first */
	struct corr_counts *counts;
};

static inline uint32_t tracks_bucket(const struct tracks *tracks, uint64_t flow_id)
{
	return (uint32_t)(flow_id ^ flow_id >> 32) & tracks->bucket_mask;
}

/* A SEGMENT event of that flow comes soon. */
static inline void tracks_expect(const struct tracks *tracks, uint64_t flow_id)
{
	pool_prefetch(&tracks->table[tracks->buckets[tracks_bucket(tracks, flow_id)]],
		      TRACK_HOT_BYTES);
}

/* The same, once what that asked for is there. */
static inline void tracks_expect_soon(const struct tracks *tracks, uint64_t flow_id)
{
	const struct track *track = &tracks->table[tracks->buckets[tracks_bucket(tracks, flow_id)]];

	if (track->flow_id == flow_id)
		pool_expect(&tracks->stretches, track->tail_stretch);
	else
		pool_prefetch(&tracks->table[track->hash_next], TRACK_HOT_BYTES);
}

/* 0 or -ENOMEM; counts belong to the caller and must outlive the tracks. */
int tracks_open(struct tracks *tracks, const struct corr_engine_options *options,
		struct corr_counts *counts);
void tracks_close(struct tracks *tracks);

/* A SEGMENT event. */
void tracks_add(struct tracks *tracks, const struct prof_event *event);

/* The newest track of a flow; NULL if there is none. */
struct track *tracks_find(struct tracks *tracks, uint64_t flow_id);

/* A socket has been registered: what arrives from then on is no earlier one's of the same flow. */
void tracks_socket(struct tracks *tracks, uint64_t flow_id, uint64_t cookie,
		   uint64_t registered_ns);

/* What is known of a socket when its track is looked for. */
struct track_wanted {
	uint64_t flow_id;
	uint64_t cookie;
	uint64_t registered_ns; /* 0: not known */
	uint64_t successor_ns;	/* when the next one of the flow was; 0: there is none */
	uint64_t time_ns;	/* the track began no later */
	uint64_t end_offset;
	uint32_t base_seq;
	bool has_base;
};

/*
 * Finds the connection the socket belongs to.
 * NULL with CORR_REASON_UNSEEN or CORR_REASON_BASE_UNKNOWN if there is none.
 * If the only one belongs to an earlier socket, whose successor's SYN was not
 * seen, a new one is begun for what arrives from now on.
 */
struct track *tracks_bind(struct tracks *tracks, const struct track_wanted *wanted,
			  enum corr_reason *ret_reason);

/*
 * Lines positions up with stream offsets, by an offset that is within 2 GiB of
 * what arrived last.  Has no effect once has_shift, which the caller sets when
 * a message has been found in the track.
 */
void track_align(struct track *track, uint64_t end_offset);

/* What the NIC knows about stream offsets [start, end). */
struct track_view {
	const struct stretch *last; /* that brought byte end - 1; NULL if none did */
	uint64_t first_ns;	    /* arrival of byte start; 0 unknown */
	bool is_whole;		    /* every byte is accounted for beyond doubt */
	bool is_last_doubtful;	    /* `last` may not have been the first to bring it */
	uint64_t missing;	    /* offset of the first byte nobody brought; the end if none */
	enum corr_reason doubt;	    /* why a stretch, the last of those, is in doubt */
	uint32_t segment_count;
	uint32_t retransmit_count;
	uint64_t ready_ns; /* when byte end - 1 and all before it had arrived */
};

void track_look(const struct tracks *tracks, const struct track *track, const struct lanes *lanes,
		uint64_t start_offset, uint64_t end_offset, struct track_view *ret_view);

/* Nothing below this stream offset will be asked for again. */
void track_prune(struct tracks *tracks, struct track *track, uint64_t offset);

#endif
