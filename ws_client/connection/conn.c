/* SPDX-License-Identifier: BSD-2-Clause */
#include "conn.h"

#include <errno.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "prof/clock.h"
#include "trust.h"
#include "ws_client/socket/probe.h"
#include "ws_client/socket/tap.h"
#include "ws_client/tell/explain.h"
#include "ws_client/tell/printable.h"
#include "ws_client/tell/report.h"

int conn_open(struct conn *conn)
{
	conn->message = malloc(CONN_MESSAGE_BYTES_MAX);
	return conn->message ? 0 : -ENOMEM;
}

void conn_free(struct conn *conn)
{
	free(conn->message);
	conn->message = NULL;
}

/* ---- The TCP connection, before and after its use --------------------- */

static void forget_socket(struct conn *conn)
{
	if (!conn->has_socket)
		return;
	publisher_unregister(conn->means->publisher, &conn->place);
	(void)tap_plain(conn->fd, NULL); /* a bad descriptor was refused before */
	conn->has_socket = false;
}

/* The TCP connection is there; nothing has been read from it yet. */
static void adopt_socket(struct conn *conn, int fd)
{
	int err;

	if (conn->has_socket)
		return;
	conn->fd = fd;
	conn->has_socket = true;
	err = publisher_register(conn->means->publisher, fd, conn->number,
				 conn->venue->target.is_tls, &conn->socket, &conn->place);
	if (err < 0)
		report_complain(conn->means->report, "cannot register the socket on the bus",
				strerror(-err), "its messages cannot be matched to other layers");
}

bool conn_takes_tls(struct conn *conn, const SSL *ssl)
{
	if (!conn->wsi || lws_get_ssl(conn->wsi) != ssl)
		return false;
	if (inflow_of(ssl))
		return true; /* it is negotiated once more, and long known */
	adopt_socket(conn, SSL_get_fd(ssl));
	inflow_attach(&conn->inflow, lws_get_ssl(conn->wsi), conn->before_bytes);
	outflow_begin(&conn->outflow, conn->fd, true, conn->is_proxied);
	trust_prepare(lws_get_ssl(conn->wsi), conn->venue->target.host,
		      conn->means->options->is_insecure);
	return true;
}

static uint16_t breach_code(const struct conn *conn)
{
	return conn->inflow.frames.violation == WS_TOO_LARGE ? LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE
							     : LWS_CLOSE_STATUS_PROTOCOL_ERR;
}

/*
 * libwebsockets' parser comes to it next, and mostly gives up and closes the
 * connection, with this code where one was left for it; if not, we do, when
 * there is nothing whole left to be taken: on_writeable().  Where that happens
 * before the upgrade is done there is no WebSocket yet: on_established().
 */
static void on_breach(void *context)
{
	struct conn *conn = context;

	if (conn->state != CONN_OPEN)
		return;
	lws_close_reason(conn->wsi, (enum lws_close_status)breach_code(conn), NULL, 0);
	(void)lws_callback_on_writable(conn->wsi);
}

static void begin_connection(struct conn *conn, const struct conn_way *way, uint32_t number)
{
	memset(&conn->inflow, 0, sizeof(conn->inflow));
	conn->inflow.on_breach = on_breach;
	conn->inflow.context = conn;
	memset(&conn->outflow, 0, sizeof(conn->outflow));
	conn->inflow.outflow = &conn->outflow;
	conn->wsi = NULL;
	conn->number = number;
	conn->has_socket = false;
	conn->opened_ns = 0;
	conn->message_index = 0;
	conn->message_bytes = 0;
	conn->is_message_oversize = false;
	conn->verify_error = X509_V_OK;
	conn->is_doubt_told = false;
	conn->before_bytes = way->before_bytes;
	conn->is_proxied = way->fd >= 0;
	conn->close_why[0] = '\0';
	conn->is_refused = false;
	conn->is_compressed = false;
	conn->close_code = LWS_CLOSE_STATUS_NORMAL;
	outgoing_begin(&conn->outgoing, conn->means, conn->venue,
		       &(struct requests){ .publisher = conn->means->publisher,
					   .outflow = &conn->outflow,
					   .inflow = &conn->inflow,
					   .socket = &conn->socket });
	(void)snprintf(conn->address, sizeof(conn->address), "%s", way->address);
	target_host_header(&conn->venue->target, conn->host_header);
	conn->state = CONN_CONNECTING;
}

