/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench_probe: times recv(2) of 16 queued bytes, over and over.
 *
 * bench_probe.sh puts a probe on and takes it off between rounds; the two talk
 * by lines: it reads a name, measures, prints "name ns" and waits for the next;
 * "enter BUS" enters its socket there.  Of a name that begins with "turn" what is
 * measured is a message's whole way: it is sent, its reader, asleep in recv(2), is told,
 * woken and reads it, and the answer goes the same way back, to a socket nobody wants.  Of a
 * name that begins with "send" it is send(2) of 16 bytes that TCP only queues (MSG_MORE).
 * The reader is pinned to the first CPU and its own CPU time is what counts,
 * so a loader that shares the machine does not.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "prof/bus.h"

enum {
	READ_BYTES = 16,
	FILL_BYTES = 65536,
	SEND_BYTES = 32768,
	FILL_COUNT = 12,
	TURN_COUNT = 5000
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static uint64_t cpu_time_ns(clockid_t whose)
{
	struct timespec now;

	(void)clock_gettime(whose, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void connect_pair(int *ret_reader, int *ret_writer)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t bytes = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int room_bytes = 4 * FILL_BYTES;
	int one = 1;

	*ret_reader = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (listener < 0 || *ret_reader < 0 ||
	    setsockopt(*ret_reader, SOL_SOCKET, SO_RCVBUF, &room_bytes, sizeof(room_bytes)) < 0 ||
	    bind(listener, (struct sockaddr *)&address, bytes) < 0 || listen(listener, 1) < 0 ||
	    getsockname(listener, (struct sockaddr *)&address, &bytes) < 0 ||
	    connect(*ret_reader, (struct sockaddr *)&address, bytes) < 0)
		die("connect");
	*ret_writer = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (*ret_writer < 0 ||
	    setsockopt(*ret_writer, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) < 0 ||
	    setsockopt(*ret_reader, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) < 0)
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
		begin_ns = cpu_time_ns(CLOCK_THREAD_CPUTIME_ID);
		for (int i = 0; i < FILL_BYTES / READ_BYTES; i++)
			if (recv(reader, buffer, sizeof(buffer), MSG_WAITALL) != READ_BYTES)
				die("recv");
		total_ns += cpu_time_ns(CLOCK_THREAD_CPUTIME_ID) - begin_ns;
	}
	return (double)total_ns / (FILL_COUNT * (FILL_BYTES / READ_BYTES));
}

/* Mean CPU time of a send whose bytes are queued; the other end takes them afterwards. */
static double measure_sends(int reader, int writer)
{
	static uint8_t taken[FILL_BYTES];
	const uint8_t buffer[READ_BYTES] = { 0 };
	uint64_t total_ns = 0;

	for (int fill = 0; fill < FILL_COUNT; fill++) {
		uint64_t begin_ns = cpu_time_ns(CLOCK_THREAD_CPUTIME_ID);

		for (int i = 0; i < SEND_BYTES / READ_BYTES; i++)
			if (send(reader, buffer, sizeof(buffer), MSG_MORE) != READ_BYTES)
				die("send");
		total_ns += cpu_time_ns(CLOCK_THREAD_CPUTIME_ID) - begin_ns;
		if (send(reader, buffer, sizeof(buffer), 0) != READ_BYTES ||
		    recv(writer, taken, SEND_BYTES + READ_BYTES, MSG_WAITALL) !=
			    SEND_BYTES + READ_BYTES)
			die("take");
	}
	return (double)total_ns / (FILL_COUNT * (SEND_BYTES / READ_BYTES));
}

/* Sends a message for each that comes. */
static void *answer(void *argument)
{
	int fd = (int)(intptr_t)argument;
	uint8_t buffer[READ_BYTES] = { 0 };

	for (int i = 0; i < TURN_COUNT; i++)
		if (send(fd, buffer, sizeof(buffer), 0) != READ_BYTES ||
		    recv(fd, buffer, sizeof(buffer), MSG_WAITALL) != READ_BYTES)
			die("turn");
	return NULL;
}

/* Mean CPU time of a message and its answer: of both threads, which share the processor. */
static double measure_turns(int reader, int writer)
{
	uint64_t begin_ns = cpu_time_ns(CLOCK_PROCESS_CPUTIME_ID);
	uint8_t buffer[READ_BYTES];
	pthread_t thread;

	if (pthread_create(&thread, NULL, answer, (void *)(intptr_t)writer))
		die("thread");
	for (int i = 0; i < TURN_COUNT; i++)
		if (recv(reader, buffer, sizeof(buffer), MSG_WAITALL) != READ_BYTES ||
		    send(reader, buffer, sizeof(buffer), 0) != READ_BYTES)
			die("turn");
	(void)pthread_join(thread, NULL);
	return (double)(cpu_time_ns(CLOCK_PROCESS_CPUTIME_ID) - begin_ns) / TURN_COUNT;
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
			(void)printf("%s %.1f\n", line,
				     strncmp(line, "turn", 4) == 0   ? measure_turns(reader, writer)
				     : strncmp(line, "send", 4) == 0 ? measure_sends(reader, writer)
								     : measure(reader, writer));
		(void)fflush(stdout);
	}
	return 0;
}
