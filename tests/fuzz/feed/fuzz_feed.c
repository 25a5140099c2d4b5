/* SPDX-License-Identifier: BSD-2-Clause */
/* Whatever a server sends as a message: texts end, kinds exist, chains hold. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "feed/continuity.h"
#include "feed/message/feed_key.h"
#include "tests/unit/feed/message/feed_same.h"
#include "wire/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes);

static void check_text(const char *text, size_t room_bytes)
{
	if (!memchr(text, '\0', room_bytes))
		abort();
}

/* Where the quick way and lejp both read a text, they read the same. */
static void compare_ways(const char *text, size_t size_bytes)
{
	static struct feed_parser quick;
	static struct feed_parser lejp;
	struct feed_message a;
	struct feed_message b;

	memset(&quick, 0, sizeof(quick));
	memset(&lejp, 0, sizeof(lejp));
	if (!feed_scan(text, size_bytes, &quick) || !feed_lejp(text, size_bytes, &lejp))
		return;
	feed_finish(&quick, &a);
	feed_finish(&lejp, &b);
	if (!feed_is_same(&a, &b))
		abort();
}

/* What is given lies in the text. */
static void check_value(const char *text, size_t size_bytes)
{
	const char *value;
	size_t value_bytes;

	if (feed_key_find(text, size_bytes, "u", &value, &value_bytes) &&
	    (value < text || !value_bytes || value_bytes > size_bytes - (size_t)(value - text)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes)
{
	/* Of exactly that size, so that reading one byte more is seen. */
	char *text = malloc(size_bytes ? size_bytes : 1);
	struct feed_message message;
	struct chain chain = { 0 };
	uint64_t missing;
	uint64_t id;

	if (!text)
		return 0;
	memcpy(text, bytes, size_bytes);
	(void)utf8_is_valid(text, size_bytes);
	compare_ways(text, size_bytes);
	check_value(text, size_bytes);
	feed_parse(text, size_bytes, &message);
	free(text);
	check_text(message.stream, sizeof(message.stream));
	check_text(message.event_name, sizeof(message.event_name));
	check_text(message.symbol, sizeof(message.symbol));
	check_text(message.text, sizeof(message.text));
	if (message.kind >= FEED_KIND_COUNT || message.event >= FEED_EVENT_COUNT)
		abort();
	if (!(message.has & FEED_HAS_TRADE_TIME) && message.trade_time)
		abort();
	(void)feed_identity(&message, &id);
	(void)feed_exch_time_us(&message, FEED_TIME_MS);
	if (chain_step(&chain, &message, &missing) == CHAIN_START &&
	    chain_step(&chain, &message, &missing) != CHAIN_REPEAT)
		abort();
	return 0;
}
