/* SPDX-License-Identifier: BSD-2-Clause */
#include "token_keys.h"

#include <string.h>

/* What a key in JSON would have to be written with an escape for, and '=' itself. */
static bool is_key(const char *text, size_t size_bytes)
{
	if (size_bytes == 0 || size_bytes >= TOKEN_KEY_BYTES)
		return false;
	for (size_t i = 0; i < size_bytes; i++)
		if ((unsigned char)text[i] < ' ' || strchr("\"\\=", text[i]))
			return false;
	return true;
}

static const char *parse_pair(const char *text, struct token_pair *ret_pair)
{
	const char *equals = strchr(text, '=');
	size_t order_bytes = equals ? (size_t)(equals - text) : strlen(text);
	size_t message_bytes = equals ? strlen(equals + 1) : 0;

	if (!is_key(text, order_bytes) || (equals && !is_key(equals + 1, message_bytes)))
		return "not KEY=KEY or KEY, each of 1 to 63 characters";
	memset(ret_pair, 0, sizeof(*ret_pair));
	memcpy(ret_pair->order, text, order_bytes);
	if (equals)
		memcpy(ret_pair->message, equals + 1, message_bytes);
	return NULL;
}

const char *token_keys_parse(const struct prof_text_list *list, struct token_keys *ret_keys,
			     const char **ret_text)
{
	struct token_keys keys = { 0 };

	for (size_t i = 0; i < list->count; i++) {
		const char *why = i < TOKEN_PAIR_COUNT_MAX
					  ? parse_pair(list->texts[i], &keys.pairs[i])
					  : "more than 8 are given";

		if (why) {
			*ret_text = list->texts[i];
			return why;
		}
		keys.pair_count++;
	}
	*ret_keys = keys;
	return NULL;
}