void conn_stop(struct conn *conn)
{
	if (conn->state == CONN_OPEN && conn->wsi) {
		conn->state = CONN_CLOSING;
		outgoing_end(&conn->outgoing);
		(void)lws_callback_on_writable(conn->wsi);
	}
}

void conn_refuse(struct conn *conn, uint16_t code, const char *why)
{
	if (conn->is_refused)
		return;
	conn->is_refused = true;
	conn->state = CONN_CLOSING;
	outgoing_end(&conn->outgoing);
	conn->close_code = code;
	(void)snprintf(conn->close_why, sizeof(conn->close_why), "%s", why);
	(void)lws_callback_on_writable(conn->wsi);
}

void conn_kill(struct conn *conn, const char *why)
{
	(void)snprintf(conn->close_why, sizeof(conn->close_why), "%s", why);
	lws_set_timeout(conn->wsi, PENDING_TIMEOUT_KILLED_BY_PARENT, LWS_TO_KILL_ASYNC);
}

void conn_check_place(struct conn *conn)
{
	if (!conn->has_socket)
		return;
	inflow_check(&conn->inflow);
	outflow_check(&conn->outflow);
}

/* What only the two flows know is added up when a connection ends. */
static void count_flows(struct conn *conn)
{
	conn->means->counts->range_errors += conn->inflow.mismatch_count +
					     conn->inflow.frames.lost_count +
					     conn->outflow.mismatch_count;
	conn->inflow.mismatch_count = 0;
	conn->inflow.frames.lost_count = 0;
	conn->outflow.mismatch_count = 0;
}

/* The connection is over, whatever the reason.  Called more than once for some. */
static void on_gone(struct conn *conn)
{
	bool was_open = conn->state == CONN_OPEN || conn->state == CONN_CLOSING;
	bool was_connecting = conn->state == CONN_CONNECTING;

	forget_socket(conn);
	count_flows(conn);
	outgoing_end(&conn->outgoing);
	if (was_open)
		conn->operations->closed(conn->owner, conn);
	conn->state = CONN_IDLE;
	conn->wsi = NULL;
	if (was_connecting)
		conn->operations->failed(conn->owner, conn);
}

static void tell_failure(const struct conn *conn, const char *library_why)
{
	const struct target *target = &conn->venue->target;
	const struct explain_failure failure = {
		.host = target->host,
		.port = target->port,
		.is_tls = target->is_tls,
		.has_connected = conn->has_socket,
		.proxy = conn->is_proxied ? conn->means->options->proxy : NULL,
		.connect_err = conn->has_socket || conn->is_proxied
				       ? 0
				       : probe_connect(conn->address, target->port),
		.verify_error = conn->verify_error,
		.has_answered = conn->inflow.frames.head.status_bytes > 0,
		.status_line = conn->inflow.frames.head.status_line,
		.end_why = conn->inflow.end_why,
		.library_why = library_why,
	};

	explain_failure(conn->means->report, &failure);
}

void conn_tell_break(const struct conn *conn)
{
	const struct explain_break lost = {
		.host = conn->venue->target.host,
		.conn_number = conn->number,
		.violation = (enum ws_violation)conn->inflow.frames.violation,
		.close_why = conn->close_why,
		.end_why = conn->inflow.end_why,
	};

	explain_break(conn->means->report, &lost);
}

/*
 * libwebsockets' timeout counts from each step: TCP, TLS, HTTP.  4.1 says nothing of it; 4.3
 * says what it waited for ("Timed out waiting server reply"), which is told better below.
 */
static const char no_answer[] = "it did not answer in time";

static const char *failure_text(const char *library_text)
{
	static const char timed_out[] = "Timed out waiting";

	if (!library_text)
		return "no reason given";
	return strncmp(library_text, timed_out, strlen(timed_out)) == 0 ? no_answer : library_text;
}

static void on_connect_failure(struct conn *conn, const char *text)
{
	if (conn->state != CONN_CONNECTING)
		return;
	conn->means->counts->connect_failures++;
	tell_failure(conn, failure_text(text));
	on_gone(conn);
}

