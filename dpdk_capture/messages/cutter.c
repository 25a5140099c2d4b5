/* SPDX-License-Identifier: BSD-2-Clause */
#include "cutter.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#define STATUS_UPGRADED 101

static const char upgraded[] = "HTTP/1.1 101";

bool cutter_rooms_create(struct cutter_rooms *rooms)
{
	memset(rooms, 0, sizeof(*rooms));
	rooms->texts = calloc(CUTTER_ROOM_COUNT, sizeof(*rooms->texts));
	rooms->searches = calloc(CUTTER_ROOM_COUNT, sizeof(*rooms->searches));
	if (!rooms->texts || !rooms->searches)
		return false;
	for (size_t i = 0; i < CUTTER_ROOM_COUNT; i++) {
		rooms->texts[i].next = rooms->free_text;
		rooms->free_text = &rooms->texts[i];
		rooms->free_search[rooms->free_search_count++] = &rooms->searches[i];
	}
	return true;
}

void cutter_rooms_destroy(struct cutter_rooms *rooms)
{
	free(rooms->texts);
	free(rooms->searches);
	memset(rooms, 0, sizeof(*rooms));
}

static void free_text(struct cutter *cutter, struct cutter_rooms *rooms)
{
	struct cutter_text *text = cutter->text;

	if (!text)
		return;
	/* No plaintext is kept beyond its use. */
	OPENSSL_cleanse(text->bytes, text->size_bytes);
	text->size_bytes = 0;
	text->next = rooms->free_text;
	rooms->free_text = text;
	cutter->text = NULL;
}

static void free_search(struct cutter *cutter, struct cutter_rooms *rooms)
{
	if (!cutter->search)
		return;
	search_clear(cutter->search);
	rooms->free_search[rooms->free_search_count++] = cutter->search;
	cutter->search = NULL;
}

void cutter_clear(struct cutter *cutter, struct cutter_rooms *rooms)
{
	free_text(cutter, rooms);
	free_search(cutter, rooms);
	OPENSSL_cleanse(cutter->control_text, sizeof(cutter->control_text));
}

void cutter_begin_frames(struct cutter *cutter, bool has_extension)
{
	cutter->state = CUTTER_FRAMES;
	cutter->has_extension = has_extension;
}

static bool is_followed(const struct cutter *cutter)
{
	return cutter->state != CUTTER_OTHER && cutter->state != CUTTER_HTTP2;
}

void cutter_lose(struct cutter *cutter, struct cutter_rooms *rooms)
{
	if (!is_followed(cutter))
		return;
	if (cutter->is_in_message)
		rooms->counters.torn_count++;
	cutter_clear(cutter, rooms);
	cutter->has_extension |= cutter->state != CUTTER_FRAMES; /* for all that is known */
	cutter->state = CUTTER_LOST;
	cutter->is_in_message = false;
	cutter->is_in_payload = false;
	cutter->header_bytes = 0;
}

/* ---- Messages -------------------------------------------------------------- */

static bool begins_message(const struct cutter *cutter)
{
	return !ws_is_control(cutter->header[0]) &&
	       (cutter->header[0] & WS_FIRST_OPCODE) != WS_CONTINUATION;
}

static void begin_message(struct cutter *cutter, const struct chunk *chunk, size_t header_at)
{
	cutter->is_in_message = true;
	cutter->is_torn = false;
	cutter->current = (struct cut_message){
		.start_offset = chunk->start_offset + (chunk->is_plain ? header_at : 0),
		.first = chunk->first,
		.opcode = cutter->header[0] & WS_FIRST_OPCODE,
		.is_compressed = cutter->header[0] & WS_FIRST_COMPRESSED,
	};
}

/* What cannot be had from one place is put together. */
static void keep_text(struct cutter *cutter, struct cutter_rooms *rooms, const uint8_t *bytes,
		      size_t size_bytes)
{
	struct cutter_text *text = cutter->text;

	if (!text && rooms->free_text) {
		text = rooms->free_text;
		rooms->free_text = text->next;
		cutter->text = text;
	}
	if (!text) {
		rooms->counters.no_room_count++;
		return;
	}
	if (size_bytes > CUTTER_TEXT_BYTES_MAX - text->size_bytes)
		size_bytes = CUTTER_TEXT_BYTES_MAX - text->size_bytes;
	memcpy(text->bytes + text->size_bytes, bytes, size_bytes);
	if (cutter->is_client)
		ws_mask(text->bytes + text->size_bytes, size_bytes, cutter->mask,
			cutter->unmasked_bytes);
	text->size_bytes += (uint32_t)size_bytes;
}

