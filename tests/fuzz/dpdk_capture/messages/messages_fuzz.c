/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages out of segments, in two ways.
 *
 * Hostile: whatever two ends put into segments, at whatever sequence numbers,
 * is taken without harm, and what is given lies where bytes were.
 *
 * Honest: a server sends proper messages, of which the input says size, kind,
 * fragments and which segments are missing.  What is given is what was sent:
 * never a wrong message, whatever is missing.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dpdk_capture/messages/messages.h"
#include "dpdk_capture/tokens/token_event.h"
#include "prof/event.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes);

#define HEAD		  "HTTP/1.1 101 x\r\n\r\n"
#define STREAM_BYTES_MAX  (1u << 18)
#define MESSAGE_COUNT_MAX 512
#define BASE_SEQ	  4294960000u

/* For AES-256: a secret that may be for ChaCha20 costs a search for each connection. */
static const char keys[] = "SERVER_TRAFFIC_SECRET_0 "
			   "cb34ecb1e78163ba1c38c6dacb196a6dffa21a8d9912ec18a2ef6283024dece7 "
			   "a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643"
			   "a11af9f05531f856ad47116b45a95032\n";

struct sent {
	uint64_t start_offset;
	uint64_t end_offset;
	uint64_t payload_bytes;
	uint8_t opcode;
};

static struct {
	bool is_honest;
	uint8_t stream[STREAM_BYTES_MAX];
	size_t size_bytes;
	struct sent sent[MESSAGE_COUNT_MAX];
	size_t sent_count;
	size_t next;
	struct key_log log;
} world;

static void take(void *context, const struct message *message)
{
	static const struct token_keys token_keys = { .takes_pings = true,
						      .pair_count = 1,
						      .pairs = { { "id", "u" } } };
	struct prof_event event;

	(void)context;
	(void)token_event(&token_keys, message, &event);
	if (message->end_offset <= message->start_offset ||
	    message->payload_bytes > WS_MESSAGE_BYTES_MAX)
		abort();
	if (message->is_control && message->payload_bytes > WS_CONTROL_BYTES_MAX)
		abort();
	if (!world.is_honest || message->is_control)
		return;
	while (world.next < world.sent_count &&
	       world.sent[world.next].end_offset != message->end_offset)
		world.next++;
	if (world.next == world.sent_count ||
	    world.sent[world.next].start_offset != message->start_offset ||
	    world.sent[world.next].payload_bytes != message->payload_bytes ||
	    world.sent[world.next].opcode != message->opcode)
		abort();
	world.next++;
}

static struct prof_endpoint ends[2];

static void give(struct messages *messages, size_t from, uint64_t time_ns, uint32_t seq,
		 uint8_t flags, uint32_t ack, const uint8_t *payload, size_t size_bytes)
{
	const struct messages_segment segment = {
		.src = &ends[from],
		.dst = &ends[1 - from],
		.time_ns = time_ns,
		.seq = seq,
		.ack = ack,
		.flags = flags,
		.payload_bytes = (uint32_t)size_bytes,
		.captured_bytes = (uint32_t)size_bytes,
		.payload = payload,
	};

	messages_take(messages, &segment);
}

/* Each segment: what it is, where (2 bytes), how long (2 bytes), and its bytes. */
static void run_hostile(struct messages *messages, const uint8_t *bytes, size_t size_bytes)
{
	uint64_t time_ns = 1;

	while (size_bytes >= 6) {
		size_t from = bytes[0] & 1;
		uint8_t flags = bytes[0] >> 1 & 0x1f;
		uint32_t seq = (from ? BASE_SEQ : 100) + ((uint32_t)bytes[1] << 8 | bytes[2]);
		size_t payload_bytes = (size_t)bytes[3] << 8 | bytes[4];

		time_ns += (uint64_t)bytes[5] << 24;
		bytes += 6;
		size_bytes -= 6;
		if (payload_bytes > size_bytes)
			payload_bytes = size_bytes;
		give(messages, from, time_ns, seq, flags,
		     (from ? 100 : BASE_SEQ) + (uint32_t)time_ns, bytes, payload_bytes);
		bytes += payload_bytes;
		size_bytes -= payload_bytes;
	}
}

