/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One set of streams at one address, kept alive over any number of TCP
 * connections: connecting again after a break, with growing waits, and
 * changing over to a fresh connection before the old one is taken away.
 */
#ifndef WS_CLIENT_LINK_H
#define WS_CLIENT_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "backoff.h"
#include "ws_client/connection/conn.h"
#include "ws_client/connection/means.h"
#include "ws_client/message/naming.h"
#include "ws_client/message/receive.h"
#include "ws_client/proxy/dial.h"
#include "ws_client/socket/resolve.h"

#define LINK_SIDES 2

struct link {
	struct means *means;
	struct receiver *receiver;
	uint32_t *conn_number_last;
	struct naming_scope scope; /* where, and which streams */
	uint32_t dice;		   /* state of the jitter's random numbers */
	uint32_t active;	   /* the side that counts; the other is its successor */
	bool was_open;		   /* at least once */
	bool is_failed;		   /* it could not be connected at all */
	bool is_rolling; /* a successor is being connected, or runs beside the active side */
	uint32_t resolving_side;
	struct resolve resolve;			  /* of the host's name, or the proxy's */
	char dial_address[RESOLVE_ADDRESS_BYTES]; /* what was found */
	struct dial dial;			  /* where there is a proxy */
	struct backoff backoff;
	struct conn conns[LINK_SIDES];
	lws_sorted_usec_list_t resolve_timer;
	lws_sorted_usec_list_t dial_timer;
	lws_sorted_usec_list_t retry_timer;
	lws_sorted_usec_list_t life_timer;
	lws_sorted_usec_list_t overlap_timer;
};

/*
 * Makes its connections, none of them connected; `link` must be zeroed but
 * for what stands before `dice`.  Returns 0 or -ENOMEM; in either case to be
 * released with link_free().
 */
int link_open(struct link *link);

/* False if a name server's answer is still awaited: the link must then stay in memory. */
bool link_free(struct link *link);

/* Connects for the first time. */
void link_start(struct link *link);

/* Ends it: nothing is connected again. */
void link_stop(struct link *link);

/* True while a connection waits for its orderly end. */
bool link_is_closing(const struct link *link);

/* How many of its connections are established. */
uint32_t link_open_count(const struct link *link);

/* True if it is one of its connections whose TLS handshake is about to begin. */
bool link_takes_tls(struct link *link, const SSL *ssl);

#endif
