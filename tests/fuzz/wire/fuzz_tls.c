/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whatever two peers send as TLS records, with losses: nothing is written
 * beyond the room there is, and what is given out was authenticated, which
 * without the right key nothing is.  The secret is that of RFC 8448, 3, so
 * that the trace in the corpus leads behind the handshake.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wire/tls/connection.h"
#include "wire/tls_records.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes);

static const char keys[] = "SERVER_TRAFFIC_SECRET_0 "
			   "cb34ecb1e78163ba1c38c6dacb196a6dffa21a8d9912ec18a2ef6283024dece7 "
			   "a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643\n"
			   "CLIENT_RANDOM "
			   "cb34ecb1e78163ba1c38c6dacb196a6dffa21a8d9912ec18a2ef6283024dece7 "
			   "a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643"
			   "a11af9f05531f856ad47116b45a95032\n";

static struct key_log empty;
static struct key_log *log_once(void)
{
	static struct key_log log;
	struct key_log_line line = { 0 };

	if (!log.secret_count)
		key_log_feed(&log, &line, keys, sizeof(keys) - 1);
	return &log;
}

/* Each step: one byte of what happens (half, loss, without keys), then a record. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes)
{
	static struct tls_connection connection;
	const uint8_t *end = bytes + size_bytes;
	struct key_log *log = log_once();

	if (size_bytes < 1)
		return 0;
	tls_connection_begin(&connection, *bytes++ & 1);
	connection.halves[0].search_left = 64;
	connection.halves[1].search_left = 64;
	while (end - bytes >= 6) {
		uint8_t step = *bytes++;
		size_t record_bytes = 5 + ((size_t)bytes[3] << 8 | bytes[4]);
		struct tls_record record = { .bytes = bytes, .size_bytes = record_bytes };
		uint8_t *copy;

		if (record_bytes > (size_t)(end - bytes) ||
		    record_bytes > 5 + TLS_RECORD_BODY_BYTES_MAX)
			break;
		if (step & 2)
			tls_connection_skip(&connection, step & 1, step);
		/* Of its very size, so that a read or a write behind it is seen. */
		copy = malloc(record_bytes);
		record.plain = malloc(record_bytes);
		if (!copy || !record.plain)
			abort();
		memcpy(copy, bytes, record_bytes);
		record.bytes = copy;
		if (tls_connection_take(&connection, step & 1, step & 4 ? &empty : log, &record) ==
			    TLS_PLAIN &&
		    record.plain_bytes > record_bytes)
			abort();
		free(record.plain);
		free(copy);
		bytes += record_bytes;
	}
	tls_connection_clear(&connection);
	return 0;
}
