/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The client: its links, its way onto the bus, and what it has counted.
 */
#ifndef WS_CLIENT_CLIENT_H
#define WS_CLIENT_CLIENT_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <libwebsockets.h>

#include "conn.h"
#include "feed/dedupe.h"
#include "feed/feed.h"
#include "feed/streams.h"
#include "feed/venue.h"
#include "link.h"
#include "publisher.h"

#define CLIENT_PROGRAM "websocket_client"

/* What was asked for; texts are the caller's and stay his. */
struct client_options {
	const char *ca_file;	 /* NULL: the system's */
	const char *keylog_file; /* NULL: none */
	uint32_t ping_interval_ms;
	uint32_t count_max;	    /* stop after so many messages; 0: never */
	uint32_t duration_s;	    /* 0: for ever */
	uint32_t silence_timeout_s; /* 0: never mind */
	uint32_t roll_over_s;	    /* a connection's age for a successor; 0: never */
	uint32_t backoff_max_ms;
	uint32_t dead_timeout_ms; /* without an answer to a ping; 0: never */
	bool is_compressing;	  /* offer permessage-deflate */
	bool is_insecure;
	bool is_printing;
	bool is_verbose;
};

/* Shown at the end; every way to lose something has its own. */
struct client_counts {
	uint64_t messages;   /* received */
	uint64_t passed;     /* of those, not had before on another connection */
	uint64_t duplicates; /* the others */
	uint64_t payload_bytes;
	uint64_t kinds[FEED_KIND_COUNT];
	uint64_t unknown_events;
	uint64_t oversize;	   /* messages larger than can be put together */
	uint64_t untracked;	   /* messages whose place in the stream is not known */
	uint64_t range_errors;	   /* the two ways to know the range disagreed */
	uint64_t streams_overflow; /* messages of streams for which the table had no room */
	uint64_t gaps;		   /* within a connection */
	uint64_t gap_messages;	   /* missing there, as far as ids tell */
	uint64_t break_messages;   /* missing across reconnects, as far as ids tell */
	uint64_t repeats;	   /* ids that went backwards within a connection */
	uint64_t connects;	   /* established WebSockets */
	uint64_t connect_failures;
	uint64_t breaks;     /* established ones that ended without our wish */
	uint64_t roll_overs; /* successors that took over */
	uint64_t pongs;
	uint64_t ktls; /* messages that the kernel decrypted */
};

struct client {
	struct client_options options;
	struct publisher publisher;
	struct client_counts counts;
	struct lws_context *context;
	SSL_CTX *ssl_ctx;
	FILE *keylog;
	bool is_keylog_told; /* that it cannot be written */
	const struct venue_plan *plan;
	uint32_t conn_number_last;
	uint32_t dice;		  /* state of the jitter's random numbers */
	uint32_t overlap_count;	  /* links with two connections just now */
	uint64_t overlap_over_ns; /* when the last one ended */
	bool is_stopping;
	uint64_t stop_deadline_ns;
	int bus_err;	/* why the bus can no longer be used; 0: it can */
	int output_err; /* the same of standard output */
	uint64_t bus_checked_ns;
	uint64_t last_rtt_us;
	uint64_t second_ns;	  /* when the last whole second was reported */
	uint64_t second_messages; /* messages then */
	uint64_t progress_ns;	  /* when progress was last told */
	bool is_progress_shown;	  /* on a terminal, without a line feed */
	lws_sorted_usec_list_t tick_timer;
	size_t link_count;
	struct link links[VENUE_CONNECTION_COUNT_MAX];
	struct streams streams;
	struct dedupe dedupe;
};

/*
 * Makes a client for a plan, which stays the caller's; `client` must be
 * zeroed.  Returns 0; a negative errno after it has been complained about.
 * To be released with client_close() in either case.
 */
int client_open(struct client *client, const struct client_options *options,
		const struct venue_plan *plan);

/* False if a name server's answer is still awaited: the client must then stay in memory. */
bool client_close(struct client *client);

/* Connects and serves until it is told to stop, or cannot go on: see bus_err, output_err. */
void client_run(struct client *client, const volatile sig_atomic_t *stop_flag);

/* Begins an orderly end. */
void client_stop(struct client *client);

/* After writing to standard output: what could not be written must not go on unseen. */
void client_check_output(struct client *client);

/* Two connections carry the same streams from now on, or no longer. */
void client_begin_overlap(struct client *client);
void client_end_overlap(struct client *client);

/* True while a message may come a second time: in an overlap and shortly after it. */
bool client_is_overlapping(const struct client *client, uint64_t now_ns);

/* A random number for jitter; nothing secret. */
uint32_t client_dice(struct client *client);

#endif
