/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is a text UTF-8 (RFC 3629)?  A WebSocket text message has to be (RFC 6455,
 * 8.1).  libwebsockets can check, but not safely in 4.1: a frame that fails
 * at the very end of its receive buffer makes it write behind that.  Pure.
 */
#ifndef WIRE_UTF8_H
#define WIRE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/*
 * True for size_bytes bytes of whole, shortest-form UTF-8 without surrogates,
 * up to U+10FFFF; also for none at all.  Not terminated; a byte 0 is valid.
 */
bool utf8_is_valid(const char *text, size_t size_bytes);

#endif
