/* SPDX-License-Identifier: BSD-2-Clause */
#include "conn.h"

#include <errno.h>
#include <inttypes.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <string.h>

#include "client.h"
#include "prof/clock.h"
#include "receive.h"
#include "ws_client/socket/tap.h"
#include "ws_client/tell/explain.h"
#include "ws_client/tell/report.h"

#define SUBSCRIBE_BATCH 200    /* streams a request; the exchange allows 1,024 in all */
#define SUBSCRIBE_US	500000 /* between requests: spot takes 5 frames a second, pings and all */
#define PING_BYTES	8
#define PING_GIVE_UP_MS 10000 /* an older ping's pong is not waited for any more */

static const struct client_options *options_of(const struct conn *conn)
{
	return &conn->client->options;
}

/* ---- The TCP connection, before and after its use --------------------- */

static void forget_socket(struct conn *conn)
{
	if (!conn->has_socket)
		return;
	publisher_unregister(&conn->client->publisher, &conn->place);
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
	err = publisher_register(&conn->client->publisher, fd, conn->number,
				 conn->link->venue->target.is_tls, &conn->socket, &conn->place);
	if (err < 0)
		report_complain(conn->client, "cannot register the socket on the bus",
				strerror(-err), "its messages cannot be matched to other layers");
}

void conn_on_tls_start(struct conn *conn, SSL *ssl)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(ssl);

	adopt_socket(conn, SSL_get_fd(ssl));
	wire_attach(&conn->wire, ssl);
	if (!target_is_address(conn->link->venue->target.host))
		return;
	/* An address is not asked for as a name (RFC 6066, 3). */
	(void)SSL_set_tlsext_host_name(ssl, NULL);
	/* libwebsockets 4.1 looks for an address among the DNS names only. */
	if (!options_of(conn)->is_insecure &&
	    X509_VERIFY_PARAM_set1_ip_asc(param, conn->link->venue->target.host) == 1)
		(void)X509_VERIFY_PARAM_set1_host(param, NULL, 0); /* clears: cannot fail */
}

