/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Clients that read, feed, peek at, part and reuse connections in whatever
 * order the bytes say, with OpenSSL in each of its ways to take bytes: what
 * the binder calls ranged is the record that the call returned bytes of, on
 * its socket.  It may say that it does not know, whenever it likes.
 *
 * Tickets have another size than messages here, and who pads pads by more than
 * messages differ: what just that many bytes more or less would make alike,
 * sizes cannot tell apart.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ebpf_loader/bind/binder.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes);

#define CONN_COUNT	 3
#define RECORD_COUNT_MAX 4096
#define STREAM_COUNT	 64 /* few: clearing the loader's room would be most of a run */
#define PID		 7
#define OVERHEAD_BYTES	 17
#define TICKET_BYTES	 255
#define PADDING_BYTES	 64

/* How a connection's bytes come to OpenSSL. */
enum way {
	WAY_SOCKET,
	WAY_SOCKET_AHEAD,
	WAY_FED,
	WAY_FED_AHEAD,
	WAY_COUNT,
};

struct record {
	uint64_t offset;
	uint32_t size_bytes;
	uint32_t plain_bytes; /* 0: a ticket, or of the handshake */
	uint32_t type;
};

struct conn {
	uint64_t ssl;
	uint64_t cookie;
	enum way way;
	bool is_padded;
	uint64_t tls_start;
	struct record records[RECORD_COUNT_MAX]; /* as sent */
	size_t record_count;
	size_t parsed_count; /* of them OpenSSL has opened */
	uint32_t left_bytes; /* of the last opened one's plain text */
	uint64_t sent_end;
	uint64_t read_end;  /* from the socket */
	uint64_t taken_end; /* by OpenSSL */
	size_t told_count;  /* of the records, by the walk */
	bool is_told;	    /* one of them, ever; or that there may be some */
	bool is_lost;
};

static struct conn conns[CONN_COUNT];
static struct binder *binder;
static uint64_t now_ns;
static uint64_t next_cookie;

struct input {
	const uint8_t *bytes;
	size_t left_bytes;
};

static uint8_t take_byte(struct input *input)
{
	if (!input->left_bytes)
		return 0;
	input->left_bytes--;
	return *input->bytes++;
}

static void send_record(struct conn *conn, uint32_t type, uint32_t plain_bytes, uint32_t size_bytes)
{
	if (conn->record_count == RECORD_COUNT_MAX)
		return;
	conn->records[conn->record_count++] = (struct record){
		.offset = conn->sent_end,
		.size_bytes = size_bytes,
		.plain_bytes = plain_bytes,
		.type = type,
	};
	conn->sent_end += size_bytes;
}

static void send_some(struct conn *conn, uint8_t choice)
{
	uint32_t plain_bytes = 20 + choice % 8;

	if (choice >= 250)
		send_record(conn, 23, 0, 5 + TICKET_BYTES + OVERHEAD_BYTES);
	else
		send_record(conn, 23, plain_bytes,
			    5 + plain_bytes + OVERHEAD_BYTES +
				    (conn->is_padded ? PADDING_BYTES + choice % PADDING_BYTES : 0));
}

static void open_conn(struct conn *conn, uint8_t choice)
{
	uint64_t ssl = conn->ssl;

	memset(conn, 0, offsetof(struct conn, records));
	memset((uint8_t *)conn + offsetof(struct conn, record_count), 0,
	       sizeof(*conn) - offsetof(struct conn, record_count));
	conn->ssl = ssl;
	conn->cookie = ++next_cookie;
	conn->way = choice % WAY_COUNT;
	conn->is_padded = choice & 16;
	conn->tls_start = choice & 32 ? choice : 0;
	conn->sent_end = conn->read_end = conn->taken_end = conn->tls_start;
	send_record(conn, 22, 0, 127);
}

/* What the walk in the kernel tells of a read that began at read_start. */
static void tell_records(struct conn *conn, uint64_t read_start)
{
	while (conn->told_count < conn->record_count) {
		const struct record *record = &conn->records[conn->told_count];
		const struct probe_tls_record told = {
			.type = (uint16_t)record->type,
			.handshake_type = record->type == TLS_TYPE_HANDSHAKE &&
							  record->offset + 5 < conn->read_end
						  ? TLS_SERVER_HELLO
						  : 0,
			.cookie = conn->cookie,
			.offset = record->offset,
			.read_end = conn->read_end,
			.size_bytes = record->size_bytes,
			.pid = PID,
		};

		if (conn->is_lost && record->offset < read_start) {
			conn->told_count++;
			continue;
		}
		if (record->offset + 5 > conn->read_end ||
		    (conn->is_lost && record->offset > read_start))
			return;
		conn->is_lost = false;
		conn->is_told = true;
		conn->told_count++;
		binder_note_record(binder, &told);
	}
}

static void tell_blank(struct conn *conn)
{
	const struct probe_tls_record told = {
		.type = PROBE_TLS_BLANK,
		.cookie = conn->cookie,
		.read_end = conn->read_end,
		.pid = PID,
	};

	conn->is_told = true;
	binder_note_record(binder, &told);
}

