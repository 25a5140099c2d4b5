/* SPDX-License-Identifier: BSD-2-Clause */
#include "dial.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "prof/clock.h"

#define PEEK_BYTES 4096

static enum dial_verdict fail(struct dial *dial, const char *why, const char *remedy)
{
	dial_cancel(dial);
	dial->why = why;
	dial->remedy = remedy;
	return DIAL_FAILED;
}

static enum dial_verdict fail_errno(struct dial *dial, int err)
{
	return fail(dial, strerror(err),
		    err == ECONNREFUSED ? "check that the proxy runs and listens there"
					: "check the network and the proxy's address");
}

static void set_number(int fd, int level, int name, uint32_t value)
{
	int number = (int)value;

	(void)setsockopt(fd, level, name, &number, sizeof(number)); /* it works without, too */
}

/* As libwebsockets sets up what it connects itself. */
static void set_up(int fd, const struct dial_settings *settings)
{
	set_number(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	if (!settings->keep_alive_ms)
		return;
	set_number(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	set_number(fd, IPPROTO_TCP, TCP_KEEPIDLE, (settings->keep_alive_ms + 999) / 1000);
	set_number(fd, IPPROTO_TCP, TCP_KEEPINTVL, 1);
	set_number(fd, IPPROTO_TCP, TCP_KEEPCNT, settings->keep_alive_tries);
}

enum dial_verdict dial_start(struct dial *dial, const struct proxy *proxy, const char *address,
			     const char *host, uint16_t port, const struct dial_settings *settings)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST };
	struct addrinfo *found = NULL;
	char port_text[8];
	int err = 0;

	(void)snprintf(port_text, sizeof(port_text), "%u", proxy->port);
	if (getaddrinfo(address, port_text, &hints, &found))
		return fail(dial, "its address cannot be read", NULL);
	talk_begin(&dial->talk, proxy, host, port);
	dial->deadline_ns = prof_now_ns() + (uint64_t)settings->timeout_ms * PROF_NS_PER_MS;
	dial->is_connected = false;
	dial->fd = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	dial->is_busy = dial->fd >= 0;
	if (dial->is_busy)
		set_up(dial->fd, settings);
	if (!dial->is_busy || connect(dial->fd, found->ai_addr, found->ai_addrlen) < 0)
		err = errno;
	freeaddrinfo(found);
	return err && err != EINPROGRESS ? fail_errno(dial, err) : DIAL_WAIT;
}

void dial_cancel(struct dial *dial)
{
	if (dial->is_busy)
		(void)close(dial->fd);
	dial->is_busy = false;
}

/* True once connect() has come to an end, *ret_err says which. */
static bool has_connected(int fd, int *ret_err)
{
	struct pollfd waiting = { .fd = fd, .events = POLLOUT };
	socklen_t err_bytes = sizeof(*ret_err);

	if (poll(&waiting, 1, 0) != 1)
		return false;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, ret_err, &err_bytes) < 0)
		*ret_err = errno;
	return true;
}

/* What is said is short and the first of its kind: it fits into a socket's buffer at once. */
static bool send_all(struct dial *dial)
{
	size_t size_bytes = dial->talk.say_bytes;

	if (send(dial->fd, dial->talk.say, size_bytes, MSG_NOSIGNAL) != (ssize_t)size_bytes)
		return false;
	talk_said(&dial->talk);
	return true;
}

/*
 * Looks at what is there and takes no more of it than is the proxy's.  Returns
 * 0; -EAGAIN if nothing is there; another negative errno, -EPIPE at the end.
 */
static int hear(struct dial *dial)
{
	uint8_t bytes[PEEK_BYTES];
	ssize_t there = recv(dial->fd, bytes, sizeof(bytes), MSG_PEEK);
	size_t taken;

	if (there == 0)
		return -EPIPE;
	if (there < 0)
		return errno == EINTR ? -EAGAIN : -errno;
	taken = talk_hear(&dial->talk, bytes, (size_t)there);
	if (recv(dial->fd, bytes, taken, 0) != (ssize_t)taken)
		return -EIO; /* they were there a moment ago, and nobody else reads */
	return 0;
}

static enum dial_verdict talk_on(struct dial *dial, uint64_t *ret_proxy_bytes)
{
	struct talk *talk = &dial->talk;
	int err = 0;

	while (!err && (talk->state == TALK_SAY || talk->state == TALK_HEAR)) {
		if (talk->state == TALK_HEAR)
			err = hear(dial);
		else if (!send_all(dial))
			err = -EIO;
	}
	if (talk->state == TALK_THROUGH) {
		dial->is_busy = false; /* the socket is the caller's now */
		*ret_proxy_bytes = talk->heard_bytes;
		return DIAL_THROUGH;
	}
	if (talk->state == TALK_REFUSED)
		return fail(dial, talk->why, talk->remedy);
	if (err == -EAGAIN)
		return DIAL_WAIT;
	if (err == -EPIPE)
		return fail(dial, "it ended the connection before it had answered",
			    "check what kind of proxy it is");
	return fail_errno(dial, -err);
}

enum dial_verdict dial_check(struct dial *dial, uint64_t *ret_proxy_bytes)
{
	enum dial_verdict verdict = DIAL_WAIT;
	int err = 0;

	if (!dial->is_connected)
		dial->is_connected = has_connected(dial->fd, &err);
	if (err)
		return fail_errno(dial, err);
	if (dial->is_connected)
		verdict = talk_on(dial, ret_proxy_bytes);
	if (verdict == DIAL_WAIT && prof_delta_ns(dial->deadline_ns, prof_now_ns()) >= 0)
		return fail(dial, "it did not answer in time",
			    "check that a proxy listens on that port");
	return verdict;
}
