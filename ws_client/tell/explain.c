/* SPDX-License-Identifier: BSD-2-Clause */
#include "explain.h"

#include <errno.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <string.h>

#include "printable.h"

#define WHAT_BYTES (TARGET_HOST_BYTES + PROXY_HOST_BYTES + 64)
#define WHY_BYTES  256

static const char *verify_remedy(int verify_error)
{
	switch (verify_error) {
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		return "use the name that the certificate was issued for";
	case X509_V_ERR_CERT_HAS_EXPIRED:
	case X509_V_ERR_CERT_NOT_YET_VALID:
		return "check this machine's date, or have the server's certificate renewed";
	default:
		return "give the file of its authority with --ca-file";
	}
}

static const char *explain_tcp(const struct explain_failure *failure, char *why)
{
	(void)snprintf(why, WHY_BYTES, "%s",
		       failure->connect_err ? strerror(failure->connect_err)
					    : failure->library_why);
	return failure->connect_err == ECONNREFUSED ? "check that the server runs and listens there"
						    : "check the network and the address";
}

/* "HTTP/1.1 404 Not Found": 404; 0 if it is no such line. */
static unsigned int status_of(const char *line)
{
	unsigned int status = 0;

	if (sscanf(line, "HTTP/1.%*1u %3u", &status) != 1) /* NOLINT(cert-err34-c): 3 digits */
		return 0;
	return status;
}

static const char *answer_remedy(unsigned int status)
{
	switch (status) {
	case 0:
		return "check that a WebSocket server listens on that port";
	case 101:
		return "check what stands between here and the server, a proxy for instance";
	case 401:
	case 403:
	case 407:
		return "it wants to know who asks (a key goes into --header-file), or does not "
		       "serve "
		       "this address";
	case 418:
	case 429:
		return "too much was asked of it from this address: wait some minutes";
	default:
		break;
	}
	if (status >= 300 && status < 400)
		return "redirections are not followed: give the URL it points to";
	if (status >= 500)
		return "the server is in trouble: try again later";
	return "check the path of the URL";
}

/* It is HTTP that it answered, but not the upgrade that was asked for. */
static const char *explain_answer(const struct explain_failure *failure, char *why)
{
	const char *line = failure->status_line;
	unsigned int status = status_of(line);

	if (status == 101)
		(void)snprintf(why, WHY_BYTES, "its WebSocket upgrade is not valid: %s",
			       failure->library_why);
	else if (status)
		(void)snprintf(why, WHY_BYTES, "it does not speak WebSocket on that path: '%s'",
			       line);
	else
		(void)snprintf(why, WHY_BYTES, "its answer is not HTTP: '%s'", line);
	printable_make(why);
	return answer_remedy(status);
}

static void describe_way(char what[WHAT_BYTES], const char *host, uint16_t port,
			 const struct proxy *proxy)
{
	if (proxy)
		(void)snprintf(what, WHAT_BYTES,
			       "cannot connect to %s port %u through the proxy %s port %u", host,
			       port, proxy->host, proxy->port);
	else
		(void)snprintf(what, WHAT_BYTES, "cannot connect to %s port %u", host, port);
}

void explain_proxy(struct report *report, const struct explain_proxy *failure)
{
	char what[WHAT_BYTES];
	char why[WHY_BYTES];

	describe_way(what, failure->host, failure->port, failure->proxy);
	(void)snprintf(why, sizeof(why), "%s", failure->why);
	printable_make(why);
	report_complain(report, what, why, failure->remedy);
}

void explain_failure(struct report *report, const struct explain_failure *failure)
{
	char what[WHAT_BYTES];
	char why[WHY_BYTES];
	const char *remedy;

	describe_way(what, failure->host, failure->port, failure->proxy);
	if (failure->verify_error != X509_V_OK) {
		(void)snprintf(why, sizeof(why), "its certificate is refused: %s",
			       X509_verify_cert_error_string(failure->verify_error));
		remedy = verify_remedy(failure->verify_error);
	} else if (failure->has_answered) {
		remedy = explain_answer(failure, why);
	} else if (!failure->has_connected) {
		remedy = explain_tcp(failure, why);
	} else {
		(void)snprintf(why, sizeof(why), "%s",
			       failure->end_why[0] ? failure->end_why : failure->library_why);
		remedy = failure->is_tls ? "check that the server speaks TLS on that port"
					 : "check that the server speaks WebSocket without TLS";
	}
	report_complain(report, what, why, remedy);
}

