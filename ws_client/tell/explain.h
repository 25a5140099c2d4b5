/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One clear line for each way in which a connection can fail, or a stream
 * stay silent.  What is known of it comes as values; texts are the caller's.
 */
#ifndef WS_CLIENT_EXPLAIN_H
#define WS_CLIENT_EXPLAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "feed/venue.h"
#include "report.h"
#include "wire/ws_frames.h"
#include "ws_client/proxy/url.h"

/* A connection that was never established. */
struct explain_failure {
	const char *host;
	uint16_t port;
	bool is_tls;
	const struct proxy *proxy; /* through which; NULL: directly */
	bool has_connected;	   /* by TCP */
	int connect_err;	   /* if it has not: a positive errno, 0 if nobody knows */
	int verify_error;	   /* X509_V_ERR_..., 0: none */
	bool has_answered;	   /* to the upgrade */
	const char *status_line;   /* what it answered */
	const char *end_why;	   /* why nothing more was read; empty: not known */
	const char *library_why;   /* what libwebsockets says */
};

void explain_failure(struct report *report, const struct explain_failure *failure);

/* A server to which the proxy did not let through; remedy may be NULL. */
struct explain_proxy {
	const char *host;
	uint16_t port;
	const struct proxy *proxy;
	const char *why;
	const char *remedy;
};

void explain_proxy(struct report *report, const struct explain_proxy *failure);

/* An established connection that was lost. */
struct explain_break {
	const char *host;
	uint32_t conn_number;
	enum ws_violation violation;
	const char *close_why; /* what its side or ours said when closing; empty: nothing */
	const char *end_why;   /* why nothing more was read; empty: not known */
};

void explain_break(struct report *report, const struct explain_break *lost);

/* A stream that was asked for and sends nothing. */
enum explain_request { EXPLAIN_IN_URL, EXPLAIN_ACKNOWLEDGED, EXPLAIN_UNANSWERED };

struct explain_silence {
	const char *stream;
	uint32_t silent_s;
	bool has_spoken; /* before */
	enum explain_request request;
	uint32_t served_at;	 /* venue_at bits of everywhere it is served */
	enum venue_route served; /* the route of futures that has it */
	enum venue_route given;	 /* the route of the connection */
	enum venue_kind kind;	 /* of the host */
};

void explain_silence(struct report *report, const struct explain_silence *silence);

#endif
