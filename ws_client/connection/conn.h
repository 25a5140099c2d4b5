/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One TCP connection to the exchange, from connecting to its end: what
 * libwebsockets calls back for, whole messages put together, and why it
 * failed.  What happens to it, its owner is told by a table of operations.
 */
#ifndef WS_CLIENT_CONN_H
#define WS_CLIENT_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libwebsockets.h>

#include "feed/target.h"
#include "feed/venue.h"
#include "means.h"
#include "outgoing.h"
#include "publisher.h"
#include "ws_client/socket/inflow.h"
#include "ws_client/socket/outflow.h"
#include "ws_client/socket/resolve.h"

#define CONN_PROTOCOL_NAME     "market-data"
#define CONN_MESSAGE_BYTES_MAX (1u << 20) /* larger ones are counted and thrown away */
#define CONN_WHY_BYTES	       160

struct conn;

/* A whole message; its text is valid until the operation returns. */
struct conn_message {
	const char *text;
	size_t size_bytes;
	uint64_t now_ns;  /* CLOCK_MONOTONIC at the first instruction of its last callback */
	bool is_oversize; /* too large to be kept: the text is a part of it */
	bool is_binary;
};

/* What the owner is told; all of them must be there. */
struct conn_operations {
	void (*opened)(void *owner, struct conn *conn); /* the WebSocket is established */
	void (*message)(void *owner, struct conn *conn, const struct conn_message *message);
	/* An established one is over; its state still says how it was. */
	void (*closed)(void *owner, struct conn *conn);
	void (*failed)(void *owner, struct conn *conn); /* it was never established */
};

enum conn_state {
	CONN_IDLE,
	CONN_CONNECTING, /* up to the answered upgrade */
	CONN_OPEN,
	CONN_CLOSING, /* we want it gone; what still comes is taken */
};

struct conn {
	const struct conn_operations *operations;
	void *owner;
	struct means *means;
	const struct venue_connection *venue; /* the address and its streams */
	struct lws *wsi;
	uint32_t side;	 /* which of the link's two */
	uint32_t state;	 /* enum conn_state */
	uint32_t number; /* the client's own, counts TCP connections from 1 */

	char address[RESOLVE_ADDRESS_BYTES];
	char host_header[TARGET_HOST_HEADER_BYTES];
	bool has_socket; /* the registry was told, as far as it could be */
	bool is_proxied;
	int fd;
	uint64_t before_bytes; /* read from the socket before the library had it */
	struct prof_socket socket;
	struct publisher_socket place;
	struct inflow inflow;
	struct outflow outflow;
	uint64_t opened_ns;
	uint32_t message_index;
	int verify_error;		/* X509_V_ERR_..., 0: none */
	bool is_doubt_told;		/* why its messages are not placed */
	bool is_compressed;		/* permessage-deflate was agreed upon */
	bool is_refused;		/* by us, for what it sent */
	uint16_t close_code;		/* to be sent with our close frame */
	char close_why[CONN_WHY_BYTES]; /* what the server said when closing, or we */

	/* The message being put together. */
	uint8_t *message; /* CONN_MESSAGE_BYTES_MAX bytes */
	size_t message_bytes;
	bool is_message_oversize;

	struct outgoing outgoing;
};

/*
 * Allocates what a connection needs all its life; `conn` must be zeroed but
 * for operations, owner, means, venue and side.  Returns 0 or -ENOMEM.
 */
int conn_open(struct conn *conn);

/* Frees it again; NULL inside is allowed. */
void conn_free(struct conn *conn);

/* The way to the venue's host. */
struct conn_way {
	const char *address;   /* the host's, or the proxy's, as text */
	int fd;		       /* a socket connected through the proxy, to be owned; -1: none */
	uint64_t before_bytes; /* of its stream, have been the proxy's */
};

/* Starts connecting that way, as the client's number-th connection. */
void conn_start(struct conn *conn, const struct conn_way *way, uint32_t number);

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

/* Asks the kernel whether what was counted is what was read; to be called now and then. */
void conn_check_place(struct conn *conn);

/* Tells the user why an established connection was lost. */
void conn_tell_break(const struct conn *conn);

/* The callback of libwebsockets' protocol. */
int conn_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
		  size_t size_bytes);

/* True if it is this connection whose TLS handshake is about to begin; it is then prepared. */
bool conn_takes_tls(struct conn *conn, const SSL *ssl);

#endif
