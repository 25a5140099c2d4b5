/* SPDX-License-Identifier: BSD-2-Clause */
#include "fault.h"

#include <string.h>

#include "prof/clock.h"

#define DRIP_WAIT_US	     20000u
#define FLOOD_STEP_NS	     (UINT64_C(10) * PROF_NS_PER_MS)
#define FLOOD_STEP_COUNT     100
#define OVERSIZED_BYTES	     (UINT64_C(1) << 40)
#define OVERSIZED_SENT_BYTES (1u << 20)

static const char sample[] =
	"{\"e\":\"aggTrade\",\"E\":1790000000123,\"s\":\"BTCUSDT\",\"a\":5933014,"
	"\"p\":\"61800.10\",\"q\":\"0.100\",\"f\":100,\"l\":105,\"T\":1790000000000,\"m\":true}";

static void add_raw(struct conn *conn, const void *bytes, size_t size_bytes)
{
	delivery_add_raw(&conn->delivery, conn->outbox, bytes, size_bytes);
}

static void add_frame(struct conn *conn, unsigned int first_byte, const void *payload,
		      size_t size_bytes)
{
	delivery_add_frame(&conn->delivery, conn->outbox, first_byte, payload, size_bytes);
}

static void add_masked(struct conn *conn)
{
	static const uint8_t key[4] = { 0x11, 0x22, 0x33, 0x44 };
	uint8_t frame[6 + 8] = { FRAME_FIN | FRAME_TEXT, FRAME_MASK | 8 };

	memcpy(frame + 2, key, sizeof(key));
	for (size_t i = 0; i < 8; i++)
		frame[6 + i] = (uint8_t)(sample[i] ^ key[i % 4]);
	add_raw(conn, frame, sizeof(frame));
}

static void add_oversized(struct exchange *exchange, struct conn *conn)
{
	static const char filler[16384];
	uint8_t header[FRAME_HEADER_BYTES_MAX];

	add_raw(conn, header, frame_put_header(header, FRAME_FIN | FRAME_TEXT, OVERSIZED_BYTES));
	for (size_t sent_bytes = 0; sent_bytes < OVERSIZED_SENT_BYTES; sent_bytes += sizeof(filler))
		add_raw(conn, filler, sizeof(filler));
	conn_finish(exchange, conn, OUTBOX_CLOSE);
}

static void add_bad_json(struct conn *conn)
{
	static const char *const payloads[] = {
		"",
		"{",
		"{\"e\":\"aggTrade\",\"E\":",
		"{\"e\":}",
		"[1,2",
		"not json at all",
		"{\"e\":\"aggTrade\",\"E\":\"yesterday\",\"s\":17,\"a\":-1}",
		"{\"e\":\"aggTrade\",\"E\":99999999999999999999999999,\"s\":\"BTCUSDT\"}",
		"{\"stream\":\"btcusdt@aggTrade\",\"data\":null}",
		"{\"stream\":17,\"data\":[[[]]]}",
		"null",
		"{\"e\":\"neverHeardOf\",\"E\":1790000000123,\"x\":{\"e\":\"aggTrade\"}}",
	};
	char deep[4096];

	for (size_t i = 0; i < sizeof(payloads) / sizeof(payloads[0]); i++)
		add_frame(conn, FRAME_FIN | FRAME_TEXT, payloads[i], strlen(payloads[i]));
	memset(deep, '[', sizeof(deep));
	add_frame(conn, FRAME_FIN | FRAME_TEXT, deep, sizeof(deep));
}

static void add_half_frame(struct exchange *exchange, struct conn *conn, enum outbox_action action)
{
	uint8_t header[FRAME_HEADER_BYTES_MAX];

	add_raw(conn, header, frame_put_header(header, FRAME_FIN | FRAME_TEXT, sizeof(sample) - 1));
	add_raw(conn, sample, sizeof(sample) / 2);
	conn_finish(exchange, conn, action);
}

