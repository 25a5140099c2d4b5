/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the first byte of a proxy's answer to the first of the TLS stream: any
 * answer, in any pieces.  However it is cut, the same bytes are taken and the
 * same is made of them; never is a byte taken behind the end of the answer,
 * and the anchor stands where the answer ended, until the kernel disputes it.
 *
 * The first byte chooses the protocol and where the rest is cut, the second
 * by how much the kernel lies.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wire/tls_records.h"
#include "ws_client/proxy/talk.h"
#include "ws_client/socket/anchor.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes);

/* Lets the whole stream be heard in pieces; returns how much of it was taken. */
static size_t hear_all(struct talk *talk, const uint8_t *bytes, size_t size_bytes, size_t piece)
{
	size_t at = 0;

	while (talk->state == TALK_SAY || (talk->state == TALK_HEAR && at < size_bytes)) {
		size_t there = size_bytes - at < piece ? size_bytes - at : piece;
		size_t taken;

		if (talk->state == TALK_SAY) {
			if (!talk->say_bytes || talk->say_bytes > TALK_SAY_BYTES)
				abort();
			talk_said(talk);
			continue;
		}
		taken = talk_hear(talk, bytes + at, there);
		if (taken > there || (talk->state == TALK_HEAR && taken != there))
			abort();
		at += taken;
	}
	if (at != talk->heard_bytes || at > TALK_ANSWER_BYTES_MAX)
		abort();
	return at;
}

static void check_talk(const struct talk *talk)
{
	if (talk->state != TALK_REFUSED)
		return;
	if (!talk->why[0] || !memchr(talk->why, 0, sizeof(talk->why)) || !talk->remedy)
		abort();
}

static void check_anchor(const uint8_t *bytes, size_t size_bytes, uint64_t answer_bytes,
			 uint8_t lie)
{
	struct tls_records records = { 0 };
	struct anchor anchor;

	anchor_begin(&anchor, answer_bytes, &answer_bytes);
	(void)tls_records_feed(&records, bytes, size_bytes);
	anchor_check(&anchor, records.offset, answer_bytes + records.offset);
	if (!anchor.is_known || anchor.offset != answer_bytes)
		abort();
	anchor_check(&anchor, records.offset, answer_bytes + records.offset + lie);
	if (anchor.is_known == (lie != 0 && answer_bytes + records.offset + lie != 0))
		abort();
	if (!anchor.is_known && anchor.disputed_bytes != lie)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes)
{
	static const char *const urls[] = { "http://p:1", "http://u:p@p:1", "socks5://p",
					    "socks5://u:p@p" };
	struct proxy proxy;
	struct talk whole;
	struct talk pieces;
	size_t taken;

	if (size_bytes < 2 || proxy_parse(urls[bytes[0] & 3], &proxy) != PROXY_OK)
		return 0;
	talk_begin(&whole, &proxy, "h.example", 443);
	talk_begin(&pieces, &proxy, "h.example", 443);
	taken = hear_all(&whole, bytes + 2, size_bytes - 2, size_bytes);
	if (hear_all(&pieces, bytes + 2, size_bytes - 2, (bytes[0] >> 2) + 1u) != taken ||
	    whole.state != pieces.state || strcmp(whole.why, pieces.why) != 0)
		abort();
	check_talk(&whole);
	if (whole.state == TALK_THROUGH)
		check_anchor(bytes + 2 + taken, size_bytes - 2 - taken, taken, bytes[1]);
	return 0;
}
