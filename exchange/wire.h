/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writing a connection's outbox to its socket, record by record.
 */
#ifndef EXCHANGE_WIRE_H
#define EXCHANGE_WIRE_H

#include <libwebsockets.h>

#include "exchange/session/exchange.h"
#include "send_log.h"

enum wire_verdict {
	WIRE_DONE,  /* nothing more to write now; *ret_due_ns says when there is, 0: unknown */
	WIRE_AGAIN, /* the socket is full: go on when it is writable */
	WIRE_END,   /* the connection is to be closed */
};

/* Writes all that is due. */
enum wire_verdict wire_write(struct exchange *exchange, int slot, struct lws *wsi,
			     struct send_log *log, uint64_t *ret_due_ns);

/* Resets the TCP connection at once; the socket is of no use afterwards. */
void wire_reset(struct lws *wsi);

#endif
