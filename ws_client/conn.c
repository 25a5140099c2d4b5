/* SPDX-License-Identifier: BSD-2-Clause */
#include "conn.h"

#include <errno.h>
#include <inttypes.h>
#include <netdb.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "client.h"
#include "prof/cli.h"
#include "prof/clock.h"
#include "receive.h"
#include "tap.h"

#define SUBSCRIBE_BATCH 200 /* streams a request; the exchange allows 1,024 in all */
#define PING_BYTES	8

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
	char why[96];
	int err;

	if (conn->has_socket)
		return;
	conn->fd = fd;
	conn->has_socket = true;
	err = publisher_register(&conn->client->publisher, fd, conn->number, conn->target->is_tls,
				 &conn->socket, &conn->place);
	if (err < 0) {
		(void)snprintf(why, sizeof(why), "%s", strerror(-err));
		prof_complain(CLIENT_PROGRAM, "cannot register the socket on the bus", why,
			      "its messages cannot be matched to other layers");
	}
}

void conn_on_tls_start(struct conn *conn, SSL *ssl)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(ssl);

	adopt_socket(conn, SSL_get_fd(ssl));
	wire_attach(&conn->wire, ssl);
	/* libwebsockets 4.1 looks for an address among the DNS names only. */
	if (!conn->client->options.is_insecure &&
	    X509_VERIFY_PARAM_set1_ip_asc(param, conn->target->host) == 1)
		(void)X509_VERIFY_PARAM_set1_host(param, NULL, 0); /* clears: cannot fail */
}

static void begin_connection(struct conn *conn)
{
	memset(&conn->wire, 0, sizeof(conn->wire));
	conn->number = ++conn->client->conn_number_last;
	conn->has_socket = false;
	conn->message_index = 0;
	conn->message_bytes = 0;
	conn->is_message_oversize = false;
	conn->is_tap_checked = false;
	conn->verify_error = X509_V_OK;
	conn->subscribed_count = 0;
	conn->ping_sent_ns = 0;
	conn->is_ping_due = false;
	conn->state = CONN_CONNECTING;
}

static int tls_flags(const struct conn *conn)
{
	int flags = LCCSCF_HTTP_NO_FOLLOW_REDIRECT | LCCSCF_PRIORITIZE_READS;

	if (!conn->target->is_tls)
		return flags;
	flags |= LCCSCF_USE_SSL;
	if (conn->client->options.is_insecure)
		flags |= LCCSCF_ALLOW_SELFSIGNED | LCCSCF_SKIP_SERVER_CERT_HOSTNAME_CHECK |
			 LCCSCF_ALLOW_EXPIRED | LCCSCF_ALLOW_INSECURE;
	return flags;
}

void conn_start(struct conn *conn)
{
	/* We ping ourselves; what libwebsockets would send on its own is never due. */
	static const lws_retry_bo_t no_idle_pings = {
		.secs_since_valid_ping = 0,
		.secs_since_valid_hangup = 0,
	};
	const struct target *target = conn->target;
	const struct lws_client_connect_info info = {
		.context = conn->client->context,
		.address = target->host,
		.port = target->port,
		.ssl_connection = tls_flags(conn),
		.path = target->path,
		.host = target->host,
		.origin = NULL,
		.ietf_version_or_minus_one = -1,
		.userdata = conn,
		.local_protocol_name = RECEIVE_PROTOCOL_NAME,
		.alpn = "http/1.1", /* not HTTP/2: its frames would lie around ours */
		.retry_and_idle_policy = &no_idle_pings,
		.pwsi = &conn->wsi,
	};

	begin_connection(conn);
	/* A failure has already been reported through the callback. */
	(void)lws_client_connect_via_info(&info);
}

void conn_stop(struct conn *conn)
{
	if (conn->state == CONN_OPEN && conn->wsi) {
		conn->state = CONN_CLOSING;
		(void)lws_callback_on_writable(conn->wsi);
	}
}

static void on_retry_timer(lws_sorted_usec_list_t *timer)
{
	conn_start(lws_container_of(timer, struct conn, retry_timer));
}

