/* SPDX-License-Identifier: BSD-2-Clause */
#include "explain.h"

#include <errno.h>
#include <netdb.h>
#include <openssl/x509_vfy.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client.h"
#include "prof/cli.h"

#define PROBE_MS 300 /* for a refusal; whatever takes longer is a timeout to us */

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
	} else if (conn->wire.frames.status_bytes) {
		(void)snprintf(why, sizeof(why), "it does not speak WebSocket on that path: '%s'",
			       conn->wire.frames.status_line);
		remedy = "check the path of the URL";
	} else if (!conn->has_socket) {
		remedy = explain_tcp(conn, text, why, sizeof(why));
	} else {
		(void)snprintf(why, sizeof(why), "%s", text);
		remedy = target->is_tls ? "check that the server speaks TLS on that port"
					: "check that the server speaks WebSocket without TLS";
	}
	prof_complain(CLIENT_PROGRAM, what, why, remedy);
}

/* Whoever ended it: the server's close frame, a breach, the socket, or the library. */
static void why_broken(const struct conn *conn, char *why, size_t why_bytes)
{
	enum ws_violation violation = (enum ws_violation)conn->wire.frames.violation;

	if (violation != WS_FINE)
		(void)snprintf(why, why_bytes, "the server broke the WebSocket protocol: %s",
			       ws_violation_text(violation));
	else if (conn->close_why[0])
		(void)snprintf(why, why_bytes, "%s", conn->close_why);
	else if (conn->wire.end_why[0])
		(void)snprintf(why, why_bytes, "%s", conn->wire.end_why);
	else if (conn->wire.is_tls)
		(void)snprintf(why, why_bytes,
			       "a message was refused, as one that is not UTF-8 is");
	else
		(void)snprintf(why, why_bytes, "the server closed it, or sent what is not UTF-8");
}

void explain_break(const struct conn *conn)
{
	char what[TARGET_HOST_BYTES + 64];
	char why[CONN_WHY_BYTES + 64];

	(void)snprintf(what, sizeof(what), "connection %u to %s lost", conn->number,
		       conn->link->venue->target.host);
	why_broken(conn, why, sizeof(why));
	prof_complain(CLIENT_PROGRAM, what, why, "it is connected again");
}
