/* SPDX-License-Identifier: BSD-2-Clause */
#include "subscribe.h"

#include <assert.h>
#include <string.h>

/* Returns subscription_count where there is none of that name. */
static size_t find(const struct conn *conn, const char *name)
{
	size_t i = 0;

	while (i < conn->subscription_count && strcmp(conn->subscriptions[i].name, name) != 0)
		i++;
	return i;
}

static uint64_t *subscribers(struct exchange *exchange, const struct subscription *subscription)
{
	return &market_stream(exchange->market, (uint32_t)subscription->stream_index)->subscribers;
}

void conn_subscribe(struct exchange *exchange, int slot, const char *name)
{
	struct conn *conn = exchange->conns[slot];
	struct subscription *subscription = &conn->subscriptions[conn->subscription_count];

	if (find(conn, name) < conn->subscription_count)
		return;
	assert(conn->subscription_count < TARGET_STREAM_COUNT_MAX);
	(void)strncpy(subscription->name, name, sizeof(subscription->name) - 1);
	subscription->name[sizeof(subscription->name) - 1] = '\0';
	subscription->stream_index = market_open_stream(exchange->market, conn->route, name,
							exchange->now_ns);
	conn->subscription_count++;
	if (subscription->stream_index >= 0)
		*subscribers(exchange, subscription) |= UINT64_C(1) << slot;
}

void conn_unsubscribe(struct exchange *exchange, int slot, size_t subscription_index)
{
	struct conn *conn = exchange->conns[slot];
	struct subscription *subscription = &conn->subscriptions[subscription_index];

	if (subscription->stream_index >= 0)
		*subscribers(exchange, subscription) &= ~(UINT64_C(1) << slot);
	conn->subscription_count--;
	/* The order in which LIST_SUBSCRIPTIONS shows them stays. */
	memmove(subscription, subscription + 1,
		(conn->subscription_count - subscription_index) * sizeof(*subscription));
}

static enum request_error subscribe_all(struct exchange *exchange, int slot)
{
	struct request *request = &exchange->request;
	struct conn *conn = exchange->conns[slot];
	size_t new_count = 0;

	for (size_t i = 0; i < request->stream_count; i++)
		new_count += find(conn, request->streams[i]) == conn->subscription_count;
	if (conn->subscription_count + new_count > TARGET_STREAM_COUNT_MAX) {
		request->reason = "Invalid request: more than 1024 streams";
		return REQUEST_INVALID;
	}
	for (size_t i = 0; i < request->stream_count; i++)
		conn_subscribe(exchange, slot, request->streams[i]);
	return REQUEST_OK;
}

static void unsubscribe_all(struct exchange *exchange, int slot)
{
	const struct request *request = &exchange->request;
	struct conn *conn = exchange->conns[slot];

	for (size_t i = 0; i < request->stream_count; i++) {
		size_t index = find(conn, request->streams[i]);

		if (index < conn->subscription_count)
			conn_unsubscribe(exchange, slot, index);
	}
}

static void answer_list(struct text *text, const struct conn *conn, const struct request *request)
{
	text_add(text, "{\"result\":[");
	for (size_t i = 0; i < conn->subscription_count; i++) {
		text_add(text, i == 0 ? "\"" : ",\"");
		text_add(text, conn->subscriptions[i].name);
		text_add_char(text, '"');
	}
	text_add_char(text, ']');
	request_end_answer(text, request);
}

static void answer(struct exchange *exchange, int slot, struct text *text)
{
	const struct request *request = &exchange->request;
	struct conn *conn = exchange->conns[slot];

	switch (request->method) {
	case REQUEST_UNSUBSCRIBE:
		unsubscribe_all(exchange, slot);
		request_answer_null(text, request);
		break;
	case REQUEST_LIST_SUBSCRIPTIONS:
		answer_list(text, conn, request);
		break;
	case REQUEST_GET_PROPERTY:
		request_answer_bool(text, request, conn->is_combined);
		break;
	case REQUEST_SET_PROPERTY:
		conn->is_combined = request->is_combined;
		request_answer_null(text, request);
		break;
	case REQUEST_SUBSCRIBE:
		request_answer_null(text, request);
		break;
	}
}

void conn_request(struct exchange *exchange, int slot, const char *message, size_t size_bytes)
{
	struct text text = text_over(exchange->answer, sizeof(exchange->answer));
	struct request *request = &exchange->request;
	struct conn *conn = exchange->conns[slot];
	enum request_error error = request_parse(message, size_bytes, request);

	if (error == REQUEST_OK && request->method == REQUEST_SUBSCRIBE)
		error = subscribe_all(exchange, slot);
	if (error == REQUEST_OK) {
		answer(exchange, slot, &text);
	} else {
		exchange->counters.bad_request_count++;
		request_answer_error(&text, request, error);
	}
	assert(!text.is_cut);
	conn_send_text(exchange, conn, NULL, text.at, text.used_bytes);
}
