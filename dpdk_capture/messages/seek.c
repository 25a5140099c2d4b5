/* SPDX-License-Identifier: BSD-2-Clause */
#include "seek.h"

#include "wire/tls_records.h"

#define HEADER_COUNT_MIN 3

/*
 * In mid connection: application data of TLS 1.2 and later, as a rule; a
 * handshake, an alert or a change of keys among it.  No record is empty.
 */
static bool is_header(const uint8_t *bytes, uint32_t *ret_body_bytes)
{
	return tls_record_is_plausible(bytes, ret_body_bytes) && bytes[2] <= 3 &&
	       *ret_body_bytes > 0;
}

static enum seek_verdict judge(const uint8_t *bytes, size_t size_bytes, bool is_end)
{
	size_t at = 0;

	for (size_t count = 0; count < HEADER_COUNT_MIN; count++) {
		uint32_t body_bytes;

		if (at == size_bytes && count && is_end)
			return SEEK_FOUND;
		if (at + TLS_RECORD_HEADER_BYTES > size_bytes)
			return is_end ? SEEK_NOTHING : SEEK_PENDING;
		if (!is_header(bytes + at, &body_bytes))
			return SEEK_NOTHING;
		at += TLS_RECORD_HEADER_BYTES + body_bytes;
	}
	return SEEK_FOUND;
}

enum seek_verdict seek_records(const uint8_t *bytes, size_t size_bytes, bool is_end, size_t *ret_at)
{
	size_t at = 0;

	for (; at + TLS_RECORD_HEADER_BYTES <= size_bytes; at++) {
		enum seek_verdict verdict;
		uint32_t body_bytes;

		if (!is_header(bytes + at, &body_bytes))
			continue;
		verdict = judge(bytes + at, size_bytes - at, is_end);
		if (verdict == SEEK_NOTHING)
			continue;
		*ret_at = at;
		return verdict;
	}
	*ret_at = at;
	return SEEK_NOTHING;
}
