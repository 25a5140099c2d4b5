/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One connection to the exchange, over all its reconnects.
 */
#ifndef WS_CLIENT_CONN_H
#define WS_CLIENT_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libwebsockets.h>

#include "publisher.h"
#include "target.h"
#include "wire.h"

#define CONN_MESSAGE_BYTES_MAX (1u << 20) /* larger ones are counted and thrown away */
#define CONN_STREAM_COUNT_MAX  1024	  /* the exchange's own limit */
#define CONN_TX_BYTES	       32768

struct client;

enum conn_state {
	CONN_IDLE,	 /* waiting for its time to connect */
	CONN_CONNECTING, /* up to the answered upgrade */
	CONN_OPEN,
	CONN_CLOSING, /* we want it gone */
};

struct conn {
	struct client *client;
	const struct target *target;
	struct lws *wsi;
	uint32_t state; /* enum conn_state */
	uint32_t slot;	/* which of the client's connections */

	/* Of the present TCP connection. */
	uint32_t number; /* the client's own, counts TCP connections from 1 */
	bool has_socket; /* the registry was told, as far as it could be */
	int fd;
	struct prof_socket socket;
	struct publisher_socket place;
	struct wire wire;
	uint32_t message_index;
	bool is_tap_checked;
	int verify_error; /* X509_V_ERR_..., 0: none */

	/* The message being put together. */
	uint8_t *message; /* CONN_MESSAGE_BYTES_MAX bytes */
	size_t message_bytes;
	bool is_message_oversize;

	/* What is to be sent. */
	const char *const *streams; /* to SUBSCRIBE to after connecting */
	size_t stream_count;
	size_t subscribed_count; /* of those, asked for */
	uint64_t ping_sent_ns;	 /* 0: none is under way */
	bool is_ping_due;
	uint8_t tx[LWS_PRE + CONN_TX_BYTES];

	lws_sorted_usec_list_t retry_timer;
	lws_sorted_usec_list_t ping_timer;
};

/* Starts connecting. */
void conn_start(struct conn *conn);

/* Asks the server to close; the connection is not opened again. */
void conn_stop(struct conn *conn);

/* The callback of libwebsockets' protocol; `user` is the struct conn. */
int conn_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
		  size_t size_bytes);

/* TCP is connected and TLS is about to begin. */
void conn_on_tls_start(struct conn *conn, SSL *ssl);

#endif
