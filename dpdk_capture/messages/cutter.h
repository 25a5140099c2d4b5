/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a server's application says, cut into WebSocket messages: the HTTP
 * response first, then frames.  Where something was lost, the next frame is
 * searched for (search.h), and what lies between is given back in full once
 * it is found.  Pure.
 *
 * Or what a client's says: then frames begin when its owner says so, or, there as where
 * something was lost, with a chunk that is nothing but whole frames of a client.
 */
#ifndef CAPTURE_CUTTER_H
#define CAPTURE_CUTTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "search.h"
#include "wire/http_head.h"
#include "wire/ws_header.h"
#include "wire/ws_masked.h"

/* Of a message in several frames or records so much is put together to be read. */
#define CUTTER_TEXT_BYTES_MAX (1u << 18)

/* Connections that may search, and put together, at the same time. */
#define CUTTER_ROOM_COUNT 32

enum cutter_state {
	CUTTER_HEAD, /* of HTTP */
	CUTTER_FRAMES,
	CUTTER_LOST,  /* looking for the next frame */
	CUTTER_OTHER, /* HTTP, and no WebSocket */
	CUTTER_HTTP2,
};

/* One data message, or a ping or pong. */
struct cut_message {
	uint64_t start_offset;
	uint64_t end_offset;
	struct arrival first; /* of the byte at start_offset */
	struct arrival last;  /* of the byte before end_offset */
	uint64_t payload_bytes;
	uint32_t frame_count;
	uint8_t opcode;
	bool is_compressed;
	const uint8_t *payload; /* NULL: too long, or no room to put it together */
};

struct cutter_text {
	struct cutter_text *next;
	uint32_t size_bytes;
	uint8_t bytes[CUTTER_TEXT_BYTES_MAX];
};

struct cutter_counters {
	uint64_t message_count;
	uint64_t torn_count;	/* messages of which a part is missing */
	uint64_t found_count;	/* times a lost cutter found the next frame */
	uint64_t breach_count;	/* bytes that no server sends, where a frame should be */
	uint64_t no_room_count; /* times that too many searched, or put together, at once */
};

/* What all cutters share. */
struct cutter_rooms {
	void (*give)(void *context, const struct cut_message *message);
	bool hears_control; /* pings and pongs are given, too */
	struct cutter_counters counters;
	struct cutter_text *free_text;
	struct search *free_search[CUTTER_ROOM_COUNT];
	size_t free_search_count;
	struct cutter_text *texts;
	struct search *searches;
};

/* Zeroed memory waits for an HTTP response. */
struct cutter {
	uint8_t state; /* enum cutter_state */
	bool has_extension;
	bool is_in_message;
	bool is_torn;	/* what continues now began in what was lost */
	bool is_client; /* its owner's to set */
	uint8_t mask[WS_MASK_BYTES];
	uint64_t unmasked_bytes; /* of the frame at hand */
	uint8_t header_bytes;
	uint8_t header[WS_FRAME_HEADER_BYTES_MAX];
	uint64_t payload_left_bytes;
	bool is_in_payload;
	struct cut_message current;
	struct cut_message control; /* may come between the frames of a message */
	uint8_t control_text[WS_CONTROL_BYTES_MAX];
	struct cutter_text *text;
	struct search *search;
	struct http_head head;
	void *context; /* of give() */
};

/* False if there is no memory. */
bool cutter_rooms_create(struct cutter_rooms *rooms);

/* Wipes and frees. */
void cutter_rooms_destroy(struct cutter_rooms *rooms);

/* Takes the next chunk. */
void cutter_feed(struct cutter *cutter, struct cutter_rooms *rooms, const struct chunk *chunk);

/* Something is missing before the next chunk, or it is met in mid connection. */
void cutter_lose(struct cutter *cutter, struct cutter_rooms *rooms);

/* Frames follow at once: the head has been read elsewhere. */
void cutter_begin_frames(struct cutter *cutter, bool has_extension);

/* Gives back what it holds. */
void cutter_clear(struct cutter *cutter, struct cutter_rooms *rooms);

#endif
