/* SPDX-License-Identifier: BSD-2-Clause */
#include "key_line.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* The two hashes of TLS 1.3's suites; a master secret is as long as the longer one. */
enum { SECRET_BYTES_SHORT = 32, SECRET_BYTES_LONG = 48 };

static bool is_label(const char *label, size_t size_bytes)
{
	if (size_bytes < 1 || size_bytes > KEYS_LABEL_BYTES_MAX)
		return false;
	for (size_t i = 0; i < size_bytes; i++) {
		char c = label[i];

		if (!(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') && c != '_')
			return false;
	}
	return true;
}

static bool is_known(const struct keys_record *record)
{
	bool is_long = record->secret_bytes == SECRET_BYTES_LONG;

	switch (record->kind) {
	case KEYS_LOGGED:
		if (!is_label(record->label, record->label_bytes))
			return false;
		break;
	case KEYS_TLS13:
		break;
	case KEYS_TLS12:
		return is_long;
	default:
		return false;
	}
	return is_long || record->secret_bytes == SECRET_BYTES_SHORT;
}

static char *write_text(char *at, const char *text, size_t size_bytes)
{
	memcpy(at, text, size_bytes);
	at[size_bytes] = ' ';
	return at + size_bytes + 1;
}

static char *write_hex(char *at, const __u8 *bytes, size_t size_bytes)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < size_bytes; i++) {
		*at++ = digits[bytes[i] >> 4];
		*at++ = digits[bytes[i] & 15];
	}
	return at;
}

size_t key_line_write(const struct keys_record *record, char ret_line[KEY_LINE_BYTES_MAX])
{
	static const char unbound[] = "SERVER_TRAFFIC_SECRET_0";
	static const char master[] = "CLIENT_RANDOM";
	char *at = ret_line;

	if (!is_known(record))
		return 0;
	if (record->kind == KEYS_LOGGED)
		at = write_text(at, record->label, record->label_bytes);
	else if (record->kind == KEYS_TLS13)
		at = write_text(at, unbound, sizeof(unbound) - 1);
	else
		at = write_text(at, master, sizeof(master) - 1);
	at = write_hex(at, record->client_random, sizeof(record->client_random));
	*at++ = ' ';
	at = write_hex(at, record->secret, record->secret_bytes);
	*at++ = '\n';
	*at = '\0';
	return (size_t)(at - ret_line);
}
