/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hot path: from a whole message to an event on the bus.  Allocates
 * nothing, and does no I/O unless --print asks for it.
 */
#ifndef WS_CLIENT_RECEIVE_H
#define WS_CLIENT_RECEIVE_H

#include "feed/feed.h"
#include "follow.h"
#include "naming.h"
#include "ws_client/connection/conn.h"
#include "ws_client/connection/means.h"

/* What all connections receive with; zeroed but for what points elsewhere, and the unit. */
struct receiver {
	struct means *means;
	enum feed_time_unit time_unit;
	struct naming naming;
	struct follow follow;
};

enum receive_verdict {
	RECEIVE_OK,
	RECEIVE_SHUTDOWN, /* the server announces its end: connect a successor */
};

/* Takes one message of a connection whose streams are the scope's. */
enum receive_verdict receive_message(struct receiver *receiver, struct conn *conn,
				     struct naming_scope *scope,
				     const struct conn_message *message);

#endif
