/* SPDX-License-Identifier: BSD-2-Clause */
#include "exchange.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "exchange/sbe/encode.h"
#include "fault.h"
#include "opening.h"
#include "prof/clock.h"
#include "subscribe.h"
#include "trading.h"

#define WAKE_NS_MIN (UINT64_C(50) * PROF_NS_PER_US) /* finer is not worth a wake-up */
#define UNOPEN_NS_MAX                                                                              \
	(INT64_C(10) * PROF_NS_PER_S)		    /* for the handshake, and for the last bytes   \
						     */
#define CLOSING_NS_MAX (INT64_C(2) * PROF_NS_PER_S) /* for answering a close frame */
#define TIMERS_NS_MAX  (UINT64_C(10) * PROF_NS_PER_MS) /* how late a connection's timer may be */

/* If a new step of the script begins, everything changes over to it. */
static void follow_script(struct exchange *exchange, uint64_t now_ns)
{
	const struct scenario *scenario = script_at(
		&exchange->config.script, (uint64_t)prof_delta_ns(exchange->begin_ns, now_ns));

	exchange->now_ns = now_ns;
	if (scenario == exchange->scenario)
		return;
	exchange->scenario = scenario;
	market_set_mood(exchange->market, scenario->pace, scenario->depth);
	for (int slot = 0; slot < EXCHANGE_CONN_COUNT_MAX; slot++)
		if (exchange->conns[slot])
			exchange->conns[slot]->delivery.mode = scenario->delivery;
}

struct exchange *exchange_create(const struct exchange_config *config, uint64_t now_ns)
{
	struct exchange *exchange = calloc(1, sizeof(*exchange));
	struct market_config market = { .seed = config->seed, .rate_hz = config->rate_hz };

	if (!exchange)
		return NULL;
	exchange->config = *config;
	exchange->market = market_create(&market);
	if (!exchange->market) {
		free(exchange);
		return NULL;
	}
	exchange->begin_ns = now_ns;
	follow_script(exchange, now_ns);
	return exchange;
}

static struct conn *free_conn(struct conn *conn)
{
	if (conn) {
		conn->outbox = outbox_destroy(conn->outbox);
		free(conn);
	}
	return NULL;
}

struct exchange *exchange_destroy(struct exchange *exchange)
{
	if (!exchange)
		return NULL;
	for (int slot = 0; slot < EXCHANGE_CONN_COUNT_MAX; slot++)
		if (exchange->conns[slot])
			exchange_closed(exchange, slot);
	exchange->spare = free_conn(exchange->spare);
	exchange->market = market_destroy(exchange->market);
	free(exchange);
	return NULL;
}

static struct conn *make_conn(struct exchange *exchange)
{
	struct conn *conn = exchange->spare;
	struct outbox *outbox;

	exchange->spare = NULL;
	if (!conn) {
		conn = calloc(1, sizeof(*conn));
		outbox = outbox_create();
		if (!conn || !outbox) {
			(void)outbox_destroy(outbox);
			free(conn);
			return NULL;
		}
		conn->outbox = outbox;
		return conn;
	}
	/* What stands before the large tables is all that is read before it is written. */
	outbox = conn->outbox;
	memset(conn, 0, offsetof(struct conn, subscriptions));
	frame_reader_reset(&conn->reader);
	conn->delivery.frame_count = 0;
	conn->delivery.extra_ping_count = 0;
	outbox_clear(outbox);
	conn->outbox = outbox;
	return conn;
}

int exchange_accept(struct exchange *exchange, uint64_t now_ns)
{
	struct conn *conn;
	int slot = 0;

	exchange->now_ns = now_ns;
	while (slot < EXCHANGE_CONN_COUNT_MAX && exchange->conns[slot])
		slot++;
	if (slot == EXCHANGE_CONN_COUNT_MAX) {
		exchange->counters.refused_count++;
		return -EMFILE;
	}
	conn = make_conn(exchange);
	if (!conn)
		return -ENOMEM;
	conn->number = ++exchange->number_last;
	conn->opened_ns = now_ns;
	conn->fault_at = exchange->config.fault_interval;
	conn->delivery.mode = exchange->scenario->delivery;
	conn->delivery.rng = rng_named(exchange->config.seed, conn->number, "delivery");
	exchange->conns[slot] = conn;
	return slot;
}

