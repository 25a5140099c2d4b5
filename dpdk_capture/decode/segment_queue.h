/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Segments with their payload on their way from the polling loop to the thread
 * that decodes them: a ring of bytes for one writer and one reader, who never
 * wait for each other.  What finds no room is the writer's to count.  Pure.
 */
#ifndef CAPTURE_SEGMENT_QUEUE_H
#define CAPTURE_SEGMENT_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "prof/flow.h"

/* The longest payload of one IP datagram. */
#define QUEUE_PAYLOAD_BYTES_MAX UINT16_MAX

enum queue_kind {
	QUEUE_SEGMENT,
	QUEUE_MARK, /* everything up to time_ns is in the queue before it */
	QUEUE_SKIP, /* the ring's last bytes, which were too few */
};

struct queue_entry {
	uint32_t size_bytes; /* of this and what follows, a multiple of 8; set by queue_put() */
	uint8_t kind;	     /* enum queue_kind */
	uint8_t flags;	     /* enum prof_tcp_flag bits */
	uint8_t stamp_source;
	uint8_t uncertainty_log2_ns;
	bool is_wanted; /* somebody asked for its connection */
	bool is_clock_step;
	uint8_t reserved[6];
	uint64_t time_ns;
	uint32_t seq;
	uint32_t ack;
	uint32_t payload_bytes;	 /* on the wire */
	uint32_t captured_bytes; /* of those, behind this entry */
	struct prof_endpoint src;
	struct prof_endpoint dst;
};

struct segment_queue;

/* size_bytes: a power of two, at least 256 KiB.  NULL if there is no memory. */
struct segment_queue *queue_create(size_t size_bytes);

/* Wipes and frees.  NULL is allowed.  Always returns NULL. */
struct segment_queue *queue_destroy(struct segment_queue *queue);

/* The writer's: copies the entry and captured_bytes of payload.  False if there is no room. */
bool queue_put(struct segment_queue *queue, const struct queue_entry *entry,
	       const uint8_t *payload);

/* The reader's: the oldest entry, its payload behind it; NULL if there is none. */
const struct queue_entry *queue_peek(struct segment_queue *queue);

/* The reader's: is done with what queue_peek() gave. */
void queue_drop(struct segment_queue *queue);

static inline const uint8_t *queue_payload(const struct queue_entry *entry)
{
	return (const uint8_t *)(entry + 1);
}

#endif
