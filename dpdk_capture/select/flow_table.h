/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The connections under measurement, found by flow id: a small hash table,
 * built anew whenever the bus's registry changes.  Pure.
 */
#ifndef CAPTURE_FLOW_TABLE_H
#define CAPTURE_FLOW_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "prof/flow.h"

#define FLOW_COUNT_MAX 4096

/* Twice as many places as flows keep a miss down to one or two looks. */
#define FLOW_SLOT_COUNT 8192

struct flow {
	uint64_t flow_id;	    /* 0: empty place */
	struct prof_endpoint local; /* tells the two directions apart */
	uint32_t hash;		    /* flow_hash() of its ends */
	uint64_t cookie;	    /* the socket's, tells two lives of a 4-tuple apart */
	uint16_t mss_bytes;	    /* of its SYNs; 0: they were not seen */
	uint16_t remote_port;
	uint32_t registry_index;
	uint32_t generation;
	bool is_open;
	bool is_over; /* closed, and its 4-tuple has begun another life */
	bool is_base_known;
	bool is_old;   /* it was there when the last round ended */
	bool is_seen;  /* ever */
	bool is_fresh; /* in this round */
	bool is_owed;  /* it has sent what is not acknowledged yet: up to owed_seq ... */
	uint32_t owed_seq;
	uint32_t acked_seq; /* ... of which bytes below are */
};

struct flow_table {
	size_t flow_count;
	struct flow slots[FLOW_SLOT_COUNT];
};

void flow_table_clear(struct flow_table *table);

/*
 * Enters a flow.  One that is there already is replaced, unless that would
 * put a closed connection in the place of an open one.  False if the table is
 * full.
 */
bool flow_table_add(struct flow_table *table, const struct flow *flow);

/* NULL if it is not there.  Valid until the next clear or add. */
struct flow *flow_table_find(struct flow_table *table, uint64_t flow_id);

#endif