static void end_message(struct cutter *cutter, struct cutter_rooms *rooms,
			const struct chunk *chunk, size_t end_at, const uint8_t *whole)
{
	struct cut_message *message = &cutter->current;

	message->end_offset = chunk->is_plain ? chunk->start_offset + end_at : chunk->end_offset;
	message->last = chunk->last;
	message->payload = whole;
	if (!whole && cutter->text && cutter->text->size_bytes == message->payload_bytes)
		message->payload = cutter->text->bytes;
	cutter->is_in_message = false;
	rooms->counters.message_count += !cutter->is_client;
	rooms->give(cutter->context, message);
	free_text(cutter, rooms);
}

/* ---- Pings and pongs --------------------------------------------------------- */

static bool is_heard(const struct cutter *cutter, const struct cutter_rooms *rooms)
{
	uint8_t opcode = cutter->header[0] & WS_FIRST_OPCODE;

	return rooms->hears_control && (opcode == WS_PING || opcode == WS_PONG);
}

static void begin_control(struct cutter *cutter, const struct chunk *chunk, size_t header_at)
{
	cutter->control = (struct cut_message){
		.start_offset = chunk->start_offset + (chunk->is_plain ? header_at : 0),
		.first = chunk->first,
		.opcode = cutter->header[0] & WS_FIRST_OPCODE,
		.frame_count = 1,
		.payload = cutter->control_text,
	};
}

static void keep_control(struct cutter *cutter, const uint8_t *bytes, size_t size_bytes)
{
	uint8_t *at = cutter->control_text + cutter->control.payload_bytes;

	memcpy(at, bytes, size_bytes);
	if (cutter->is_client)
		ws_mask(at, size_bytes, cutter->mask, cutter->unmasked_bytes);
	cutter->control.payload_bytes += size_bytes;
}

static void end_control(struct cutter *cutter, struct cutter_rooms *rooms,
			const struct chunk *chunk, size_t end_at)
{
	cutter->control.end_offset = chunk->is_plain ? chunk->start_offset + end_at
						     : chunk->end_offset;
	cutter->control.last = chunk->last;
	rooms->give(cutter->context, &cutter->control);
	OPENSSL_cleanse(cutter->control_text, sizeof(cutter->control_text));
}

/* ---- Frames ---------------------------------------------------------------- */

/* The frame's payload ended before byte end_at of the chunk; `whole`: all of it lies there. */
static void end_frame(struct cutter *cutter, struct cutter_rooms *rooms, const struct chunk *chunk,
		      size_t end_at, const uint8_t *whole)
{
	uint8_t first = cutter->header[0];

	cutter->is_in_payload = false;
	cutter->header_bytes = 0;
	if (is_heard(cutter, rooms))
		end_control(cutter, rooms, chunk, end_at);
	if (ws_is_control(first) || !(first & WS_FIRST_FIN))
		return;
	if (cutter->is_torn)
		cutter->is_torn = false;
	else
		end_message(cutter, rooms, chunk, end_at, whole);
}

/* Steps over payload; returns how many bytes. */
static size_t take_payload(struct cutter *cutter, struct cutter_rooms *rooms,
			   const struct chunk *chunk, size_t at)
{
	bool is_begin = cutter->header_bytes != 0; /* nothing of it was taken yet */
	bool is_data = !ws_is_control(cutter->header[0]) && cutter->is_in_message;
	const uint8_t *bytes = chunk->bytes + at;
	size_t taken = chunk->size_bytes - at;
	bool is_whole;

	if (taken > cutter->payload_left_bytes)
		taken = (size_t)cutter->payload_left_bytes;
	cutter->payload_left_bytes -= taken;
	is_whole = is_begin && !cutter->payload_left_bytes && cutter->current.frame_count == 1 &&
		   (cutter->header[0] & WS_FIRST_FIN) && !cutter->is_client;
	cutter->header_bytes = 0;
	if (is_data && !is_whole && !cutter->current.is_compressed)
		keep_text(cutter, rooms, bytes, taken);
	if (is_heard(cutter, rooms))
		keep_control(cutter, bytes, taken);
	cutter->unmasked_bytes += taken;
	if (!cutter->payload_left_bytes)
		end_frame(cutter, rooms, chunk, at + taken, is_whole ? bytes : NULL);
	return taken;
}

