/* SPDX-License-Identifier: BSD-2-Clause */
/* Ways to wait for a socket and to read it. */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "prof/clock.h"
#include "reader.h"
#include "tests/vm/probe_scenarios/uring.h"

#define READ_BYTES  (655 * MESSAGE_BYTES)
#define NAP_US	    2000 /* if STAGES_NAP_US does not say otherwise */
#define SHIFT_COUNT 20	 /* messages, after which another thread reads */
#define TWO_THREADS 2

static void read_blocking(struct reader *reader)
{
	struct turn turn = { 0 };

	do
		turn_begin(&turn);
	while (reader_receive(reader, &turn, READ_BYTES, 0) > 0);
}

static void wait_by_poll(int fd)
{
	struct pollfd asked = { .fd = fd, .events = POLLIN };

	(void)poll(&asked, 1, -1);
}

static void wait_by_select(int fd)
{
	fd_set asked;

	FD_ZERO(&asked);
	FD_SET(fd, &asked);
	(void)select(fd + 1, &asked, NULL, NULL, NULL);
}

/* Told first, read then. */
static void read_told(struct reader *reader, void (*wait)(int fd))
{
	struct turn turn = { 0 };

	do {
		turn_begin(&turn);
		wait(reader->fd);
	} while (reader_receive(reader, &turn, READ_BYTES, MSG_DONTWAIT) != 0);
}

static void read_by_poll(struct reader *reader)
{
	read_told(reader, wait_by_poll);
}

static void read_by_select(struct reader *reader)
{
	read_told(reader, wait_by_select);
}

static int make_epoll(int fd)
{
	struct epoll_event asked = { .events = EPOLLIN };
	int epoll_fd = epoll_create1(EPOLL_CLOEXEC);

	if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &asked) < 0)
		die("epoll_ctl");
	return epoll_fd;
}

/* Up to count_max reads. */
static void read_epoll_turns(struct reader *reader, int epoll_fd, size_t size_bytes,
			     size_t count_max)
{
	struct epoll_event told;
	struct turn turn = { 0 };

	for (size_t i = 0; i < count_max && !reader_is_over(reader); i++) {
		turn_begin(&turn);
		(void)epoll_wait(epoll_fd, &told, 1, -1);
		(void)reader_receive(reader, &turn, size_bytes, MSG_DONTWAIT);
	}
}

static void read_by_epoll(struct reader *reader)
{
	int epoll_fd = make_epoll(reader->fd);

	read_epoll_turns(reader, epoll_fd, READ_BYTES, SIZE_MAX);
	(void)close(epoll_fd);
}

static void read_spinning(struct reader *reader)
{
	struct turn turn = { 0 };

	do
		turn_begin(&turn);
	while (reader_receive(reader, &turn, READ_BYTES, MSG_DONTWAIT) != 0);
}

/* Sleeps before each read, whatever has come. */
static void read_napping(struct reader *reader)
{
	const char *asked_us = getenv("STAGES_NAP_US");
	useconds_t nap_us = asked_us ? (useconds_t)atoi(asked_us) : NAP_US;
	struct turn turn = { 0 };

	do {
		turn_begin(&turn);
		(void)usleep(nap_us);
	} while (reader_receive(reader, &turn, READ_BYTES, 0) > 0);
}

static void read_by_uring(struct reader *reader)
{
	static uint8_t bytes[READ_BYTES];
	uint64_t before_ns;
	struct turn turn = { 0 };
	struct uring ring;
	int got;

	/* One ring for all: to make and to end one is to sleep for other reasons. */
	if (uring_open(&ring) < 0)
		die("io_uring");
	do {
		turn_begin(&turn);
		before_ns = prof_now_ns();
		got = uring_receive_on(&ring, reader->fd, bytes, sizeof(bytes));
		reader_note(reader, &turn, bytes, got, before_ns);
	} while (got > 0);
	uring_close(&ring);
}

/* Of a flood nothing is noted: its messages are cut anywhere. */
static void read_draining(struct reader *reader)
{
	static uint8_t bytes[READ_BYTES];
	struct turn turn = { 0 };

	while (recv(reader->fd, bytes, sizeof(bytes), 0) > 0)
		;
	reader_note(reader, &turn, bytes, 0, 0);
}

/* ---- Several threads ------------------------------------------------------- */

static void *block_one_at_a_time(void *argument)
{
	struct reader *reader = argument;
	struct turn turn = { 0 };

	do
		turn_begin(&turn);
	while (reader_receive(reader, &turn, MESSAGE_BYTES, 0) > 0);
	return NULL;
}

static void *epoll_one_at_a_time(void *argument)
{
	struct reader *reader = argument;
	int epoll_fd = make_epoll(reader->fd);

	read_epoll_turns(reader, epoll_fd, MESSAGE_BYTES, SIZE_MAX);
	(void)close(epoll_fd);
	return NULL;
}

static void *read_shift(void *argument)
{
	struct reader *reader = argument;
	int epoll_fd = make_epoll(reader->fd);

	read_epoll_turns(reader, epoll_fd, READ_BYTES, SHIFT_COUNT);
	(void)close(epoll_fd);
	return NULL;
}

static void run_two(struct reader *reader, void *(*routine)(void *))
{
	pthread_t threads[TWO_THREADS];

	for (int i = 0; i < TWO_THREADS; i++)
		if (pthread_create(&threads[i], NULL, routine, reader))
			die("thread");
	for (int i = 0; i < TWO_THREADS; i++)
		(void)pthread_join(threads[i], NULL);
}

static void read_by_two(struct reader *reader)
{
	run_two(reader, block_one_at_a_time);
}

/* Both are woken by each message, one gets it. */
static void read_by_herd(struct reader *reader)
{
	run_two(reader, epoll_one_at_a_time);
}

/* Another thread after so many messages. */
static void read_in_shifts(struct reader *reader)
{
	pthread_t thread;

	while (!reader_is_over(reader)) {
		if (pthread_create(&thread, NULL, read_shift, reader))
			die("thread");
		(void)pthread_join(thread, NULL);
	}
}

static const struct {
	const char *name;
	void (*run)(struct reader *reader);
} ways[] = {
	{ "recv", read_blocking },     { "poll", read_by_poll },   { "select", read_by_select },
	{ "epoll", read_by_epoll },    { "spin", read_spinning },  { "nap", read_napping },
	{ "io_uring", read_by_uring }, { "two", read_by_two },	   { "herd", read_by_herd },
	{ "shifts", read_in_shifts },  { "drain", read_draining },
};

bool way_run(struct reader *reader)
{
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (strcmp(ways[i].name, reader->way) != 0)
			continue;
		ways[i].run(reader);
		return true;
	}
	return false;
}
