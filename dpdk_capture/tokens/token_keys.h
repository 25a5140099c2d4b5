/* SPDX-License-Identifier: BSD-2-Clause */
/* --order-id ORDER-KEY[=MESSAGE-KEY]: by what an order is known, and the message it is for.  Pure.
 */
#ifndef CAPTURE_TOKEN_KEYS_H
#define CAPTURE_TOKEN_KEYS_H

#include "prof/cli.h"

#define TOKEN_KEY_BYTES	     64
#define TOKEN_PAIR_COUNT_MAX 8

struct token_pair {
	char order[TOKEN_KEY_BYTES];
	char message[TOKEN_KEY_BYTES]; /* "": what an order carries is in no message */
};

struct token_keys {
	bool takes_pings; /* --pings */
	size_t pair_count;
	struct token_pair pairs[TOKEN_PAIR_COUNT_MAX];
};

/* Returns NULL and *ret_keys, or in words what is wrong with *ret_text, one of the list's. */
const char *token_keys_parse(const struct prof_text_list *list, struct token_keys *ret_keys,
			     const char **ret_text);

#endif