/* What the header's bytes so far say against it. */
static bool is_breach(const struct cutter *cutter)
{
	const uint8_t bare[] = { cutter->header[0], cutter->header[1] & 0x7f, cutter->header[2] };
	uint8_t first = cutter->header[0];
	bool is_continuing = cutter->is_in_message ||
			     (cutter->is_torn && (first & WS_FIRST_OPCODE) == WS_CONTINUATION);

	if (cutter->is_client && cutter->header_bytes == 2 && !ws_is_masked(cutter->header))
		return true;
	return ws_header_check(cutter->is_client ? bare : cutter->header, cutter->header_bytes,
			       cutter->has_extension, is_continuing) != WS_FINE;
}

/* The header is whole. */
static bool end_header(struct cutter *cutter)
{
	uint64_t payload_bytes = ws_header_payload_bytes(cutter->header);

	cutter->payload_left_bytes = payload_bytes;
	cutter->is_in_payload = true;
	cutter->unmasked_bytes = 0;
	if (cutter->is_client)
		memcpy(cutter->mask, cutter->header + cutter->header_bytes - WS_MASK_BYTES,
		       WS_MASK_BYTES);
	if (ws_is_control(cutter->header[0]) || !cutter->is_in_message)
		return true;
	if (payload_bytes > WS_MESSAGE_BYTES_MAX - cutter->current.payload_bytes)
		return false;
	cutter->current.payload_bytes += payload_bytes;
	if (cutter->current.frame_count < UINT32_MAX)
		cutter->current.frame_count++;
	return true;
}

/* One byte of a header.  False if no server sends it. */
static bool take_header_byte(struct cutter *cutter, struct cutter_rooms *rooms,
			     const struct chunk *chunk, size_t at)
{
	cutter->header[cutter->header_bytes++] = chunk->bytes[at];
	if (is_breach(cutter))
		return false;
	if (cutter->header_bytes == 1 && begins_message(cutter))
		begin_message(cutter, chunk, at);
	if (cutter->header_bytes == 1 && is_heard(cutter, rooms))
		begin_control(cutter, chunk, at);
	if (cutter->header_bytes < ws_header_bytes(cutter->header, cutter->header_bytes))
		return true;
	return end_header(cutter);
}

/* The next byte is a frame's first, of a server with no message begun. */
static bool is_between(const struct cutter *cutter)
{
	return !cutter->is_client && !cutter->is_in_message && !cutter->is_torn &&
	       !cutter->is_in_payload && !cutter->header_bytes;
}

/* As a rule a message is one frame, and that lies in one chunk.  Returns its bytes, 0: it is none
 * such, and is to be taken byte by byte. */
static size_t take_usual(struct cutter *cutter, struct cutter_rooms *rooms,
			 const struct chunk *chunk, size_t at)
{
	const uint8_t *header = chunk->bytes + at;
	size_t left_bytes = chunk->size_bytes - at;
	size_t header_bytes;
	size_t payload_bytes;

	if (left_bytes < 4 || !is_between(cutter))
		return 0;
	if (header[0] != (WS_FIRST_FIN | WS_TEXT) && header[0] != (WS_FIRST_FIN | WS_BINARY))
		return 0;
	if (header[1] > WS_SECOND_LENGTH_16)
		return 0;
	header_bytes = header[1] == WS_SECOND_LENGTH_16 ? 4 : 2;
	payload_bytes = header_bytes == 4 ? (size_t)header[2] << 8 | header[3] : header[1];
	if (left_bytes - header_bytes < payload_bytes)
		return 0;
	cutter->header[0] = header[0];
	begin_message(cutter, chunk, at);
	cutter->current.payload_bytes = payload_bytes;
	cutter->current.frame_count = 1;
	end_message(cutter, rooms, chunk, at + header_bytes + payload_bytes, header + header_bytes);
	return header_bytes + payload_bytes;
}

/* Bytes [at, end) of a chunk are frames.  Returns where it broke off, size_bytes: nowhere. */
static size_t take_frames(struct cutter *cutter, struct cutter_rooms *rooms,
			  const struct chunk *chunk, size_t at)
{
	while (at < chunk->size_bytes) {
		size_t usual_bytes = take_usual(cutter, rooms, chunk, at);

		at += usual_bytes;
		if (usual_bytes)
			continue;
		if (!cutter->is_in_payload && !take_header_byte(cutter, rooms, chunk, at++))
			return at - 1;
		/* Also right behind the header: a frame may be empty. */
		if (cutter->is_in_payload)
			at += take_payload(cutter, rooms, chunk, at);
	}
	return at;
}