/* The connection is over, whatever the reason. */
static void on_gone(struct conn *conn)
{
	struct client *client = conn->client;

	forget_socket(conn);
	if (conn->state == CONN_IDLE)
		return;
	conn->state = CONN_IDLE;
	conn->wsi = NULL;
	lws_sul_cancel(&conn->ping_timer);
	if (!client->is_stopping && client->counts.connects)
		lws_sul_schedule(client->context, 0, &conn->retry_timer, on_retry_timer,
				 1 * LWS_US_PER_SEC);
}

/* ---- Why it failed ---------------------------------------------------- */

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

/* The name server's own words, if it is the name that is wrong. */
static const char *name_error(const struct conn *conn)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;
	int err = getaddrinfo(conn->target->host, NULL, &hints, &found);

	if (err)
		return gai_strerror(err);
	freeaddrinfo(found);
	return NULL;
}

static void explain_failure(const struct conn *conn, const char *text)
{
	const struct target *target = conn->target;
	char what[TARGET_HOST_BYTES + 64];
	char why[256];
	const char *remedy = NULL;
	const char *name_why = conn->has_socket ? NULL : name_error(conn);

	(void)snprintf(what, sizeof(what), "cannot connect to %s port %u", target->host,
		       target->port);
	if (conn->verify_error != X509_V_OK) {
		(void)snprintf(why, sizeof(why), "its certificate is refused: %s",
			       X509_verify_cert_error_string(conn->verify_error));
		remedy = verify_remedy(conn->verify_error);
	} else if (conn->wire.frames.status_bytes) {
		(void)snprintf(why, sizeof(why), "it does not speak WebSocket on that path: '%s'",
			       conn->wire.frames.status_line);
		remedy = "check the path of the URL";
	} else if (name_why) {
		(void)snprintf(why, sizeof(why), "the name cannot be resolved: %s", name_why);
		remedy = "check the name and this machine's DNS";
	} else {
		(void)snprintf(why, sizeof(why), "%s", text);
		remedy = "check that the server runs and listens there";
	}
	prof_complain(CLIENT_PROGRAM, what, why, remedy);
}

static void on_connect_failure(struct conn *conn, const char *text)
{
	conn->client->counts.connect_failures++;
	explain_failure(conn, text ? text : "no reason given");
	on_gone(conn);
	if (!conn->client->counts.connects)
		client_stop(conn->client);
}

/* ---- What is sent ----------------------------------------------------- */

static int send_frame(struct conn *conn, size_t size_bytes, enum lws_write_protocol kind)
{
	return lws_write(conn->wsi, conn->tx + LWS_PRE, size_bytes, kind) < (int)size_bytes ? -1
											    : 0;
}

/* Writes one SUBSCRIBE for as many of the streams as fit. */
static int send_subscribe(struct conn *conn)
{
	char *text = (char *)conn->tx + LWS_PRE;
	size_t at;
	size_t batch = 0;

	at = (size_t)snprintf(text, CONN_TX_BYTES, "{\"method\":\"SUBSCRIBE\",\"params\":[");
	while (conn->subscribed_count < conn->stream_count && batch < SUBSCRIBE_BATCH) {
		const char *stream = conn->streams[conn->subscribed_count];

		if (at + strlen(stream) + 48 > CONN_TX_BYTES)
			break;
		at += (size_t)snprintf(text + at, CONN_TX_BYTES - at, "%s\"%s\"", batch ? "," : "",
				       stream);
		conn->subscribed_count++;
		batch++;
	}
	at += (size_t)snprintf(text + at, CONN_TX_BYTES - at, "],\"id\":%zu}",
			       conn->subscribed_count);
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

	if (conn->state == CONN_CLOSING) {
		lws_close_reason(conn->wsi, LWS_CLOSE_STATUS_NORMAL, NULL, 0);
		return -1;
	}
	if (conn->subscribed_count < conn->stream_count)
		err = send_subscribe(conn);
	else if (conn->is_ping_due)
		err = send_ping(conn);
	if (!err && (conn->subscribed_count < conn->stream_count || conn->is_ping_due))
		(void)lws_callback_on_writable(conn->wsi);
	return err;
}

