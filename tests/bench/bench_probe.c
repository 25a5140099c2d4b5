/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench_probe: times recv(2) of 16 queued bytes, over and over.
 *
 * bench_probe.sh puts a probe on and takes it off between rounds; the two talk
 * by lines: it reads a name, measures, prints "name ns" and waits for the next;
 * "enter BUS" enters its socket there.
 * The reader is pinned to the first CPU and its own CPU time is what counts,
 * so a loader that shares the machine does not.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "prof/bus.h"

enum { READ_BYTES = 16, FILL_BYTES = 65536, FILL_COUNT = 12 };

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static uint64_t cpu_time_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void connect_pair(int *ret_reader, int *ret_writer)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t bytes = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int room_bytes = 4 * FILL_BYTES;

	*ret_reader = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (listener < 0 || *ret_reader < 0 ||
	    setsockopt(*ret_reader, SOL_SOCKET, SO_RCVBUF, &room_bytes, sizeof(room_bytes)) < 0 ||
	    bind(listener, (struct sockaddr *)&address, bytes) < 0 || listen(listener, 1) < 0 ||
	    getsockname(listener, (struct sockaddr *)&address, &bytes) < 0 ||
	    connect(*ret_reader, (struct sockaddr *)&address, bytes) < 0)
		die("connect");
	*ret_writer = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (*ret_writer < 0)
		die("accept");
	(void)close(listener);
}

/* Mean CPU time of a read, all of whose bytes are there. */
static double measure(int reader, int writer)
{
	static uint8_t filling[FILL_BYTES];
	uint8_t buffer[READ_BYTES];
	uint64_t total_ns = 0;

	for (int fill = 0; fill < FILL_COUNT; fill++) {
		uint64_t begin_ns;

		if (send(writer, filling, sizeof(filling), 0) != (ssize_t)sizeof(filling))
			die("send");
		(void)usleep(2000);
		begin_ns = cpu_time_ns();
		for (int i = 0; i < FILL_BYTES / READ_BYTES; i++)
			if (recv(reader, buffer, sizeof(buffer), MSG_WAITALL) != READ_BYTES)
				die("recv");
		total_ns += cpu_time_ns() - begin_ns;
	}
	return (double)total_ns / (FILL_COUNT * (FILL_BYTES / READ_BYTES));
}

/* On each bus that is named to it the socket is entered, as a client enters its own. */
static void enter_socket(const char *bus_name, int reader)
{
	struct prof_socket socket = { .pid = (uint32_t)getpid(), .fd = reader };
	socklen_t bytes = sizeof(socket.cookie);
	struct prof_bus *bus;
	uint32_t index;

	if (getsockopt(reader, SOL_SOCKET, SO_COOKIE, &socket.cookie, &bytes) < 0)
		die("SO_COOKIE");
	if (prof_bus_join(bus_name, NULL, &bus) < 0 ||
	    prof_socket_register(bus, &socket, &index) < 0)
		die(bus_name);
	/* The bus stays open: entries live as long as their process. */
}

int main(void)
{
	cpu_set_t first;
	char line[128];
	int reader;
	int writer;

	CPU_ZERO(&first);
	CPU_SET(0, &first);
	(void)sched_setaffinity(0, sizeof(first), &first);
	connect_pair(&reader, &writer);
	(void)measure(reader, writer); /* warm */
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "enter ", 6) == 0)
			enter_socket(line + 6, reader);
		else
			(void)printf("%s %.1f\n", line, measure(reader, writer));
		(void)fflush(stdout);
	}
	return 0;
}
