/* SPDX-License-Identifier: BSD-2-Clause */
#include "probe.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define PROBE_MS 300 /* for a refusal; whatever takes longer is a timeout to us */

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

int probe_connect(const char *address, uint16_t port)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST };
	struct addrinfo *found = NULL;
	char port_text[8];
	int err = 0;
	int fd;

	(void)snprintf(port_text, sizeof(port_text), "%u", port);
	if (getaddrinfo(address, port_text, &hints, &found))
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
