/* SPDX-License-Identifier: BSD-2-Clause */
/* A connection to the venue's WebSocket API: its requests answered, its orders taken. */
#ifndef EXCHANGE_TRADING_H
#define EXCHANGE_TRADING_H

#include "conn.h"

/* Answers a text message of the client. */
void conn_trade(struct exchange *exchange, struct conn *conn, const char *message,
		size_t size_bytes);

#endif
