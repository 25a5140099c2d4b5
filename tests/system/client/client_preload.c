/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Preloaded before the client by its tests, to come between it and the kernel:
 *
 *   PRELOAD_PROXY=PORT   connect() goes through the proxy at 127.0.0.1:PORT, and
 *                        nobody is told of its answer: as proxychains does it
 *   PRELOAD_LIE=MS       so long after the first time TCP_INFO says 5 bytes too many
 */
#include <dlfcn.h>
#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int wait_for(int fd, short events)
{
	struct pollfd waiting = { .fd = fd, .events = events };

	return poll(&waiting, 1, 5000) == 1 ? 0 : -1;
}

/* Reads the answer to CONNECT to its end, and not a byte more. */
static int talk(int fd, uint16_t port)
{
	char text[128];
	size_t matched = 0;
	int size_bytes = snprintf(text, sizeof(text), "CONNECT 127.0.0.1:%u HTTP/1.1\r\n\r\n",
				  port);

	if (send(fd, text, (size_t)size_bytes, 0) != size_bytes)
		return -1;
	while (matched < 4) {
		char c;

		if (wait_for(fd, POLLIN) < 0 || read(fd, &c, 1) != 1)
			return -1;
		matched = c == "\r\n\r\n"[matched] ? matched + 1 : c == '\r';
	}
	return 0;
}

int connect(int fd, __CONST_SOCKADDR_ARG address, socklen_t address_bytes)
{
	const struct sockaddr_in *wanted = address.__sockaddr_in__;
	const char *proxy = getenv("PRELOAD_PROXY");
	struct sockaddr_in to = { .sin_family = AF_INET };
	int err;

	if (!proxy || wanted->sin_family != AF_INET)
		return (int)syscall(SYS_connect, fd, wanted, address_bytes);
	to.sin_port = htons((uint16_t)atoi(proxy));
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	err = (int)syscall(SYS_connect, fd, &to, sizeof(to));
	if (err < 0 && errno != EINPROGRESS)
		return -1;
	if (wait_for(fd, POLLOUT) < 0 || talk(fd, ntohs(wanted->sin_port)) < 0) {
		errno = ECONNREFUSED;
		return -1;
	}
	return 0;
}

static int64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int getsockopt(int fd, int level, int name, void *restrict value, socklen_t *restrict value_bytes)
{
	static int64_t first_ms;
	const char *lie = getenv("PRELOAD_LIE");
	int err = (int)syscall(SYS_getsockopt, fd, level, name, value, value_bytes);

	if (err < 0 || !lie || level != IPPROTO_TCP || name != TCP_INFO)
		return err;
	if (!first_ms)
		first_ms = now_ms();
	if (now_ms() - first_ms >= atoi(lie))
		((struct tcp_info *)value)->tcpi_bytes_received += 5;
	return err;
}
