/* SPDX-License-Identifier: BSD-2-Clause */
#include "outflow.h"

#include <openssl/bio.h>

#include "consumed.h"
#include "prof/clock.h"

void outflow_begin(struct outflow *outflow, int fd, bool is_tls, bool is_proxied)
{
	uint64_t kernel_bytes = 0;
	bool is_told = sent_read(fd, &kernel_bytes);

	outflow->fd = fd;
	outflow->is_tls = is_tls;
	anchor_begin(&outflow->anchor, 0, is_told ? &kernel_bytes : NULL);
	if (is_proxied && !kernel_bytes)
		outflow->anchor.is_known = false;
}

void outflow_take_record_bytes(struct outflow *outflow, const void *bytes, size_t size_bytes)
{
	if (tls_records_feed(&outflow->records, bytes, size_bytes))
		outflow->sent_ns = prof_now_ns();
}

void outflow_begin_write(struct outflow *outflow)
{
	if (!outflow->is_open)
		outflow->write_start_offset = outflow->records.offset;
	outflow->is_open = true;
}

static void disagree(struct outflow *outflow)
{
	outflow->mismatch_count++;
	outflow->is_lost = true;
}

void outflow_end_write(struct outflow *outflow, const SSL *ssl, const void *bytes,
		       size_t size_bytes)
{
	const struct ws_chunk chunk = {
		.bytes = bytes,
		.size_bytes = size_bytes,
		.start_offset = outflow->anchor.offset + outflow->write_start_offset,
		.end_offset = outflow->anchor.offset + outflow->records.end_offset,
		.recv_ns = outflow->sent_ns,
	};
	BIO *bio = SSL_get_wbio(ssl);

	outflow->is_open = false;
	if (BIO_get_ktls_send(bio))
		outflow->is_ktls = true;
	/* Whole records, at least one of them new, and all that the socket has taken. */
	if (outflow->records.is_broken || outflow->records.end_offset != outflow->records.offset ||
	    outflow->records.end_offset <= outflow->write_start_offset ||
	    outflow->records.offset != BIO_number_written(bio))
		disagree(outflow);
	ws_sent_feed(&outflow->frames, &chunk);
}

void outflow_take_plain(struct outflow *outflow, const void *bytes, size_t size_bytes)
{
	uint64_t start_offset = outflow->anchor.offset + outflow->sent_bytes;
	const struct ws_chunk chunk = {
		.bytes = bytes,
		.size_bytes = size_bytes,
		.start_offset = start_offset,
		.end_offset = start_offset + size_bytes,
		.recv_ns = prof_now_ns(),
		.is_plain = true,
	};

	outflow->sent_bytes += size_bytes;
	ws_sent_feed(&outflow->frames, &chunk);
}

void outflow_check(struct outflow *outflow)
{
	uint64_t taken_bytes = outflow->is_tls ? outflow->records.offset : outflow->sent_bytes;
	uint64_t expected_bytes = outflow->anchor.offset + taken_bytes;
	uint64_t kernel_bytes;

	if (outflow->is_ktls || outflow->is_lost || !sent_read(outflow->fd, &kernel_bytes))
		return;
	if (kernel_bytes == expected_bytes || !sent_is(outflow->fd, expected_bytes))
		anchor_check(&outflow->anchor, taken_bytes, kernel_bytes);
}

bool outflow_is_placed(const struct outflow *outflow)
{
	return outflow->anchor.is_known && !outflow->is_lost && !outflow->is_ktls;
}
