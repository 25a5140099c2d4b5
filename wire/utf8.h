/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is a text UTF-8 (RFC 3629)?  A WebSocket text message has to be (RFC 6455,
 * 8.1).  libwebsockets can check, but not safely in 4.1: a frame that fails
 * at the very end of its receive buffer makes it write behind that.  Pure.
 */
#ifndef WS_CLIENT_UTF8_H
#define WS_CLIENT_UTF8_H

#include <stdbool.h>
#include <stddef.h>

bool utf8_is_valid(const char *text, size_t size_bytes);

#endif