void exchange_closed(struct exchange *exchange, int slot)
{
	struct conn *conn = exchange->conns[slot];

	while (conn->subscription_count > 0)
		conn_unsubscribe(exchange, slot, conn->subscription_count - 1);
	exchange->spare = free_conn(exchange->spare);
	exchange->spare = conn;
	exchange->conns[slot] = NULL;
}

uint16_t exchange_peer_close_code(const struct exchange *exchange, int slot)
{
	return exchange->conns[slot]->peer_close_code;
}

uint32_t exchange_conn_number(const struct exchange *exchange, int slot)
{
	return exchange->conns[slot]->number;
}

struct outbox *exchange_outbox(struct exchange *exchange, int slot)
{
	return exchange->conns[slot]->outbox;
}

bool exchange_is_lost(const struct exchange *exchange, int slot)
{
	return exchange->conns[slot]->is_lost;
}

const struct exchange_counters *exchange_counters(const struct exchange *exchange)
{
	return &exchange->counters;
}

uint64_t exchange_skip_count(const struct exchange *exchange)
{
	return market_skip_count(exchange->market);
}

const char *exchange_stream_name(struct exchange *exchange, uint32_t stream_index)
{
	return market_stream(exchange->market, stream_index)->name;
}

/*
 * Everything a client sends counts: ping, pong and JSON.  Only the pongs to
 * what a scenario pings beyond the venue's habit are free.
 */
static bool is_within_rate(struct exchange *exchange, struct conn *conn, enum frame_event event)
{
	uint32_t limit = exchange->config.client_rate_max;

	/* The API has limits of its own. */
	if (exchange->config.is_client_rate_free || conn->route == ROUTE_API)
		return true;
	if (event == FRAME_HAS_PONG && conn->free_pong_count < conn->delivery.extra_ping_count) {
		conn->free_pong_count++;
		return true;
	}
	if (limit == 0)
		limit = route_is_futures(conn->route) ? 10 : 5;
	if (prof_delta_ns(conn->rate_begin_ns, exchange->now_ns) >= PROF_NS_PER_S) {
		conn->rate_begin_ns = exchange->now_ns;
		conn->client_count = 0;
	}
	return ++conn->client_count <= limit;
}

static void take_pong(struct exchange *exchange, struct conn *conn)
{
	exchange->counters.pong_count++;
	if (conn->reader.control_bytes == conn->ping_bytes &&
	    memcmp(conn->reader.control, conn->ping, conn->ping_bytes) == 0)
		conn->pong_due_ns = 0;
}

static void take_event(struct exchange *exchange, int slot, enum frame_event event)
{
	struct conn *conn = exchange->conns[slot];
	const struct frame_reader *reader = &conn->reader;

	if (event == FRAME_HAS_ERROR) {
		exchange->counters.violation_count++;
		conn_close(exchange, conn, reader->close_code, "");
		conn->is_deaf = true;
		return;
	}
	if (event == FRAME_HAS_CLOSE) {
		conn->peer_close_code = frame_closed_with(reader);
		conn_close(exchange, conn, FRAME_CLOSE_NORMAL, "");
		conn_finish(exchange, conn, OUTBOX_CLOSE);
		return;
	}
	if (conn->state != CONN_OPEN)
		return;
	if (!is_within_rate(exchange, conn, event)) {
		exchange->counters.rate_limited_count++;
		conn_close(exchange, conn, FRAME_CLOSE_POLICY, "Too many requests");
		return;
	}
	if (event == FRAME_HAS_PING) {
		exchange->counters.ping_count++;
		delivery_add_frame(&conn->delivery, conn->outbox, FRAME_FIN | FRAME_PONG,
				   reader->control, reader->control_bytes);
	} else if (event == FRAME_HAS_PONG) {
		take_pong(exchange, conn);
	} else if (conn->route == ROUTE_API) {
		conn_trade(exchange, conn, (const char *)reader->message, reader->message_bytes);
	} else {
		conn_request(exchange, slot, (const char *)reader->message, reader->message_bytes);
	}
}

