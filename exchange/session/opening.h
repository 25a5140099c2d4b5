/* SPDX-License-Identifier: BSD-2-Clause */
/* The HTTP request that a connection begins with: taken up, or refused. */
#ifndef EXCHANGE_OPENING_H
#define EXCHANGE_OPENING_H

#include "conn.h"

/* Reads the head of the HTTP request; returns how many of the bytes it took. */
size_t conn_handshake(struct exchange *exchange, int slot, const uint8_t *bytes, size_t size_bytes);

#endif