static void schedule_ping(struct conn *conn);

static void on_ping_timer(lws_sorted_usec_list_t *timer)
{
	struct conn *conn = lws_container_of(timer, struct conn, ping_timer);

	if (conn->state != CONN_OPEN)
		return;
	conn->is_ping_due = true;
	(void)lws_callback_on_writable(conn->wsi);
	schedule_ping(conn);
}

static void schedule_ping(struct conn *conn)
{
	lws_usec_t interval_us = (lws_usec_t)conn->client->options.ping_interval_ms * 1000;

	if (interval_us)
		lws_sul_schedule(conn->client->context, 0, &conn->ping_timer, on_ping_timer,
				 interval_us);
}

static void on_pong(struct conn *conn, const void *payload, size_t size_bytes)
{
	uint64_t now_ns = prof_now_ns();
	int64_t rtt_ns;

	if (!conn->ping_sent_ns || size_bytes != PING_BYTES ||
	    memcmp(payload, &conn->ping_sent_ns, PING_BYTES) != 0)
		return; /* unsolicited: allowed, and says nothing (RFC 6455, 5.5.3) */
	rtt_ns = prof_delta_ns(conn->ping_sent_ns, now_ns);
	conn->ping_sent_ns = 0;
	conn->client->counts.pongs++;
	conn->client->last_rtt_us = (uint64_t)rtt_ns / PROF_NS_PER_US;
	(void)printf("[ping] rtt_us=%" PRIu64 " us\n", conn->client->last_rtt_us);
}

/* ---- The callback ----------------------------------------------------- */

static void on_established(struct conn *conn)
{
	conn->state = CONN_OPEN;
	conn->client->counts.connects++;
	if (conn->stream_count)
		(void)lws_callback_on_writable(conn->wsi);
	schedule_ping(conn);
}

static void on_closed(struct conn *conn)
{
	if (conn->state == CONN_OPEN && !conn->client->is_stopping) {
		conn->client->counts.breaks++;
		prof_complain(CLIENT_PROGRAM, "connection lost", conn->target->host,
			      "connecting again");
	}
	on_gone(conn);
}

/* The verdict on a certificate: the first thing found wrong is the one that is told. */
static int on_certificate(struct conn *conn, X509_STORE_CTX *store, bool is_good)
{
	if (is_good)
		return 0;
	if (conn->client->options.is_insecure)
		X509_STORE_CTX_set_error(store, X509_V_OK);
	else if (conn->verify_error == X509_V_OK)
		conn->verify_error = X509_STORE_CTX_get_error(store);
	return 0;
}

static void adopt_plain(struct conn *conn)
{
	int fd = lws_get_socket_fd(conn->wsi);

	if (conn->target->is_tls)
		return;
	adopt_socket(conn, fd);
	if (tap_plain(fd, &conn->wire) < 0)
		prof_complain(CLIENT_PROGRAM, "too many open files to follow this connection", NULL,
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
		on_pong(conn, in, size_bytes);
		return 0;
	case LWS_CALLBACK_CLIENT_WRITEABLE:
		return on_writeable(conn);
	case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
		conn->wsi = wsi;
		adopt_plain(conn);
		return 0;
	case LWS_CALLBACK_OPENSSL_PERFORM_SERVER_CERT_VERIFICATION:
		return on_certificate(conn, user, size_bytes != 0);
	case LWS_CALLBACK_CLIENT_ESTABLISHED:
		on_established(conn);
		return 0;
	case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
		on_connect_failure(conn, in);
		return 0;
	case LWS_CALLBACK_CLIENT_CLOSED:
		on_closed(conn);
		return 0;
	case LWS_CALLBACK_WSI_DESTROY:
		if (conn->wsi == wsi)
			on_gone(conn);
		return 0;
	default:
		return 0;
	}
}