/* Closes a connection that does not read fast enough for what it has to be sent. */
static bool has_room(struct exchange *exchange, struct conn *conn)
{
	if (outbox_has_room(conn->outbox, 2 * sizeof(exchange->answer)))
		return true;
	exchange->counters.slow_count++;
	conn->is_lost = true;
	conn->state = CONN_ENDED;
	return false;
}

void exchange_receive(struct exchange *exchange, int slot, const uint8_t *bytes, size_t size_bytes,
		      uint64_t now_ns)
{
	struct conn *conn = exchange->conns[slot];

	exchange->now_ns = now_ns;
	if (conn->state == CONN_HANDSHAKE) {
		size_t taken_bytes = conn_handshake(exchange, slot, bytes, size_bytes);

		bytes += taken_bytes;
		size_bytes -= taken_bytes;
	}
	while ((conn->state == CONN_OPEN || (conn->state == CONN_CLOSING && !conn->is_deaf)) &&
	       size_bytes > 0 && has_room(exchange, conn)) {
		enum frame_event event = frame_read(&conn->reader, &bytes, &size_bytes);

		if (event != FRAME_MORE)
			take_event(exchange, slot, event);
	}
	if (conn->state == CONN_OPEN)
		delivery_cut(&conn->delivery, conn->outbox);
}

/* In JSON, wrapped where asked for, or in binary, which never is. */
static void send_message(struct exchange *exchange, struct conn *conn,
			 const struct market_stream *stream, const struct text *payload)
{
	if (stream->route == ROUTE_SBE)
		delivery_add_message(&conn->delivery, conn->outbox, FRAME_BINARY, payload->at,
				     payload->used_bytes);
	else
		conn_send_text(exchange, conn, stream->name, payload->at, payload->used_bytes);
}

/* Formats a message once for each unit of time that somebody asked for. */
static void emit(void *context, uint32_t stream_index, const struct message *message)
{
	struct exchange *exchange = context;
	struct market_stream *stream = market_stream(exchange->market, stream_index);
	uint64_t subscribers = exchange->config.is_silent ? 0 : stream->subscribers;
	struct text texts[2] = { text_over(exchange->payload[0], PAYLOAD_BYTES_MAX),
				 text_over(exchange->payload[1], PAYLOAD_BYTES_MAX) };

	for (; subscribers; subscribers &= subscribers - 1) {
		struct conn *conn = exchange->conns[__builtin_ctzll(subscribers)];
		struct text *text = &texts[conn->is_microseconds];

		if (conn->state != CONN_OPEN || !has_room(exchange, conn))
			continue;
		if (text->used_bytes == 0 && stream->route == ROUTE_SBE)
			sbe_encode(text, message);
		else if (text->used_bytes == 0)
			payload_format(text, message, conn->is_microseconds);
		assert(!text->is_cut);
		send_message(exchange, conn, stream, text);
		outbox_mark(conn->outbox, stream_index, message->id, (uint32_t)text->used_bytes);
		conn->message_count++;
		exchange->counters.message_count++;
	}
}

static void send_ping(struct exchange *exchange, struct conn *conn, uint64_t wall_us)
{
	struct text text = text_over(conn->ping, sizeof(conn->ping));

	text_add_u64(&text, wall_us / 1000);
	conn->ping_bytes = text.used_bytes;
	delivery_add_frame(&conn->delivery, conn->outbox, FRAME_FIN | FRAME_PING, conn->ping,
			   conn->ping_bytes);
	conn->ping_due_ns = exchange->now_ns + conn_ping_interval_ns(exchange, conn);
	if (conn->pong_due_ns == 0)
		conn->pong_due_ns = exchange->now_ns + conn_pong_timeout_ns(exchange, conn);
}

