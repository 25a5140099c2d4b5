/* SPDX-License-Identifier: BSD-2-Clause */
#include "order_text.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* What looks like a key and a signature, and is neither. */
#define NO_KEY	     "wslatencybottomeasurewithnokeyatallwslatencybottomeasurewithnoke"
#define NO_SIGNATURE "0000000000000000000000000000000000000000000000000000000000000000"

_Static_assert(sizeof(NO_KEY) == 65 && sizeof(NO_SIGNATURE) == 65, "as long as real ones");

bool order_symbol(const char *stream, char ret_symbol[ORDER_SYMBOL_BYTES])
{
	size_t size_bytes = strcspn(stream, "@");

	if (size_bytes == 0 || size_bytes >= ORDER_SYMBOL_BYTES || !stream[size_bytes])
		return false;
	for (size_t i = 0; i < size_bytes; i++) {
		if (!isalnum((unsigned char)stream[i]))
			return false;
		ret_symbol[i] = (char)toupper((unsigned char)stream[i]);
	}
	ret_symbol[size_bytes] = '\0';
	return true;
}

size_t order_text(char ret_text[ORDER_TEXT_BYTES], const char *symbol, uint64_t id,
		  uint64_t wall_ms)
{
	return (size_t)snprintf(
		ret_text, ORDER_TEXT_BYTES,
		"{\"id\":%" PRIu64
		",\"method\":\"order.test\",\"params\":{\"symbol\":\"%s\",\"side\":\"BUY\","
		"\"type\":\"LIMIT\",\"timeInForce\":\"GTC\",\"quantity\":\"1\",\"price\":\"1\","
		"\"newClientOrderId\":\"wslat-%" PRIu64 "\",\"apiKey\":\"" NO_KEY
		"\",\"timestamp\":%" PRIu64 ",\"signature\":\"" NO_SIGNATURE "\"}}",
		id, symbol, id, wall_ms);
}