void conn_start(struct conn *conn, const struct conn_way *way, uint32_t number)
{
	/* We ping ourselves.  libwebsockets multiplies these by 10^6 in an int: 2147 is the end. */
	static const lws_retry_bo_t hardly_ever = {
		.secs_since_valid_ping = 2000,
		.secs_since_valid_hangup = 2100,
	};
	const struct target *target = &conn->venue->target;
	const struct lws_client_connect_info info = {
		.context = conn->means->context,
		.address = conn->address,
		.port = target->port,
		.ssl_connection = LCCSCF_HTTP_NO_FOLLOW_REDIRECT | LCCSCF_PRIORITIZE_READS |
				  (target->is_tls ? trust_flags(conn->means->options->is_insecure)
						  : 0),
		.path = target->path,
		.host = conn->host_header,
		.ietf_version_or_minus_one = -1,
		.userdata = conn,
		.local_protocol_name = CONN_PROTOCOL_NAME,
		.alpn = "http/1.1", /* not HTTP/2: its frames would lie around ours */
		.retry_and_idle_policy = &hardly_ever,
		.pwsi = &conn->wsi,
	};

	int left_fd;

	begin_connection(conn, way, number);
	tap_hand_over(way->fd);
	/* What fails at once, as without a route, libwebsockets 4.1 calls back for or does not. */
	if (!lws_client_connect_via_info(&info))
		on_connect_failure(conn, NULL);
	left_fd = tap_take_back();
	if (left_fd >= 0)
		(void)close(left_fd);
}

/* ---- Messages ---------------------------------------------------------- */

static void gather(struct conn *conn, const void *bytes, size_t size_bytes)
{
	if (size_bytes > CONN_MESSAGE_BYTES_MAX - conn->message_bytes) {
		conn->is_message_oversize = true;
		return;
	}
	memcpy(conn->message + conn->message_bytes, bytes, size_bytes);
	conn->message_bytes += size_bytes;
}

static void hand_over(struct conn *conn, const void *text, size_t size_bytes, uint64_t now_ns)
{
	const struct conn_message message = {
		.text = text,
		.size_bytes = size_bytes,
		.now_ns = now_ns,
		.is_oversize = conn->is_message_oversize,
		.is_binary = lws_frame_is_binary(conn->wsi),
	};

	conn->operations->message(conn->owner, conn, &message);
}

/*
 * libwebsockets 4.1 lets a masked frame pass, and waits for any length it is
 * told.  What was whole before that has been sent, and is taken.
 */
static bool is_hopeless(const struct conn *conn)
{
	const struct ws_frames *frames = &conn->inflow.frames;

	return conn->is_refused || (frames->violation != WS_FINE && ws_frames_is_empty(frames));
}

/* The hot path begins here: a piece of a message, mostly all of it.  Allocates nothing. */
static void on_chunk(struct conn *conn, const void *bytes, size_t size_bytes, uint64_t now_ns)
{
	bool is_first = lws_is_first_fragment(conn->wsi);
	bool is_final = lws_is_final_fragment(conn->wsi);

	if (conn->means->is_ending || is_hopeless(conn))
		return;
	if (is_first) {
		conn->message_bytes = 0;
		conn->is_message_oversize = false;
	}
	if (is_first && is_final) {
		hand_over(conn, bytes, size_bytes, now_ns);
		return;
	}
	gather(conn, bytes, size_bytes);
	if (is_final)
		hand_over(conn, conn->message, conn->message_bytes, now_ns);
}

/* ---- The callback ----------------------------------------------------- */

/* One frame a call, as libwebsockets wants it. */
static int on_writeable(struct conn *conn)
{
	if (conn->inflow.is_breach_told)
		conn_refuse(conn, breach_code(conn),
			    ws_violation_text((enum ws_violation)conn->inflow.frames.violation));
	if (conn->state == CONN_CLOSING) {
		lws_close_reason(conn->wsi, (enum lws_close_status)conn->close_code, NULL, 0);
		return -1;
	}
	return outgoing_write(&conn->outgoing);
}

