/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A client that reads what an outbox holds: takes the records out and the
 * frames apart, strictly.
 */
#ifndef TESTS_EXCHANGE_CLIENT_H
#define TESTS_EXCHANGE_CLIENT_H

#include "tests/unit/unit.h"

#include <stdbool.h>
#include <string.h>

#include "exchange/protocol/frame.h"
#include "exchange/session/outbox.h"

#define CLIENT_BYTES_MAX   (8u << 20)
#define CLIENT_MESSAGE_MAX (1u << 16)

struct client {
	size_t used_bytes; /* of the stream */
	size_t read_bytes;
	size_t record_count;
	size_t record_bytes_max;
	enum outbox_action last_action;
	bool is_inside_message;
	size_t message_bytes;
	unsigned int opcode; /* of the last frame or message */
	unsigned int message_opcode; /* of its first frame: text or binary */
	uint8_t message[CLIENT_MESSAGE_MAX];
	uint8_t stream[CLIENT_BYTES_MAX];
};

/* Takes all records that are due, and their marks into ret_marks, if not NULL. */
static inline void client_take(struct client *client, struct outbox *outbox, uint64_t now_ns)
{
	const struct outbox_record *record;
	uint64_t due_ns;

	while ((record = outbox_front(outbox, now_ns, &due_ns))) {
		assert_true(record->size_bytes <= CLIENT_BYTES_MAX - client->used_bytes);
		memcpy(client->stream + client->used_bytes, outbox_front_bytes(outbox),
		       record->size_bytes);
		client->used_bytes += record->size_bytes;
		client->record_count++;
		if (record->size_bytes > client->record_bytes_max)
			client->record_bytes_max = record->size_bytes;
		client->last_action = record->action;
		outbox_pop(outbox, now_ns);
	}
}

/* Reads one frame; *ret_first is its first byte.  Returns NULL where none is whole. */
static inline const uint8_t *client_frame(struct client *client, unsigned int *ret_first,
					  size_t *ret_bytes)
{
	const uint8_t *at = client->stream + client->read_bytes;
	size_t left_bytes = client->used_bytes - client->read_bytes;
	size_t header_bytes;
	uint64_t size_bytes;

	if (left_bytes < 2)
		return NULL;
	size_bytes = at[1];
	header_bytes = size_bytes == 126 ? 4 : size_bytes == 127 ? 10 : 2;
	if (left_bytes < header_bytes)
		return NULL;
	if (header_bytes > 2) {
		size_bytes = 0;
		for (size_t i = 2; i < header_bytes; i++)
			size_bytes = size_bytes << 8 | at[i];
	}
	if (left_bytes - header_bytes < size_bytes)
		return NULL;
	*ret_first = at[0];
	*ret_bytes = (size_t)size_bytes;
	client->read_bytes += header_bytes + (size_t)size_bytes;
	return at + header_bytes;
}

/*
 * Reads up to the end of one message or control frame; its payload is then
 * in client->message.  Returns false where none is whole.
 */
static inline bool client_next(struct client *client)
{
	unsigned int first;
	size_t size_bytes;
	const uint8_t *payload;

	while ((payload = client_frame(client, &first, &size_bytes))) {
		client->opcode = first & 0x0f;
		assert_int_equal(first & 0x70, 0);
		if (client->opcode >= FRAME_CLOSE) {
			assert_true(first & FRAME_FIN);
			assert_true(size_bytes <= FRAME_CONTROL_BYTES_MAX);
			if (client->is_inside_message)
				continue;
			memcpy(client->message, payload, size_bytes);
			client->message_bytes = size_bytes;
			return true;
		}
		assert_int_equal(client->opcode == FRAME_CONTINUATION, client->is_inside_message);
		if (!client->is_inside_message) {
			client->message_bytes = 0;
			client->message_opcode = client->opcode;
		}
		assert_true(client->message_bytes + size_bytes < sizeof(client->message));
		memcpy(client->message + client->message_bytes, payload, size_bytes);
		client->message_bytes += size_bytes;
		client->message[client->message_bytes] = '\0';
		client->is_inside_message = !(first & FRAME_FIN);
		if (!client->is_inside_message) {
			client->opcode = client->message_opcode;
			return true;
		}
	}
	return false;
}

#endif