/* Spot says {"e":"serverShutdown","E":...} some time before it closes. */
static void announce_shutdown(struct exchange *exchange, struct conn *conn, uint64_t wall_us)
{
	char payload[64];
	struct text text = text_over(payload, sizeof(payload));

	text_add(&text, "{\"e\":\"serverShutdown\",\"E\":");
	text_add_u64(&text, conn->is_microseconds ? wall_us : wall_us / 1000);
	text_add_char(&text, '}');
	conn->is_announced = true;
	conn_send_text(exchange, conn, "!serverShutdown", text.at, text.used_bytes);
}

static void check_life(struct exchange *exchange, struct conn *conn, uint64_t wall_us)
{
	const struct scenario *scenario = exchange->scenario;
	int64_t life_ns = exchange->config.life_ms ? exchange->config.life_ms : scenario->life_ms;
	int64_t age_ns = prof_delta_ns(conn->opened_ns, exchange->now_ns);

	life_ns = (life_ns ? life_ns : 86400000) * PROF_NS_PER_MS;
	if (scenario->announce_ms > 0 && !conn->is_announced && !route_is_futures(conn->route) &&
	    age_ns >= life_ns - (int64_t)scenario->announce_ms * PROF_NS_PER_MS)
		announce_shutdown(exchange, conn, wall_us);
	if (age_ns >= life_ns)
		conn_close(exchange, conn, FRAME_CLOSE_GOING_AWAY, "");
}

static void tend(struct exchange *exchange, struct conn *conn, uint64_t wall_us)
{
	if (conn->state != CONN_OPEN) {
		int64_t age_ns = prof_delta_ns(conn->opened_ns, exchange->now_ns);

		if (conn->state == CONN_CLOSING && age_ns > CLOSING_NS_MAX)
			conn_finish(exchange, conn, OUTBOX_CLOSE);
		else
			conn->is_lost |= age_ns > UNOPEN_NS_MAX;
		return;
	}
	if (conn->pong_due_ns > 0 && conn->pong_due_ns <= exchange->now_ns) {
		exchange->counters.pong_timeout_count++;
		conn_close(exchange, conn, FRAME_CLOSE_POLICY, "Pong timeout");
		return;
	}
	if (!has_room(exchange, conn))
		return;
	if (conn->ping_due_ns <= exchange->now_ns)
		send_ping(exchange, conn, wall_us);
	conn_fault(exchange, conn);
	if (conn->state == CONN_OPEN)
		check_life(exchange, conn, wall_us);
	if (conn->state == CONN_OPEN)
		delivery_cut(&conn->delivery, conn->outbox);
}

uint64_t exchange_advance(struct exchange *exchange, uint64_t now_ns, uint64_t wall_us)
{
	uint64_t next_ns;

	follow_script(exchange, now_ns);
	exchange->wall_us = wall_us;
	exchange->wall_at_ns = now_ns;
	next_ns = market_advance(exchange->market, now_ns, wall_us, emit, exchange);
	for (int slot = 0; slot < EXCHANGE_CONN_COUNT_MAX; slot++)
		if (exchange->conns[slot])
			tend(exchange, exchange->conns[slot], wall_us);
	if (next_ns > now_ns + TIMERS_NS_MAX)
		next_ns = now_ns + TIMERS_NS_MAX;
	return next_ns < now_ns + WAKE_NS_MIN ? now_ns + WAKE_NS_MIN : next_ns;
}

void exchange_say_goodbye(struct exchange *exchange)
{
	for (int slot = 0; slot < EXCHANGE_CONN_COUNT_MAX; slot++)
		if (exchange->conns[slot])
			conn_close(exchange, exchange->conns[slot], FRAME_CLOSE_GOING_AWAY, "");
}
