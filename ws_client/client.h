/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The client: its connections, its way onto the bus, and what it has counted.
 */
#ifndef WS_CLIENT_CLIENT_H
#define WS_CLIENT_CLIENT_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <libwebsockets.h>

#include "conn.h"
#include "feed.h"
#include "publisher.h"
#include "streams.h"
#include "target.h"

#define CLIENT_PROGRAM	      "websocket_client"
#define CLIENT_CONN_COUNT_MAX 8

/* What was asked for; texts are the caller's and stay his. */
struct client_options {
	const char *ca_file;	 /* NULL: the system's */
	const char *keylog_file; /* NULL: none */
	uint32_t ping_interval_ms;
	uint32_t count_max;  /* stop after so many messages; 0: never */
	uint32_t duration_s; /* 0: for ever */
	bool is_insecure;
	bool is_printing;
	bool is_verbose;
	enum feed_time_unit time_unit;
};

/* Shown at the end; every way to lose something has its own. */
struct client_counts {
	uint64_t messages;
	uint64_t payload_bytes;
	uint64_t kinds[FEED_KIND_COUNT];
	uint64_t unknown_events;
	uint64_t oversize;     /* messages larger than can be put together */
	uint64_t untracked;    /* messages whose place in the stream is not known */
	uint64_t range_errors; /* the two ways to know the range disagreed */
	uint64_t connects;     /* established WebSockets */
	uint64_t connect_failures;
	uint64_t breaks; /* established ones that ended without our wish */
	uint64_t pongs;
	uint64_t ktls;
};

struct client {
	struct client_options options;
	struct publisher publisher;
	struct client_counts counts;
	struct lws_context *context;
	SSL_CTX *ssl_ctx;
	FILE *keylog;
	uint32_t conn_number_last;
	struct streams streams;
	const char *only_stream; /* where the feed does not name it; NULL: there are several */
	bool is_stopping;
	uint64_t stop_deadline_ns;
	uint64_t last_rtt_us;
	lws_sorted_usec_list_t tick_timer;
	size_t conn_count;
	struct conn *conns; /* CLIENT_CONN_COUNT_MAX of them */
};

/*
 * Makes a client without a connection.  Returns 0; a negative errno after it
 * has been complained about.  To be released with client_close().
 */
int client_open(struct client *client, const struct client_options *options);
void client_close(struct client *client);

/* Adds a connection; the target and the streams stay the caller's.  0, -ENOSPC or -ENOMEM. */
int client_add(struct client *client, const struct target *target, const char *const *streams,
	       size_t stream_count);

/* Connects and serves until it is told to stop. */
void client_run(struct client *client, const volatile sig_atomic_t *stop_flag);

/* The bus's index of the stream a message belongs to; 0: unknown. */
uint16_t client_stream_index(struct client *client, const struct feed_message *feed);

/* Begins an orderly end. */
void client_stop(struct client *client);

#endif