static uint16_t breach_code(const struct conn *conn)
{
	return conn->wire.frames.violation == WS_TOO_LARGE ? LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE
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

static void begin_connection(struct conn *conn, const char *address)
{
	memset(&conn->wire, 0, sizeof(conn->wire));
	conn->wire.on_breach = on_breach;
	conn->wire.context = conn;
	conn->wsi = NULL;
	conn->number = ++conn->client->conn_number_last;
	conn->has_socket = false;
	conn->opened_ns = 0;
	conn->message_index = 0;
	conn->message_bytes = 0;
	conn->is_message_oversize = false;
	conn->verify_error = X509_V_OK;
	conn->is_ktls_told = false;
	conn->close_why[0] = '\0';
	conn->is_refused = false;
	conn->is_compressed = false;
	conn->close_code = LWS_CLOSE_STATUS_NORMAL;
	conn->subscribed_count = conn->link->venue->url_stream_count;
	conn->acknowledged_count = 0;
	conn->is_subscribe_due = true;
	conn->ping_sent_ns = 0;
	conn->is_ping_due = false;
	(void)snprintf(conn->address, sizeof(conn->address), "%s", address);
	target_host_header(&conn->link->venue->target, conn->host_header);
	conn->state = CONN_CONNECTING;
}

static int tls_flags(const struct conn *conn)
{
	int flags = LCCSCF_HTTP_NO_FOLLOW_REDIRECT | LCCSCF_PRIORITIZE_READS;

	if (!conn->link->venue->target.is_tls)
		return flags;
	flags |= LCCSCF_USE_SSL;
	if (options_of(conn)->is_insecure)
		flags |= LCCSCF_ALLOW_SELFSIGNED | LCCSCF_SKIP_SERVER_CERT_HOSTNAME_CHECK |
			 LCCSCF_ALLOW_EXPIRED | LCCSCF_ALLOW_INSECURE;
	return flags;
}

bool conn_has_subscribed(const struct conn *conn)
{
	return conn->subscribed_count == conn->link->venue->stream_count;
}

void conn_stop(struct conn *conn)
{
	if (conn->state == CONN_OPEN && conn->wsi) {
		conn->state = CONN_CLOSING;
		(void)lws_callback_on_writable(conn->wsi);
	}
}

void conn_refuse(struct conn *conn, uint16_t code, const char *why)
{
	if (conn->is_refused)
		return;
	conn->is_refused = true;
	conn->state = CONN_CLOSING;
	conn->close_code = code;
	(void)snprintf(conn->close_why, sizeof(conn->close_why), "%s", why);
	(void)lws_callback_on_writable(conn->wsi);
}

void conn_kill(struct conn *conn, const char *why)
{
	(void)snprintf(conn->close_why, sizeof(conn->close_why), "%s", why);
	lws_set_timeout(conn->wsi, PENDING_TIMEOUT_KILLED_BY_PARENT, LWS_TO_KILL_ASYNC);
}

/* What only the wire knows is added up when a connection ends. */
static void count_wire(struct conn *conn)
{
	conn->client->counts.range_errors += conn->wire.mismatch_count +
					     conn->wire.frames.lost_count;
	conn->wire.mismatch_count = 0;
	conn->wire.frames.lost_count = 0;
}

/* The connection is over, whatever the reason.  Called more than once for some. */
static void on_gone(struct conn *conn)
{
	bool was_open = conn->state == CONN_OPEN || conn->state == CONN_CLOSING;
	bool was_connecting = conn->state == CONN_CONNECTING;

	forget_socket(conn);
	count_wire(conn);
	lws_sul_cancel(&conn->ping_timer);
	lws_sul_cancel(&conn->subscribe_timer);
	if (was_open)
		link_on_closed(conn->link, conn);
	conn->state = CONN_IDLE;
	conn->wsi = NULL;
	if (was_connecting)
		link_on_failure(conn->link, conn);
}

/* libwebsockets' timeout says nothing; it counts from each step: TCP, TLS, HTTP. */
static const char no_answer[] = "it did not answer in time";

static void on_connect_failure(struct conn *conn, const char *text)
{
	if (conn->state != CONN_CONNECTING)
		return;
	conn->client->counts.connect_failures++;
	explain_failure(conn, text ? text : "no reason given");
	on_gone(conn);
}

void conn_start(struct conn *conn, const char *address)
{
	/* We ping ourselves.  libwebsockets multiplies these by 10^6 in an int: 2147 is the end. */
	static const lws_retry_bo_t hardly_ever = {
		.secs_since_valid_ping = 2000,
		.secs_since_valid_hangup = 2100,
	};
	const struct target *target = &conn->link->venue->target;
	const struct lws_client_connect_info info = {
		.context = conn->client->context,
		.address = conn->address,
		.port = target->port,
		.ssl_connection = tls_flags(conn),
		.path = target->path,
		.host = conn->host_header,
		.ietf_version_or_minus_one = -1,
		.userdata = conn,
		.local_protocol_name = RECEIVE_PROTOCOL_NAME,
		.alpn = "http/1.1", /* not HTTP/2: its frames would lie around ours */
		.retry_and_idle_policy = &hardly_ever,
		.pwsi = &conn->wsi,
	};

	begin_connection(conn, address);
	/* What fails at once, as without a route, libwebsockets 4.1 calls back for or does not. */
	if (!lws_client_connect_via_info(&info))
		on_connect_failure(conn, NULL);
}

/* ---- What is sent ----------------------------------------------------- */

static int send_frame(struct conn *conn, size_t size_bytes, enum lws_write_protocol kind)
{
	return lws_write(conn->wsi, conn->tx + LWS_PRE, size_bytes, kind) < (int)size_bytes ? -1
											    : 0;
}

static void on_subscribe_timer(lws_sorted_usec_list_t *timer)
{
	struct conn *conn = lws_container_of(timer, struct conn, subscribe_timer);

	conn->is_subscribe_due = true;
	(void)lws_callback_on_writable(conn->wsi);
}

/* Writes one SUBSCRIBE for as many of the streams as fit; its id is how many those were. */
static int send_subscribe(struct conn *conn)
{
	const struct venue_connection *venue = conn->link->venue;
	char *text = (char *)conn->tx + LWS_PRE;
	size_t at = (size_t)snprintf(text, CONN_TX_BYTES, "{\"method\":\"SUBSCRIBE\",\"params\":[");

	for (size_t i = 0; conn->subscribed_count < venue->stream_count && i < SUBSCRIBE_BATCH;
	     i++) {
		const char *stream = venue->streams[conn->subscribed_count++];

		at += (size_t)snprintf(text + at, CONN_TX_BYTES - at, "%s\"%s\"", i ? "," : "",
				       stream);
	}
	at += (size_t)snprintf(text + at, CONN_TX_BYTES - at, "],\"id\":%zu}",
			       conn->subscribed_count);
	conn->is_subscribe_due = false;
	if (!conn_has_subscribed(conn))
		lws_sul_schedule(conn->client->context, 0, &conn->subscribe_timer,
				 on_subscribe_timer, SUBSCRIBE_US);
	return send_frame(conn, at, LWS_WRITE_TEXT);
}

static int send_ping(struct conn *conn)
{
	conn->is_ping_due = false;
	conn->ping_sent_ns = prof_now_ns();
	memcpy(conn->tx + LWS_PRE, &conn->ping_sent_ns, PING_BYTES);
	return send_frame(conn, PING_BYTES, LWS_WRITE_PING);
}

/* One frame a call, as libwebsockets wants it. */
static int on_writeable(struct conn *conn)
{
	int err = 0;

	if (conn->wire.is_breach_told)
		conn_refuse(conn, breach_code(conn),
			    ws_violation_text((enum ws_violation)conn->wire.frames.violation));
	if (conn->state == CONN_CLOSING) {
		lws_close_reason(conn->wsi, (enum lws_close_status)conn->close_code, NULL, 0);
		return -1;
	}
	if (!conn_has_subscribed(conn) && conn->is_subscribe_due)
		err = send_subscribe(conn);
	else if (conn->is_ping_due)
		err = send_ping(conn);
	if (!err && conn->is_ping_due)
		(void)lws_callback_on_writable(conn->wsi);
	return err;
}

static void schedule_ping(struct conn *conn);

static void on_ping_timer(lws_sorted_usec_list_t *timer)
{
	struct conn *conn = lws_container_of(timer, struct conn, ping_timer);
	int64_t waiting_ns = prof_delta_ns(conn->ping_sent_ns, prof_now_ns());

	if (conn->state != CONN_OPEN)
		return;
	/* A new ping would make the pong that is still under way unknown. */
	if (!conn->ping_sent_ns || waiting_ns > (int64_t)PING_GIVE_UP_MS * PROF_NS_PER_MS) {
		conn->is_ping_due = true;
		(void)lws_callback_on_writable(conn->wsi);
	}
	schedule_ping(conn);
}

static void schedule_ping(struct conn *conn)
{
	lws_usec_t interval_us = (lws_usec_t)options_of(conn)->ping_interval_ms * 1000;

	/*
	 * libwebsockets 4.1 never comes back from a pong once an extension is
	 * active, unless the connection is closed for it: see on_pong().
	 */
	if (interval_us && !conn->is_compressed)
		lws_sul_schedule(conn->client->context, 0, &conn->ping_timer, on_ping_timer,
				 interval_us);
}

static int on_pong(struct conn *conn, const void *payload, size_t size_bytes)
{
	uint64_t now_ns = prof_now_ns();
	int64_t rtt_ns;

	if (!conn->ping_sent_ns || size_bytes != PING_BYTES ||
	    memcmp(payload, &conn->ping_sent_ns, PING_BYTES) != 0)
		return conn->is_compressed ? -1 : 0; /* unsolicited: allowed (RFC 6455, 5.5.3) */
	rtt_ns = prof_delta_ns(conn->ping_sent_ns, now_ns);
	conn->ping_sent_ns = 0;
	conn->client->counts.pongs++;
	conn->client->last_rtt_us = (uint64_t)rtt_ns / PROF_NS_PER_US;
	report_clear(conn->client);
	(void)printf("[ping] rtt_us=%" PRIu64 " us\n", conn->client->last_rtt_us);
	client_check_output(conn->client);
	return 0;
}

/* ---- The callback ----------------------------------------------------- */

static void on_established(struct conn *conn)
{
	conn->state = CONN_OPEN;
	conn->opened_ns = prof_now_ns();
	conn->client->counts.connects++;
	if (conn->wire.is_breach_told)
		on_breach(conn);
	if (conn->wire.read_count == 0)
		report_complain(conn->client, "this build of libwebsockets cannot be tapped",
				"what it reads does not pass through SSL_read() or recv()",
				"use a shared libwebsockets; nothing is published");
	if (!conn_has_subscribed(conn))
		(void)lws_callback_on_writable(conn->wsi);
	schedule_ping(conn);
	link_on_open(conn->link, conn);
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
	explain_printable(conn->close_why);
}

static void on_closed(struct conn *conn)
{
	bool was_wanted = conn->state == CONN_OPEN || conn->is_refused;

	if (was_wanted && !conn->client->is_stopping && !link_can_spare(conn->link, conn)) {
		conn->client->counts.breaks++;
		explain_break(conn);
	}
	on_gone(conn);
}

/* The verdict on a certificate: the first thing found wrong is the one that is told. */
static int on_certificate(struct conn *conn, X509_STORE_CTX *store, bool is_good)
{
	if (is_good)
		return 0;
	if (options_of(conn)->is_insecure)
		X509_STORE_CTX_set_error(store, X509_V_OK);
	else if (conn->verify_error == X509_V_OK)
		conn->verify_error = X509_STORE_CTX_get_error(store);
	return 0;
}

static void adopt_plain(struct conn *conn, struct lws *wsi)
{
	int fd = lws_get_socket_fd(wsi);

	if (conn->link->venue->target.is_tls)
		return;
	adopt_socket(conn, fd);
	if (tap_plain(fd, &conn->wire) < 0)
		report_complain(conn->client, "too many open files to follow this connection", NULL,
				NULL);
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
		return receive_chunk(conn, in, size_bytes, now_ns);
	case LWS_CALLBACK_CLIENT_RECEIVE_PONG:
		return on_pong(conn, in, size_bytes);
	case LWS_CALLBACK_CLIENT_WRITEABLE:
		return on_writeable(conn);
	case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
		adopt_plain(conn, wsi);
		return 0;
	case LWS_CALLBACK_OPENSSL_PERFORM_SERVER_CERT_VERIFICATION:
		return on_certificate(conn, user, size_bytes != 0);
	case LWS_CALLBACK_CLIENT_FILTER_PRE_ESTABLISH:
		conn->is_compressed = lws_hdr_total_length(wsi, WSI_TOKEN_EXTENSIONS) > 0;
		conn->wire.frames.has_extension = conn->is_compressed;
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
		on_closed(conn);
		return 0;
	case LWS_CALLBACK_WSI_DESTROY:
		if (conn->wsi == wsi && !conn->client->is_stopping)
			on_connect_failure(conn, no_answer);
		if (conn->wsi == wsi)
			on_gone(conn);
		return 0;
	default:
		return 0;
	}
}
