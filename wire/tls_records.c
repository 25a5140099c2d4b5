/* SPDX-License-Identifier: BSD-2-Clause */
#include "tls_records.h"

#include <string.h>

/* Content types change_cipher_spec to heartbeat (RFC 8446, 5.1 and B.1). */
enum { CONTENT_TYPE_FIRST = 20, CONTENT_TYPE_LAST = 24, VERSION_MAJOR = 3 };

static size_t min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

bool tls_record_is_plausible(const uint8_t *header, uint32_t *ret_body_bytes)
{
	*ret_body_bytes = (uint32_t)header[3] << 8 | header[4];
	return header[0] >= CONTENT_TYPE_FIRST && header[0] <= CONTENT_TYPE_LAST &&
	       header[1] == VERSION_MAJOR && *ret_body_bytes <= TLS_RECORD_BODY_BYTES_MAX;
}

static size_t take_header(struct tls_records *records, const uint8_t *bytes, size_t size_bytes)
{
	size_t taken = min_size(size_bytes, TLS_RECORD_HEADER_BYTES - records->header_bytes);

	memcpy(records->header + records->header_bytes, bytes, taken);
	records->header_bytes = (uint8_t)(records->header_bytes + taken);
	records->offset += taken;
	if (records->header_bytes == TLS_RECORD_HEADER_BYTES)
		records->is_broken = !tls_record_is_plausible(records->header,
							      &records->left_bytes);
	return taken;
}

static size_t take_body(struct tls_records *records, size_t size_bytes)
{
	size_t taken = min_size(size_bytes, records->left_bytes);

	records->left_bytes -= (uint32_t)taken;
	records->offset += taken;
	return taken;
}

static void end_record(struct tls_records *records)
{
	uint32_t body_bytes = (uint32_t)records->header[3] << 8 | records->header[4];

	records->end_offset = records->offset;
	records->start_offset = records->offset - TLS_RECORD_HEADER_BYTES - body_bytes;
	records->record_count++;
	records->header_bytes = 0;
}

size_t tls_records_feed(struct tls_records *records, const uint8_t *bytes, size_t size_bytes)
{
	size_t completed = 0;

	while (size_bytes && !records->is_broken) {
		size_t taken;

		if (records->header_bytes < TLS_RECORD_HEADER_BYTES)
			taken = take_header(records, bytes, size_bytes);
		else
			taken = take_body(records, size_bytes);
		bytes += taken;
		size_bytes -= taken;
		/* Also right behind the header: a record may be empty. */
		if (records->header_bytes == TLS_RECORD_HEADER_BYTES && !records->left_bytes &&
		    !records->is_broken) {
			end_record(records);
			completed++;
		}
	}
	records->offset += size_bytes;
	return completed;
}