/* Byte by byte: each a record that waits. */
static void add_drip(struct conn *conn)
{
	static const char slow[] = "{\"e\":\"neverHeardOf\",\"drip\":true}";
	const uint8_t header[2] = { FRAME_FIN | FRAME_TEXT, sizeof(slow) - 1 };

	delivery_cut(&conn->delivery, conn->outbox);
	outbox_add(conn->outbox, header, sizeof(header));
	outbox_add(conn->outbox, slow, sizeof(slow) - 1);
	for (size_t i = 0; i < sizeof(header) + sizeof(slow) - 1; i++)
		outbox_cut(conn->outbox, &(struct outbox_record){ .size_bytes = 1,
								  .wait_us = DRIP_WAIT_US,
								  .is_pushed = true });
}

static void add_bad_control(struct conn *conn)
{
	uint8_t header[FRAME_HEADER_BYTES_MAX];
	size_t header_bytes = frame_put_header(header, FRAME_PING, 126);
	static const char payload[126];

	add_raw(conn, header, header_bytes);
	add_raw(conn, payload, sizeof(payload));
}

static void add_action(struct conn *conn, enum outbox_action action)
{
	delivery_cut(&conn->delivery, conn->outbox);
	outbox_cut(conn->outbox, &(struct outbox_record){ .action = action, .is_pushed = true });
}

static void start(struct exchange *exchange, struct conn *conn)
{
	static const char bad_utf8[] = "{\"e\":\"\xc0\xaf\xff\xfe\xed\xa0\x80\"}";

	switch (exchange->scenario->fault) {
	case FAULT_NONE:
		break;
	case FAULT_MASKED:
		add_masked(conn);
		break;
	case FAULT_OVERSIZED:
		add_oversized(exchange, conn);
		break;
	case FAULT_BAD_UTF8:
		add_frame(conn, FRAME_FIN | FRAME_TEXT, bad_utf8, sizeof(bad_utf8) - 1);
		break;
	case FAULT_BAD_JSON:
		add_bad_json(conn);
		break;
	case FAULT_BAD_OPCODE:
		add_frame(conn, FRAME_FIN | 0x3, sample, sizeof(sample) - 1);
		break;
	case FAULT_BAD_CONTROL:
		add_bad_control(conn);
		break;
	case FAULT_BAD_FRAGMENT:
		add_frame(conn, FRAME_FIN | FRAME_CONTINUATION, sample, sizeof(sample) - 1);
		break;
	case FAULT_HALF_FRAME:
		add_half_frame(exchange, conn, OUTBOX_CLOSE);
		break;
	case FAULT_RESET:
		add_half_frame(exchange, conn, OUTBOX_RESET);
		break;
	case FAULT_DRIP:
		add_drip(conn);
		break;
	case FAULT_PING_FLOOD:
		conn->flood_due_ns = exchange->now_ns;
		break;
	case FAULT_REKEY:
		add_action(conn, OUTBOX_REKEY);
		break;
	case FAULT_GARBAGE:
		add_action(conn, OUTBOX_GARBAGE);
		break;
	case FAULT_ALERT:
		add_half_frame(exchange, conn, OUTBOX_ALERT);
		break;
	}
}

static void flood(struct exchange *exchange, struct conn *conn)
{
	if (conn->flood_due_ns > exchange->now_ns ||
	    !outbox_has_room(conn->outbox, (size_t)FLOOD_STEP_COUNT * FRAME_HEADER_BYTES_MAX))
		return;
	for (int i = 0; i < FLOOD_STEP_COUNT; i++)
		add_frame(conn, FRAME_FIN | FRAME_PING, "flood", 5);
	conn->delivery.extra_ping_count += FLOOD_STEP_COUNT;
	conn->flood_due_ns += FLOOD_STEP_NS;
}

void conn_fault(struct exchange *exchange, struct conn *conn)
{
	if (exchange->scenario->fault != FAULT_PING_FLOOD)
		conn->flood_due_ns = 0;
	if (conn->flood_due_ns > 0)
		flood(exchange, conn);
	if (exchange->scenario->fault == FAULT_NONE || conn->message_count < conn->fault_at ||
	    !outbox_has_room(conn->outbox, (size_t)2 * OVERSIZED_SENT_BYTES))
		return;
	conn->fault_at = conn->message_count + exchange->config.fault_interval;
	if (conn->flood_due_ns == 0)
		start(exchange, conn);
}
