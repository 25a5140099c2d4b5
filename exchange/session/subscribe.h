/* SPDX-License-Identifier: BSD-2-Clause */
/* What a connection is subscribed to, and what its client asks about it. */
#ifndef EXCHANGE_SUBSCRIBE_H
#define EXCHANGE_SUBSCRIBE_H

#include "conn.h"

/* Answers a text message of the client. */
void conn_request(struct exchange *exchange, int slot, const char *text, size_t size_bytes);

/* Does both, as the target of the handshake asks. */
void conn_subscribe(struct exchange *exchange, int slot, const char *name);
void conn_unsubscribe(struct exchange *exchange, int slot, size_t subscription_index);

#endif
