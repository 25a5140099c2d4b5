/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hot path: from a receive callback to an event on the bus.  Allocates
 * nothing, and does no I/O unless --print asks for it.
 */
#ifndef WS_CLIENT_RECEIVE_H
#define WS_CLIENT_RECEIVE_H

#include <stddef.h>
#include <stdint.h>

struct conn;

#define RECEIVE_PROTOCOL_NAME "market-data"

/*
 * Takes what one receive callback brought.  now_ns is its first instruction.
 * Returns 0, or -1 to have the connection closed.
 */
int receive_chunk(struct conn *conn, const void *bytes, size_t size_bytes, uint64_t now_ns);

#endif
