/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Anybody's WebSocket messages: TCP segments of many connections, with the
 * secrets of a key log, become one record for each message that a server sent,
 * and if wanted a client, with the segment that completed it.  No probe, no client of ours.
 *
 * Pure but for libcrypto; memory is allocated once and bounded.
 */
#ifndef CAPTURE_MESSAGES_H
#define CAPTURE_MESSAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "prof/flow.h"
#include "stream.h"

#define MESSAGES_CONNECTION_COUNT_MAX 4096

/* A connection that nobody asked for is followed so long: it may be asked for yet. */
#define MESSAGES_YOUNG_NS UINT64_C(10000000000)

/* One message; texts and pointers are good for the call only. */
struct message {
	const struct prof_endpoint *src; /* the server, unless is_asked */
	const struct prof_endpoint *dst;
	uint64_t flow_id;
	bool is_wanted;	       /* as its connection's segments said */
	bool is_plain;	       /* no TLS: its bounds are the frames' own */
	bool has_range;	       /* the connection's first bytes were captured */
	uint32_t base_seq;     /* of offset 0 */
	uint64_t start_offset; /* in the TCP stream: of the TLS record it begins in */
	uint64_t end_offset;   /* behind the TLS record it ends in */
	struct arrival first;
	struct arrival last;
	uint64_t payload_bytes;
	uint32_t frame_count;
	uint8_t opcode;
	bool is_compressed;
	const char *stream;	/* "" where it says none, or could not be read */
	uint64_t exch_time_us;	/* likewise 0 */
	bool is_asked;		/* the client said it */
	bool is_control;	/* a ping or a pong */
	const uint8_t *payload; /* NULL: too long, compressed, or no room to put it together */
};

struct messages_counters {
	struct stream_counters stream;
	struct cutter_counters cutter;
	uint64_t connection_count;
	uint64_t evicted_count; /* connections forgotten for newer ones */
	uint64_t unread_count;	/* messages whose content was not read: compressed, or too long */
};

struct messages_options {
	const struct key_log *log; /* may grow */
	bool hears_clients;	   /* what clients say is given, too */
	bool hears_control;	   /* and pings and pongs */
	void (*give)(void *context, const struct message *message);
	void *context;
};

/* A segment; `payload` has captured_bytes of the payload_bytes that it carried. */
struct messages_segment {
	const struct prof_endpoint *src;
	const struct prof_endpoint *dst;
	uint64_t time_ns;
	uint32_t seq; /* of the header */
	uint32_t ack;
	uint8_t flags;	/* enum prof_tcp_flag bits */
	bool is_wanted; /* somebody asked for the connection: from here on */
	uint32_t payload_bytes;
	uint32_t captured_bytes;
	const uint8_t *payload;
};

struct messages;

/* NULL if there is no memory. */
struct messages *messages_create(const struct messages_options *options);

/* Takes the next segment, in the order of the capture. */
void messages_take(struct messages *messages, const struct messages_segment *segment);

/* The log has grown: what waits for a key is tried again. */
void messages_retry(struct messages *messages);

/* Nothing will come any more: what is held is used as well as it can be. */
void messages_finish(struct messages *messages);

void messages_count(const struct messages *messages, struct messages_counters *ret_counters);

/* Wipes and frees.  NULL is allowed.  Always returns NULL. */
struct messages *messages_destroy(struct messages *messages);

#endif
