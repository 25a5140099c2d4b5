/* SPDX-License-Identifier: BSD-2-Clause */
#include "conn.h"

#include <assert.h>
#include <string.h>

#include "prof/clock.h"

uint64_t conn_ping_interval_ns(const struct exchange *exchange, const struct conn *conn)
{
	uint64_t interval_ms = exchange->config.ping_interval_ms;

	if (interval_ms == 0)
		interval_ms = route_is_futures(conn->route) ? 180000 : 20000;
	return interval_ms * PROF_NS_PER_MS;
}

uint64_t conn_pong_timeout_ns(const struct exchange *exchange, const struct conn *conn)
{
	uint64_t timeout_ms = exchange->config.pong_timeout_ms;

	if (timeout_ms == 0)
		timeout_ms = route_is_futures(conn->route) ? 600000 : 60000;
	return timeout_ms * PROF_NS_PER_MS;
}

void conn_finish(struct exchange *exchange, struct conn *conn, enum outbox_action action)
{
	delivery_cut(&conn->delivery, conn->outbox);
	outbox_cut(conn->outbox, &(struct outbox_record){ .action = action, .is_pushed = true });
	conn->state = CONN_ENDED;
	conn->opened_ns = exchange->now_ns;
}

void conn_close(struct exchange *exchange, struct conn *conn, enum frame_close_code code,
		const char *reason)
{
	char payload[FRAME_CONTROL_BYTES_MAX];
	struct text text = text_over(payload, sizeof(payload));

	if (conn->state != CONN_OPEN)
		return;
	text_add_char(&text, (char)((unsigned int)code >> 8));
	text_add_char(&text, (char)((unsigned int)code & 0xff));
	text_add(&text, reason);
	assert(!text.is_cut);
	delivery_add_frame(&conn->delivery, conn->outbox, FRAME_FIN | FRAME_CLOSE, payload,
			   text.used_bytes);
	delivery_cut(&conn->delivery, conn->outbox);
	conn->state = CONN_CLOSING;
	conn->opened_ns = exchange->now_ns;
}

void conn_send_text(struct exchange *exchange, struct conn *conn, const char *stream_name,
		    const char *payload, size_t size_bytes)
{
	struct text text = text_over(exchange->wrapped, sizeof(exchange->wrapped));

	if (!conn->is_combined || !stream_name) {
		delivery_add_message(&conn->delivery, conn->outbox, FRAME_TEXT, payload,
				     size_bytes);
		return;
	}
	text_add(&text, "{\"stream\":\"");
	text_add(&text, stream_name);
	text_add(&text, "\",\"data\":");
	text_add_bytes(&text, payload, size_bytes);
	text_add_char(&text, '}');
	assert(!text.is_cut);
	delivery_add_message(&conn->delivery, conn->outbox, FRAME_TEXT, text.at, text.used_bytes);
}
