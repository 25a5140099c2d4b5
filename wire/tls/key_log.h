/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The secrets of TLS connections as programs write them into key-log files
 * (RFC 9850): lines to a table of fixed size, found by client random.
 *
 * A client random of zeroes means that whoever wrote the line did not know
 * it: such secrets are found by trying them.  Pure; the memory is the
 * caller's, who may lock it, and wipes it.
 */
#ifndef WIRE_TLS_KEY_LOG_H
#define WIRE_TLS_KEY_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "derive.h"

#define KEY_LOG_SECRET_COUNT_MAX (1u << 17)
#define KEY_LOG_BUCKET_BITS	 16
#define KEY_LOG_BUCKET_COUNT	 (1u << KEY_LOG_BUCKET_BITS)
#define KEY_LOG_LINE_BYTES_MAX	 256 /* the longest one known has 192 */

enum key_label {
	KEY_MASTER,	    /* CLIENT_RANDOM: TLS 1.2 and before */
	KEY_CLIENT_TRAFFIC, /* CLIENT_TRAFFIC_SECRET_0 */
	KEY_SERVER_TRAFFIC, /* SERVER_TRAFFIC_SECRET_0 */
	KEY_UNNEEDED,	    /* known; nothing here needs it: handshake, early data, exporter */
	KEY_UNKNOWN,
};

struct key_secret {
	uint8_t label;	    /* enum key_label */
	uint8_t size_bytes; /* 32 or 48 */
	bool is_unbound;    /* its client random is not known */
	uint8_t client_random[TLS_RANDOM_BYTES];
	uint8_t bytes[TLS_SECRET_BYTES_MAX];
	uint32_t next_plus_one; /* of the same bucket, older */
};

/* What happened to every line but empty ones and comments. */
struct key_log_counters {
	uint64_t kept_count;
	uint64_t repeated_count; /* known already */
	uint64_t unneeded_count;
	uint64_t unknown_count; /* labels of no meaning to us */
	uint64_t malformed_count;
	uint64_t full_count; /* no room */
};

struct key_log {
	struct key_log_counters counters;
	uint32_t secret_count;
	uint32_t unbound_count;
	uint32_t bucket_plus_one[KEY_LOG_BUCKET_COUNT];
	struct key_secret secrets[KEY_LOG_SECRET_COUNT_MAX];
};

/* One file's last, unfinished line.  Zeroed memory is its beginning. */
struct key_log_line {
	uint32_t size_bytes;
	bool is_too_long;
	char text[KEY_LOG_LINE_BYTES_MAX];
};

/* Takes the next bytes of a file.  Zeroed memory is an empty log. */
void key_log_feed(struct key_log *log, struct key_log_line *line, const char *text,
		  size_t size_bytes);

/* The file is over: its last line may lack its end.  Wipes *line. */
void key_log_end(struct key_log *log, struct key_log_line *line);

/* The secret of that connection, the latest if it was logged twice; NULL if there is none. */
const struct key_secret *key_log_find(const struct key_log *log, enum key_label label,
				      const uint8_t client_random[TLS_RANDOM_BYTES]);

#endif
