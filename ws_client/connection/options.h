/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What was asked for on the command line.  Never changed while the client
 * runs; texts are the caller's and stay his.
 */
#ifndef WS_CLIENT_OPTIONS_H
#define WS_CLIENT_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ws_client/proxy/url.h"

struct client_options {
	const struct proxy *proxy; /* to connect through; NULL: directly */
	const char *headers;	   /* more of them for the request, each line with its CR LF */
	size_t headers_bytes;	   /* 0: none */
	const char *order_stream;  /* send orders on its messages; NULL: none */
	uint32_t order_every_count;
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
	bool is_ping_quiet; /* [ping] lines are somebody else's */
	bool is_printing;
	bool is_verbose;
};

#endif