static void on_established(struct conn *conn)
{
	conn->state = CONN_OPEN;
	conn->opened_ns = prof_now_ns();
	conn->means->counts->connects++;
	if (conn->inflow.is_breach_told)
		on_breach(conn);
	if (conn->inflow.read_count == 0)
		report_complain(conn->means->report, "this build of libwebsockets cannot be tapped",
				"what it reads does not pass through SSL_read() or recv()",
				"use a shared libwebsockets; nothing is published");
	conn_check_place(conn);
	outgoing_open(&conn->outgoing, conn->wsi, conn->is_compressed);
	conn->operations->opened(conn->owner, conn);
}

/* The server's reason: a code of two bytes, then text. */
static void on_peer_close(struct conn *conn, const uint8_t *bytes, size_t size_bytes)
{
	int text_bytes = size_bytes > 2 ? (int)(size_bytes - 2) : 0;

	if (size_bytes < 2) {
		(void)snprintf(conn->close_why, CONN_WHY_BYTES, "the server closed it");
		return;
	}
	(void)snprintf(conn->close_why, CONN_WHY_BYTES, "the server closed it with %u%s%.*s",
		       (unsigned int)bytes[0] << 8 | bytes[1], text_bytes ? " " : "", text_bytes,
		       (const char *)bytes + 2);
	printable_make(conn->close_why);
}

static void adopt_plain(struct conn *conn, struct lws *wsi)
{
	int fd = lws_get_socket_fd(wsi);

	if (conn->venue->target.is_tls)
		return;
	adopt_socket(conn, fd);
	inflow_begin_plain(&conn->inflow, fd, conn->before_bytes);
	outflow_begin(&conn->outflow, fd, false, conn->is_proxied);
	if (tap_plain(fd, &conn->inflow) < 0)
		report_complain(conn->means->report,
				"too many open files to follow this connection", NULL, NULL);
}

/* The request is being written; *at is where it goes on.  Returns 0, or -1 to give up. */
static int append_headers(const struct conn *conn, char **at, size_t room_bytes)
{
	const struct client_options *options = conn->means->options;

	if (!options->headers_bytes)
		return 0;
	if (options->headers_bytes > room_bytes) {
		report_complain(conn->means->report, "the request is too large",
				"--header and the URL together are", "make them shorter");
		return -1;
	}
	memcpy(*at, options->headers, options->headers_bytes);
	*at += options->headers_bytes;
	return 0;
}

int conn_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
		  size_t size_bytes)
{
	/* First of all, and for nothing but messages: this is the user layer's stamp. */
	uint64_t now_ns = reason == LWS_CALLBACK_CLIENT_RECEIVE ? prof_now_ns() : 0;
	struct conn *conn = wsi ? lws_wsi_user(wsi) : NULL;

	if (!conn)
		return 0;
	switch (reason) {
	case LWS_CALLBACK_CLIENT_RECEIVE:
		on_chunk(conn, in, size_bytes, now_ns);
		return 0;
	case LWS_CALLBACK_CLIENT_RECEIVE_PONG:
		return outgoing_take_pong(&conn->outgoing, in, size_bytes);
	case LWS_CALLBACK_CLIENT_WRITEABLE:
		return on_writeable(conn);
	case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
		adopt_plain(conn, wsi);
		return append_headers(conn, in, size_bytes);
	case LWS_CALLBACK_OPENSSL_PERFORM_SERVER_CERT_VERIFICATION:
		trust_judge(user, size_bytes != 0, conn->means->options->is_insecure,
			    &conn->verify_error);
		return 0;
	case LWS_CALLBACK_CLIENT_FILTER_PRE_ESTABLISH:
		conn->is_compressed = lws_hdr_total_length(wsi, WSI_TOKEN_EXTENSIONS) > 0;
		conn->inflow.frames.has_extension = conn->is_compressed;
		return 0;
	case LWS_CALLBACK_CLIENT_ESTABLISHED:
		conn->wsi = wsi;
		on_established(conn);
		return 0;
	case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
		on_peer_close(conn, in, size_bytes);
		return 0;
	case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
		on_connect_failure(conn, in);
		return 0;
	case LWS_CALLBACK_CLIENT_CLOSED:
		on_gone(conn);
		return 0;
	case LWS_CALLBACK_WSI_DESTROY:
		if (conn->wsi == wsi && !conn->means->is_ending)
			on_connect_failure(conn, no_answer);
		if (conn->wsi == wsi)
			on_gone(conn);
		return 0;
	default:
		return 0;
	}
}