/* Whoever ended it: the server's close frame, a breach, the socket, or the library. */
static void why_broken(const struct explain_break *lost, char *why)
{
	if (lost->violation == WS_TOO_LARGE)
		(void)snprintf(why, WHY_BYTES, "it sent %s", ws_violation_text(lost->violation));
	else if (lost->violation != WS_FINE)
		(void)snprintf(why, WHY_BYTES, "the server broke the WebSocket protocol: %s",
			       ws_violation_text(lost->violation));
	else if (lost->close_why[0])
		(void)snprintf(why, WHY_BYTES, "%s", lost->close_why);
	else if (lost->end_why[0])
		(void)snprintf(why, WHY_BYTES, "%s", lost->end_why);
	else
		(void)snprintf(why, WHY_BYTES,
			       "a message was refused, as one that is not UTF-8 is");
}

void explain_break(struct report *report, const struct explain_break *lost)
{
	char what[WHAT_BYTES];
	char why[WHY_BYTES];

	(void)snprintf(what, sizeof(what), "connection %u to %s lost", lost->conn_number,
		       lost->host);
	why_broken(lost, why);
	report_complain(report, what, why, "it is connected again");
}

/* What became of the request for a stream; the URL's are not acknowledged. */
static const char *request_text(enum explain_request request)
{
	switch (request) {
	case EXPLAIN_IN_URL:
		return "it is in the URL";
	case EXPLAIN_ACKNOWLEDGED:
		return "it is acknowledged";
	case EXPLAIN_UNANSWERED:
		break;
	}
	return "the server has not answered the request for it";
}

static bool is_futures(enum venue_kind kind)
{
	return kind == VENUE_FUTURES || kind == VENUE_COIN;
}

static const char *guess_why_quiet(const struct explain_silence *silence)
{
	if (silence->given == VENUE_ROUTE_PRIVATE)
		return "/private has a user's own data only";
	return silence->served_at ? "its symbol may not exist or be quiet"
				  : "no stream of that kind is known";
}

/* Why a stream that was asked for may have nothing to say. */
static void why_silent(const struct explain_silence *silence, char *why)
{
	const char *request = request_text(silence->request);
	enum venue_route served = silence->served;
	enum venue_route given = silence->given;
	uint32_t here = venue_serves(silence->kind);

	if (silence->has_spoken)
		(void)snprintf(why, WHY_BYTES, "it has spoken before, so its market may be quiet");
	else if (given != VENUE_ROUTE_NONE && served != VENUE_ROUTE_NONE && served != given)
		(void)snprintf(
			why, WHY_BYTES,
			"it is served on %s, not on %s, which acknowledges it and sends nothing",
			venue_route_name(served), venue_route_name(given));
	else if (here && silence->served_at && !(silence->served_at & here))
		(void)snprintf(why, WHY_BYTES, "%s; %s does not serve streams of its kind", request,
			       venue_kind_name(silence->kind));
	else if (given == VENUE_ROUTE_NONE && is_futures(silence->kind))
		(void)snprintf(why, WHY_BYTES,
			       "%s; without a route in the URL not all streams speak: try %s",
			       request,
			       served == VENUE_ROUTE_NONE ? "/market or /public"
							  : venue_route_name(served));
	else
		(void)snprintf(why, WHY_BYTES, "%s; %s", request, guess_why_quiet(silence));
}

void explain_silence(struct report *report, const struct explain_silence *silence)
{
	char what[FEED_STREAM_BYTES + 64];
	char why[WHY_BYTES];

	(void)snprintf(what, sizeof(what), "stream %s: silent for %u s", silence->stream,
		       silence->silent_s);
	why_silent(silence, why);
	report_complain(report, what, why,
			"check the stream's name: symbol in lower case, '@', kind");
}
