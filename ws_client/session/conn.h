/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One TCP connection to the exchange, from connecting to its end: what
 * libwebsockets calls back for, what is sent, and why it failed.
 */
#ifndef WS_CLIENT_CONN_H
#define WS_CLIENT_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libwebsockets.h>

#include "feed/target.h"
#include "publisher.h"
#include "ws_client/socket/resolve.h"
#include "ws_client/socket/inflow.h"

#define CONN_MESSAGE_BYTES_MAX (1u << 20) /* larger ones are counted and thrown away */
#define CONN_TX_BYTES	       16384
#define CONN_WHY_BYTES	       160

struct client;
struct link;

enum conn_state {
	CONN_IDLE,
	CONN_CONNECTING, /* up to the answered upgrade */
	CONN_OPEN,
	CONN_CLOSING, /* we want it gone; what still comes is taken */
};

struct conn {
	struct client *client;
	struct link *link;
	struct lws *wsi;
	uint32_t side;	 /* which of the link's two */
	uint32_t state;	 /* enum conn_state */
	uint32_t number; /* the client's own, counts TCP connections from 1 */

	char address[RESOLVE_ADDRESS_BYTES];
	char host_header[TARGET_HOST_HEADER_BYTES];
	bool has_socket; /* the registry was told, as far as it could be */
	int fd;
	struct prof_socket socket;
	struct publisher_socket place;
	struct wire wire;
	uint64_t opened_ns;
	uint32_t message_index;
	int verify_error; /* X509_V_ERR_..., 0: none */
	bool is_ktls_told;
	bool is_compressed;		/* permessage-deflate was agreed upon */
	bool is_refused;		/* by us, for what it sent */
	uint16_t close_code;		/* to be sent with our close frame */
	char close_why[CONN_WHY_BYTES]; /* what the server said when closing, or we */

	/* The message being put together. */
	uint8_t *message; /* CONN_MESSAGE_BYTES_MAX bytes */
	size_t message_bytes;
	bool is_message_oversize;

	/* What is to be sent. */
	size_t subscribed_count;     /* of the link's streams: in the URL or asked for */
	uint64_t acknowledged_count; /* of these, as far as the server has answered */
	bool is_subscribe_due;
	uint64_t ping_sent_ns; /* 0: none is under way */
	bool is_ping_due;
	uint8_t tx[LWS_PRE + CONN_TX_BYTES];

	lws_sorted_usec_list_t ping_timer;
	lws_sorted_usec_list_t subscribe_timer;
};

/* Starts connecting to an address of the link's host. */
void conn_start(struct conn *conn, const char *address);

/* True once every stream has been asked for. */
bool conn_has_subscribed(const struct conn *conn);

/* Asks the server to close it. */
void conn_stop(struct conn *conn);

/*
 * Closes a connection for what it sent, with a WebSocket close code.  Not by
 * the receive callback's return value: libwebsockets 4.1 would go on writing
 * behind its full buffer if that came in the middle of a frame.
 */
void conn_refuse(struct conn *conn, uint16_t code, const char *why);

/* Ends a connection that does not answer any more, without asking. */
void conn_kill(struct conn *conn, const char *why);

/* The callback of libwebsockets' protocol. */
int conn_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
		  size_t size_bytes);

/* TCP is connected and TLS is about to begin. */
void conn_on_tls_start(struct conn *conn, SSL *ssl);

#endif
