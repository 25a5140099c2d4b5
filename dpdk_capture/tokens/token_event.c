/* SPDX-License-Identifier: BSD-2-Clause */
#include "token_event.h"

#include <string.h>

#include "feed/message/feed_key.h"
#include "wire/ws_header.h"

/* Requests and their answers of JSON-RPC's kind, as venues have it. */
#define REQUEST_KEY	"id"
#define DIGIT_COUNT_MAX 18

/* FNV-1a, whose lower bits alone see the last byte, and a mix (MurmurHash3's finalizer). */
uint64_t token_hash(const char *text, size_t size_bytes)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < size_bytes; i++)
		hash = (hash ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
	hash = (hash ^ hash >> 33) * UINT64_C(0xff51afd7ed558ccd);
	hash = (hash ^ hash >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
	hash ^= hash >> 33;
	return hash ? hash : 1;
}

/* 0 if it has no such key. */
static uint64_t hash_of(const struct message *message, const char *key)
{
	const char *value;
	size_t size_bytes;

	if (!feed_key_find((const char *)message->payload, (size_t)message->payload_bytes, key,
			   &value, &size_bytes))
		return 0;
	return token_hash(value, size_bytes);
}

/* A number stands for itself, so that people know it again. */
static uint64_t request_of(const struct message *message)
{
	const char *value;
	size_t size_bytes;
	uint64_t number = 0;

	if (!feed_key_find((const char *)message->payload, (size_t)message->payload_bytes,
			   REQUEST_KEY, &value, &size_bytes))
		return 0;
	for (size_t i = 0; i < size_bytes; i++) {
		if (size_bytes > DIGIT_COUNT_MAX || value[i] < '0' || value[i] > '9')
			return token_hash(value, size_bytes);
		number = number * 10 + (uint64_t)(value[i] - '0');
	}
	return number ? number : token_hash(value, size_bytes);
}

/* False if it is no order. */
static bool take_order(const struct token_keys *keys, const struct message *message,
		       struct prof_token *token)
{
	for (size_t i = 0; i < keys->pair_count; i++) {
		uint64_t value = hash_of(message, keys->pairs[i].order);

		if (!value)
			continue;
		token->value_hash = keys->pairs[i].message[0] ? value : 0;
		return true;
	}
	return false;
}

static bool take_answer(const struct token_keys *keys, const struct message *message,
			struct prof_token *token)
{
	for (size_t i = 0; i < keys->pair_count && !token->value_hash; i++)
		if (keys->pairs[i].message[0])
			token->value_hash = hash_of(message, keys->pairs[i].message);
	return token->value_hash || token->request_hash;
}

/* The client's own, and what may answer it; those of the server ask for nothing that is measured.
 */
static bool take_control(const struct token_keys *keys, const struct message *message,
			 struct prof_token *token)
{
	if (!keys->takes_pings || message->opcode != (message->is_asked ? WS_PING : WS_PONG))
		return false;
	token->request_hash = token_hash((const char *)message->payload,
					 (size_t)message->payload_bytes);
	token->bits |= PROF_WIRE_CONTROL;
	return true;
}

static bool take_text(const struct token_keys *keys, const struct message *message,
		      struct prof_token *token)
{
	if (message->opcode != WS_TEXT || !keys->pair_count)
		return false;
	token->request_hash = request_of(message);
	return message->is_asked ? take_order(keys, message, token)
				 : take_answer(keys, message, token);
}

bool token_event(const struct token_keys *keys, const struct message *message,
		 struct prof_event *ret_event)
{
	uint64_t size_bytes = message->end_offset - message->start_offset;
	struct prof_token token = {
		.end_offset = message->end_offset,
		.size_bytes = (uint32_t)size_bytes,
		.bits = message->has_range ? PROF_WIRE_ANCHORED : 0,
	};

	if (!message->payload || !size_bytes || size_bytes > UINT32_MAX)
		return false;
	if (ws_is_control(message->opcode) ? !take_control(keys, message, &token)
					   : !take_text(keys, message, &token))
		return false;
	memset(ret_event, 0, sizeof(*ret_event));
	ret_event->time_ns = message->last.time_ns;
	ret_event->conn_key = message->flow_id;
	ret_event->kind = PROF_EVENT_TOKEN;
	ret_event->flags = message->is_asked ? PROF_FLAG_OUTBOUND : 0;
	ret_event->base_seq = message->base_seq;
	ret_event->token = token;
	return true;
}