static void add_frame(uint8_t first, const uint8_t *payload, size_t payload_bytes)
{
	uint8_t *at = world.stream + world.size_bytes;

	*at++ = first;
	if (payload_bytes < 126) {
		*at++ = (uint8_t)payload_bytes;
	} else {
		*at++ = 126;
		*at++ = (uint8_t)(payload_bytes >> 8);
		*at++ = (uint8_t)payload_bytes;
	}
	memcpy(at, payload, payload_bytes);
	world.size_bytes = (size_t)(at - world.stream) + payload_bytes;
}

/* JSON, as venues send it: what is text is so throughout. */
static size_t make_text(uint8_t *payload, uint8_t kind, size_t size)
{
	static const char part[] = "{\"e\":\"aggTrade\",\"n\":[1,{\"x\":2}],\"p\":\"1.5\"}";

	for (size_t i = 0; i < size; i++)
		payload[i] = (uint8_t)part[(i + kind) % (sizeof(part) - 1)];
	payload[0] = '{';
	payload[size - 1] = '}';
	return size;
}

static void make_message(const uint8_t *bytes)
{
	static uint8_t payload[4096];
	uint8_t kind = bytes[0];
	size_t size = 2 + (((size_t)bytes[1] << 8 | bytes[2]) & 0x7ff);
	bool is_text = kind & 1;
	uint8_t opcode = is_text ? WS_TEXT : WS_BINARY;
	size_t cut = kind & 2 ? size / 3 : size;
	struct sent *sent = &world.sent[world.sent_count++];

	sent->start_offset = world.size_bytes;
	if (is_text)
		size = make_text(payload, kind, size);
	else
		for (size_t i = 0; i < size; i++) /* not more like frames than chance makes it */
			payload[i] = (uint8_t)((i * 2654435761u + kind * 40503u + i * i) >> 7);
	if (cut < size) {
		add_frame(opcode, payload, cut);
		if (kind & 4)
			add_frame(0x89, payload, 3);
		add_frame(0x80, payload + cut, size - cut);
	} else {
		add_frame(0x80 | opcode, payload, size);
	}
	sent->end_offset = world.size_bytes;
	sent->payload_bytes = size;
	sent->opcode = opcode;
}

/* Each message: kind, size (2 bytes); whether its segment is missing, and whether one begins. */
static void run_honest(struct messages *messages, const uint8_t *bytes, size_t size_bytes)
{
	uint64_t time_ns = 1;
	size_t begin = 0;

	memcpy(world.stream, HEAD, sizeof(HEAD) - 1);
	world.size_bytes = sizeof(HEAD) - 1;
	give(messages, 0, time_ns, 99, PROF_TCP_SYN, 0, NULL, 0);
	give(messages, 1, time_ns, BASE_SEQ - 1, PROF_TCP_SYN | PROF_TCP_ACK, 100, NULL, 0);
	give(messages, 1, time_ns, BASE_SEQ, PROF_TCP_ACK, 100, world.stream, world.size_bytes);
	begin = world.size_bytes;
	while (size_bytes >= 4 && world.sent_count < MESSAGE_COUNT_MAX &&
	       world.size_bytes < STREAM_BYTES_MAX - 8192) {
		size_t end;

		make_message(bytes);
		end = bytes[3] & 8 ? (begin + world.size_bytes) / 2 : world.size_bytes;
		time_ns += 300000000;
		if ((bytes[3] & 7) != 7)
			give(messages, 1, time_ns, BASE_SEQ + (uint32_t)begin, PROF_TCP_ACK, 100,
			     world.stream + begin, end - begin);
		give(messages, 0, time_ns, 100, PROF_TCP_ACK, BASE_SEQ + (uint32_t)end, NULL, 0);
		begin = end;
		bytes += 4;
		size_bytes -= 4;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes)
{
	const struct messages_options options = {
		.log = &world.log, .hears_clients = true, .hears_control = true, .give = take
	};
	static struct messages *messages; /* one for all: to make it takes longest */
	struct key_log_line line = { 0 };

	if (size_bytes < 1)
		return 0;
	if (!messages) {
		messages = messages_create(&options);
		key_log_feed(&world.log, &line, keys, sizeof(keys) - 1);
		prof_endpoint_set_ipv4(&ends[0], "\12\0\0\1", 40000);
		prof_endpoint_set_ipv4(&ends[1], "\12\0\0\2", 443);
	}
	if (!messages)
		abort();
	world.is_honest = bytes[0] & 1;
	world.sent_count = 0;
	world.next = 0;
	if (world.is_honest)
		run_honest(messages, bytes + 1, size_bytes - 1);
	else
		run_hostile(messages, bytes + 1, size_bytes - 1);
	messages_finish(messages);
	return 0;
}
