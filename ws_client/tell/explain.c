/* SPDX-License-Identifier: BSD-2-Clause */
#include "explain.h"

#include <ctype.h>
#include <errno.h>
#include <netdb.h>
#include <openssl/x509_vfy.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "report.h"
#include "ws_client/session/client.h"

#define PROBE_MS 300 /* for a refusal; whatever takes longer is a timeout to us */

void explain_printable(char *text)
{
	for (; *text; text++)
		if (!isprint((unsigned char)*text))
			*text = '?';
}

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

static int wait_connected(int fd)
{
	struct pollfd waiting = { .fd = fd, .events = POLLOUT };
	socklen_t err_bytes = sizeof(int);
	int err = ETIMEDOUT;

	if (poll(&waiting, 1, PROBE_MS) == 1 &&
	    getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &err_bytes) < 0)
		return errno;
	return err;
}

/*
 * libwebsockets does not tell why connect() failed, so it is asked once more.
 * Returns a positive errno, 0 if it would work now.
 */
static int probe(const struct conn *conn)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST };
	struct addrinfo *found = NULL;
	char port[8];
	int err = 0;
	int fd;

	(void)snprintf(port, sizeof(port), "%u", conn->link->venue->target.port);
	if (getaddrinfo(conn->address, port, &hints, &found))
		return EINVAL;
	fd = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, found->ai_addr, found->ai_addrlen) < 0)
		err = errno;
	if (err == EINPROGRESS)
		err = wait_connected(fd);
	if (fd >= 0)
		(void)close(fd);
	freeaddrinfo(found);
	return err;
}

static const char *explain_tcp(const struct conn *conn, const char *text, char *why,
			       size_t why_bytes)
{
	int err = probe(conn);

	(void)snprintf(why, why_bytes, "%s", err ? strerror(err) : text);
	return err == ECONNREFUSED ? "check that the server runs and listens there"
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
		return "it wants to know who asks, or does not serve this address";
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
static const char *explain_answer(const struct conn *conn, const char *text, char *why,
				  size_t why_bytes)
{
	const char *line = conn->wire.frames.head.status_line;
	unsigned int status = status_of(line);

	if (status == 101)
		(void)snprintf(why, why_bytes, "its WebSocket upgrade is not valid: %s", text);
	else if (status)
		(void)snprintf(why, why_bytes, "it does not speak WebSocket on that path: '%s'",
			       line);
	else
		(void)snprintf(why, why_bytes, "its answer is not HTTP: '%s'", line);
	explain_printable(why);
	return answer_remedy(status);
}

void explain_failure(const struct conn *conn, const char *text)
{
	const struct target *target = &conn->link->venue->target;
	char what[TARGET_HOST_BYTES + 64];
	char why[256];
	const char *remedy;

	(void)snprintf(what, sizeof(what), "cannot connect to %s port %u", target->host,
		       target->port);
	if (conn->verify_error != X509_V_OK) {
		(void)snprintf(why, sizeof(why), "its certificate is refused: %s",
			       X509_verify_cert_error_string(conn->verify_error));
		remedy = verify_remedy(conn->verify_error);
	} else if (conn->wire.frames.head.status_bytes) {
		remedy = explain_answer(conn, text, why, sizeof(why));
	} else if (!conn->has_socket) {
		remedy = explain_tcp(conn, text, why, sizeof(why));
	} else {
		(void)snprintf(why, sizeof(why), "%s",
			       conn->wire.end_why[0] ? conn->wire.end_why : text);
		remedy = target->is_tls ? "check that the server speaks TLS on that port"
					: "check that the server speaks WebSocket without TLS";
	}
	report_complain(conn->client, what, why, remedy);
}

/* Whoever ended it: the server's close frame, a breach, the socket, or the library. */
static void why_broken(const struct conn *conn, char *why, size_t why_bytes)
{
	enum ws_violation violation = (enum ws_violation)conn->wire.frames.violation;

	if (violation == WS_TOO_LARGE)
		(void)snprintf(why, why_bytes, "it sent %s", ws_violation_text(violation));
	else if (violation != WS_FINE)
		(void)snprintf(why, why_bytes, "the server broke the WebSocket protocol: %s",
			       ws_violation_text(violation));
	else if (conn->close_why[0])
		(void)snprintf(why, why_bytes, "%s", conn->close_why);
	else if (conn->wire.end_why[0])
		(void)snprintf(why, why_bytes, "%s", conn->wire.end_why);
	else
		(void)snprintf(why, why_bytes,
			       "a message was refused, as one that is not UTF-8 is");
}

void explain_break(const struct conn *conn)
{
	char what[TARGET_HOST_BYTES + 64];
	char why[CONN_WHY_BYTES + 64];

	(void)snprintf(what, sizeof(what), "connection %u to %s lost", conn->number,
		       conn->link->venue->target.host);
	why_broken(conn, why, sizeof(why));
	report_complain(conn->client, what, why, "it is connected again");
}