static void read_socket(struct conn *conn, uint64_t size_bytes)
{
	uint64_t read_start = conn->read_end;

	conn->read_end += size_bytes;
	binder_note_read(binder, conn->cookie, conn->read_end);
	tell_records(conn, read_start);
	if (conn->is_lost && !conn->is_told)
		tell_blank(conn);
}

static bool is_fed(const struct conn *conn)
{
	return conn->way == WAY_FED || conn->way == WAY_FED_AHEAD;
}

/* OpenSSL asks its BIO for so many bytes.  False if there were none. */
static bool take(struct conn *conn, uint64_t wanted_bytes, struct probe_ssl_call *call)
{
	uint64_t there = (is_fed(conn) ? conn->read_end : conn->sent_end) - conn->taken_end;
	uint64_t taken = wanted_bytes < there ? wanted_bytes : there;

	if (!taken)
		return false;
	if (!is_fed(conn)) {
		read_socket(conn, taken);
		call->read_cookie = conn->cookie;
		call->read_start_offset = conn->taken_end;
		call->read_end_offset = conn->taken_end + taken;
		call->read_ns = ++now_ns;
	}
	conn->taken_end += taken;
	return true;
}

/* Opens the next record with data.  False if it has not come yet. */
static bool open_record(struct conn *conn, struct probe_ssl_call *call)
{
	bool is_ahead = conn->way == WAY_SOCKET_AHEAD || conn->way == WAY_FED_AHEAD;

	while (!conn->left_bytes) {
		const struct record *record = &conn->records[conn->parsed_count];

		if (conn->parsed_count == conn->record_count)
			return false;
		while (conn->taken_end < record->offset + record->size_bytes) {
			uint64_t at = conn->taken_end - record->offset;
			uint64_t wanted = at < 5 ? 5 - at : record->size_bytes - at;

			if (!take(conn, is_ahead ? 16384 : wanted, call))
				return false;
		}
		conn->left_bytes = record->plain_bytes;
		conn->parsed_count++;
	}
	return true;
}

static uint64_t position_of(const struct conn *conn)
{
	return is_fed(conn) ? conn->taken_end - conn->tls_start : 0;
}

static void check(const struct conn *conn, const struct bind_range *range)
{
	const struct record *record = &conn->records[conn->parsed_count - 1];

	if (range->cookie != conn->cookie ||
	    range->end_offset != record->offset + record->size_bytes ||
	    range->start_offset > record->offset)
		abort();
}

static void call_openssl(struct conn *conn, uint8_t choice, bool is_peek)
{
	struct probe_ssl_call call = {
		.kind = PROBE_RECORD_SSL_CALL,
		.pid = PID,
		.function = is_peek ? PROBE_SSL_PEEK : PROBE_SSL_READ,
		.ssl = conn->ssl,
		.enter_ns = ++now_ns,
		.requested_bytes = choice & 1 ? 16384 : 1 + choice % 32,
		.enter_position = position_of(conn),
	};
	struct bind_range range;

	if (!open_record(conn, &call))
		return;
	call.returned_bytes = conn->left_bytes < call.requested_bytes ? conn->left_bytes
								      : call.requested_bytes;
	call.return_position = position_of(conn);
	call.return_ns = ++now_ns;
	if (binder_take_call(binder, &call, &range) == BIND_RANGED)
		check(conn, &range);
	if (!is_peek)
		conn->left_bytes -= (uint32_t)call.returned_bytes;
}

static void close_conn(struct conn *conn, uint8_t choice)
{
	const struct probe_ssl_call renewal = {
		.pid = PID,
		.function = PROBE_SSL_RENEW,
		.ssl = conn->ssl,
	};
	struct bind_range range;

	if (choice & 64)
		binder_forget_socket(binder, conn->cookie);
	(void)binder_take_call(binder, &renewal, &range);
	open_conn(conn, choice);
}

static void act(struct input *input)
{
	uint8_t action = take_byte(input);
	uint8_t choice = take_byte(input);
	struct conn *conn = &conns[action % CONN_COUNT];
	uint64_t there = conn->sent_end - conn->read_end;

	switch (action / CONN_COUNT % 16) {
	case 0:
	case 1:
	case 2:
	case 3:
	case 4:
		send_some(conn, choice);
		break;
	case 5:
	case 6:
	case 7:
		if (is_fed(conn) && there)
			read_socket(conn, choice < 128 ? there : 1 + choice % there);
		break;
	case 8:
		call_openssl(conn, choice, true);
		break;
	case 9:
		if (choice > 240)
			close_conn(conn, choice << 3);
		break;
	case 10:
		if (choice > 240)
			conn->is_lost = true;
		break;
	default:
		call_openssl(conn, choice, false);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes)
{
	struct input input = { .bytes = bytes, .left_bytes = size_bytes };

	binder = binder_create(STREAM_COUNT);
	if (!binder)
		return 0;
	now_ns = 1;
	next_cookie = 0;
	for (uint32_t i = 0; i < CONN_COUNT; i++) {
		conns[i].ssl = 0x1000 + i * 64;
		open_conn(&conns[i], take_byte(&input));
	}
	while (input.left_bytes)
		act(&input);
	binder = binder_free(binder);
	return 0;
}