/* ---- Where there are no frames yet ------------------------------------------ */

/* A server's first frame of HTTP/2 is SETTINGS, of stream 0 (RFC 9113, 3.4). */
static bool is_http2(const struct chunk *chunk)
{
	const uint8_t *bytes = chunk->bytes;
	static const uint8_t stream_0[4];

	return chunk->size_bytes >= 9 && bytes[0] == 0 && bytes[3] == 4 &&
	       ((uint32_t)bytes[1] << 8 | bytes[2]) % 6 == 0 &&
	       memcmp(bytes + 5, stream_0, sizeof(stream_0)) == 0;
}

/* Returns how many bytes belong to the head. */
static size_t take_head(struct cutter *cutter, const struct chunk *chunk)
{
	size_t taken;

	if (!cutter->head.status_bytes && chunk->size_bytes && chunk->bytes[0] != 'H') {
		cutter->state = is_http2(chunk) ? CUTTER_HTTP2 : CUTTER_OTHER;
		return 0;
	}
	taken = http_head_feed(&cutter->head, chunk->bytes, chunk->size_bytes);
	if (!cutter->head.is_whole)
		return taken;
	if (http_head_status(&cutter->head) == STATUS_UPGRADED)
		cutter_begin_frames(cutter, cutter->head.has_deflate);
	else
		cutter->state = CUTTER_OTHER;
	memset(&cutter->head, 0, sizeof(cutter->head));
	return taken;
}

/* A request may have been refused, and the next one of the same connection not. */
static bool is_upgrade(const struct chunk *chunk)
{
	return chunk->size_bytes >= sizeof(upgraded) - 1 &&
	       memcmp(chunk->bytes, upgraded, sizeof(upgraded) - 1) == 0;
}

/* All that was looked through is frames, from byte `at` of chunk `index` on. */
static void replay(struct cutter *cutter, struct cutter_rooms *rooms, struct search *search,
		   size_t index, size_t at)
{
	for (; index < search->chunk_count && cutter->state == CUTTER_FRAMES; index++) {
		const struct chunk *chunk = &search->chunks[index];

		if (take_frames(cutter, rooms, chunk, at) < chunk->size_bytes)
			cutter->state = CUTTER_LOST;
		at = 0;
	}
}

static void look(struct cutter *cutter, struct cutter_rooms *rooms, const struct chunk *chunk)
{
	size_t index;
	size_t at;

	if (!cutter->search && rooms->free_search_count)
		cutter->search = rooms->free_search[--rooms->free_search_count];
	if (!cutter->search) {
		rooms->counters.no_room_count++;
		return;
	}
	if (!search_add(cutter->search, chunk, &index, &at))
		return;
	rooms->counters.found_count++;
	cutter->state = CUTTER_FRAMES;
	cutter->is_torn = true;
	replay(cutter, rooms, cutter->search, index, at);
	if (cutter->state == CUTTER_LOST)
		cutter_lose(cutter, rooms);
	free_search(cutter, rooms);
}

/* A client's: what comes before its frames is passed over. */
static void look_client(struct cutter *cutter, struct cutter_rooms *rooms,
			const struct chunk *chunk)
{
	if (!ws_masked_are_whole(chunk->bytes, chunk->size_bytes))
		return;
	rooms->counters.found_count += cutter->state == CUTTER_LOST;
	cutter_begin_frames(cutter, true); /* for all that is known */
}

void cutter_feed(struct cutter *cutter, struct cutter_rooms *rooms, const struct chunk *chunk)
{
	size_t at = 0;

	if (cutter->is_client && cutter->state != CUTTER_FRAMES) {
		look_client(cutter, rooms, chunk);
		if (cutter->state != CUTTER_FRAMES)
			return;
	}
	if (cutter->state == CUTTER_OTHER && is_upgrade(chunk))
		cutter->state = CUTTER_HEAD;
	if (cutter->state == CUTTER_HEAD)
		at = take_head(cutter, chunk);
	if (cutter->state == CUTTER_LOST) {
		look(cutter, rooms, chunk);
		return;
	}
	if (cutter->state != CUTTER_FRAMES)
		return;
	if (take_frames(cutter, rooms, chunk, at) < chunk->size_bytes) {
		rooms->counters.breach_count++;
		cutter_lose(cutter, rooms);
	}
}
