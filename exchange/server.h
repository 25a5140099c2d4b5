/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The exchange on libwebsockets: its loop, its sockets, its TLS.
 *
 * Connections are raw sockets to libwebsockets and WebSockets to us (see
 * core/frame.h for the reason).  Time comes from a timerfd and signals from a
 * signalfd, both in the same loop: a timer of libwebsockets is no finer than
 * a millisecond, and a signal handler would race with poll().
 */
#ifndef EXCHANGE_SERVER_H
#define EXCHANGE_SERVER_H

#include "cert.h"
#include "exchange/session/exchange.h"
#include "prof/address.h"
#include "send_log.h"

struct server_config {
	struct prof_address address;
	const struct cert_files *certs; /* NULL: no TLS */
	uint32_t duration_s;		/* 0: until a signal */
	struct exchange *exchange;
	struct send_log *log; /* NULL: none */
	bool is_tls12;	      /* no TLS 1.3 */
	bool is_verbose;
};

struct server;

/*
 * Listens.  SIGINT and SIGTERM are blocked from now on, for server_run() to
 * read.  Returns 0, or a negative errno: -EADDRINUSE and the like, -EPROTO
 * where libwebsockets does not say why.
 */
int server_open(const struct server_config *config, struct server **ret_server);

/* The port, also where any was asked for. */
uint16_t server_port(const struct server *server);

/* Serves until a signal comes or the time is over.  Returns 0 or -EPROTO. */
int server_run(struct server *server);

/* NULL is allowed.  Returns NULL. */
struct server *server_close(struct server *server);

#endif
