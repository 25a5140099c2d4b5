/* SPDX-License-Identifier: BSD-2-Clause */
/* Whatever comes in a binary frame: texts end, kinds exist, chains hold, nothing is read behind it.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "feed/continuity.h"
#include "feed/feed.h"
#include "feed/listing/kinds.h"
#include "feed/message/feed_sbe.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes);

static void check_header(const uint8_t *bytes, size_t size_bytes,
			 const struct feed_message *message)
{
	struct feed_sbe_header header;

	if (!feed_sbe_header(bytes, size_bytes, &header)) {
		if (message->kind != FEED_MALFORMED || message->has)
			abort();
		return;
	}
	if ((size_t)header.block_bytes + FEED_SBE_HEADER_BYTES > size_bytes)
		abort();
	if (message->kind != FEED_MALFORMED &&
	    (message->template_id != header.template_id || message->schema_id != header.schema_id))
		abort();
}

static void check_message(const struct feed_message *message)
{
	struct chain chain = { 0 };
	uint64_t missing;
	uint64_t id;

	if (!memchr(message->symbol, '\0', sizeof(message->symbol)) ||
	    !memchr(message->event_name, '\0', sizeof(message->event_name)))
		abort();
	if (message->kind >= FEED_KIND_COUNT || message->event >= FEED_EVENT_COUNT)
		abort();
	if (message->event_time > INT64_MAX || message->last_id > INT64_MAX ||
	    message->trade_id > INT64_MAX)
		abort();
	if (feed_exch_time_us(message, FEED_TIME_MS) != feed_exch_time_us(message, FEED_TIME_US))
		abort();
	(void)feed_identity(message, &id);
	(void)venue_stream_carries("btcusdt@depth", message);
	if (chain_step(&chain, message, &missing) == CHAIN_START &&
	    chain_step(&chain, message, &missing) != CHAIN_REPEAT)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes)
{
	/* Of exactly that size, so that reading one byte more is seen. */
	uint8_t *copy = malloc(size_bytes ? size_bytes : 1);
	struct feed_message message;

	if (!copy)
		return 0;
	memcpy(copy, bytes, size_bytes);
	feed_sbe(copy, size_bytes, &message);
	check_header(copy, size_bytes, &message);
	check_message(&message);
	feed_parse_binary(copy, size_bytes, &message);
	free(copy);
	return 0;
}
