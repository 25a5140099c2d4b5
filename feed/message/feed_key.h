/* SPDX-License-Identifier: BSD-2-Clause */
/* One value of a JSON text (RFC 8259), by its key.  Pure. */
#ifndef FEED_KEY_H
#define FEED_KEY_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The first value of that key, at whatever depth: what stands between a text's quotes, escapes
 * as they are, or a number, true or false as it is written.  Points into `text`.  False if there
 * is none, or the first one is empty, null, an object or an array.
 */
bool feed_key_find(const char *text, size_t size_bytes, const char *key, const char **ret_value,
		   size_t *ret_bytes);

#endif
