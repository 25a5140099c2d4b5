/* SPDX-License-Identifier: BSD-2-Clause */
#include "sbe_line.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ws_client/tell/printable.h"

/* A symbol comes from the server: nothing in it may end the text that it stands in. */
static void copy_symbol(char ret_text[FEED_SYMBOL_BYTES], const char *symbol)
{
	(void)snprintf(ret_text, FEED_SYMBOL_BYTES, "%s", symbol);
	printable_make(ret_text);
	for (char *at = ret_text; *at; at++)
		if (*at == '"' || *at == '\\')
			*at = '?';
}

size_t sbe_line(char ret_line[SBE_LINE_BYTES], const struct feed_message *feed, size_t size_bytes)
{
	const struct {
		const char *key;
		enum feed_has bit;
		uint64_t value;
	} numbers[] = {
		{ "E", FEED_HAS_EVENT_TIME, feed->event_time },
		{ "T", FEED_HAS_TRADE_TIME, feed->trade_time },
		{ "U", FEED_HAS_FIRST_ID, feed->first_id },
		{ "u", FEED_HAS_LAST_ID, feed->last_id },
		{ "t", FEED_HAS_TRADE_ID, feed->trade_id },
	};
	char symbol[FEED_SYMBOL_BYTES];
	int used_bytes;

	copy_symbol(symbol, feed->symbol);
	used_bytes = snprintf(ret_line, SBE_LINE_BYTES,
			      "{\"sbe\":%u,\"schema\":%u,\"bytes\":%zu,\"e\":\"%s\",\"s\":\"%s\"",
			      feed->template_id, feed->schema_id, size_bytes, feed->event_name,
			      symbol);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (feed->has & (uint32_t)numbers[i].bit)
			used_bytes += snprintf(
				ret_line + used_bytes, (size_t)(SBE_LINE_BYTES - used_bytes),
				",\"%s\":%" PRIu64, numbers[i].key, numbers[i].value);
	used_bytes += snprintf(ret_line + used_bytes, (size_t)(SBE_LINE_BYTES - used_bytes), "}");
	return (size_t)used_bytes;
}
