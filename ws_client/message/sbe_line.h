/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What --print says of a message in SBE: one line of JSON, with the keys that
 * the same has in JSON.  Pure.
 */
#ifndef WS_CLIENT_SBE_LINE_H
#define WS_CLIENT_SBE_LINE_H

#include <stddef.h>

#include "feed/feed.h"

#define SBE_LINE_BYTES 512

/* Returns the line's size; it is terminated as well, and ends with no newline. */
size_t sbe_line(char ret_line[SBE_LINE_BYTES], const struct feed_message *feed, size_t size_bytes);

#endif
