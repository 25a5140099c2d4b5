/* SPDX-License-Identifier: BSD-2-Clause */
#include "scenarios.h"
#include "uring.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

#include <linux/sockios.h>

#include "prof/clock.h"

#define BUFFER_BYTES 8192

/* A scenario that does not go as written proves nothing. */
#define must(condition) ((condition) ? (void)0 : die(#condition))

/* Waits until so much lies in the reader's queue. */
static void wait_queued(const struct connection *connection, int size_bytes)
{
	int queued_bytes = 0;

	while (queued_bytes < size_bytes) {
		if (ioctl(connection->reader_fd, SIOCINQ, &queued_bytes) < 0)
			die("SIOCINQ");
		(void)usleep(200);
	}
}

static void queue(struct connection *connection, size_t size_bytes)
{
	connection_write(connection, size_bytes);
	wait_queued(connection, (int)size_bytes);
}

/* One recv(2), recorded as what it turned out to be. */
static ssize_t receive(const struct connection *connection, struct recorder *recorder,
		       size_t size_bytes, int flags, enum expected_wait wait)
{
	uint8_t buffer[BUFFER_BYTES];
	uint64_t before_ns = prof_now_ns();
	ssize_t got = recv(connection->reader_fd, buffer, size_bytes, flags);
	uint64_t after_ns = prof_now_ns();

	if (flags & (MSG_PEEK | MSG_OOB))
		recorder->peek_count++;
	else if (got <= 0)
		recorder->empty_count++;
	else
		recorder_add(recorder, stream_offset_of(buffer), (size_t)got, before_ns, after_ns)
			->wait = wait;
	return got;
}

static void queued_bytes(struct connection *connection, struct recorder *recorder)
{
	for (size_t words = 1; words <= 500; words += 7) {
		queue(connection, words * 4);
		must(receive(connection, recorder, 4, 0, WAIT_NONE) == 4);
		if (words > 1)
			must(receive(connection, recorder, BUFFER_BYTES, 0, WAIT_NONE) > 0);
	}
}

/* Is the thread asleep, as /proc has it? */
static bool is_asleep(pid_t tid)
{
	char path[64];
	char text[256];
	const char *after_name;
	FILE *file;
	bool is_read;

	(void)snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	file = fopen(path, "re");
	is_read = file && fgets(text, sizeof(text), file);
	if (file)
		(void)fclose(file);
	after_name = is_read ? strrchr(text, ')') : NULL;
	return after_name && after_name[2] == 'S';
}

struct late_write {
	struct connection *connection;
	size_t size_bytes;
	pid_t reader_tid;
};

/* Writes when the reader has gone to sleep in its call, however slow the machine is. */
static void *write_late(void *argument)
{
	const struct late_write *late = argument;

	do
		(void)usleep(20000);
	while (!is_asleep(late->reader_tid));
	connection_write(late->connection, late->size_bytes);
	return NULL;
}

static void blocked_reads(struct connection *connection, struct recorder *recorder)
{
	struct late_write late = { connection, 40, gettid() };
	pthread_t thread;

	for (int i = 0; i < 10; i++) {
		if (pthread_create(&thread, NULL, write_late, &late))
			die("thread");
		must(receive(connection, recorder, 100, 0, WAIT_FOR_IT) == 40);
		(void)pthread_join(thread, NULL);
	}
}

/* The first half is there at entry, the second comes during the call. */
static void wait_for_all(struct connection *connection, struct recorder *recorder)
{
	struct late_write late = { connection, 60, gettid() };
	pthread_t thread;

	for (int i = 0; i < 5; i++) {
		queue(connection, 40);
		if (pthread_create(&thread, NULL, write_late, &late))
			die("thread");
		must(receive(connection, recorder, 100, MSG_WAITALL, WAIT_FOR_IT) == 100);
		(void)pthread_join(thread, NULL);
	}
}

static void peeks(struct connection *connection, struct recorder *recorder)
{
	queue(connection, 100);
	for (int i = 0; i < 5; i++)
		must(receive(connection, recorder, 60, MSG_PEEK, WAIT_NONE) == 60);
	must(receive(connection, recorder, 60, 0, WAIT_NONE) == 60);
	must(receive(connection, recorder, 60, MSG_PEEK, WAIT_NONE) == 40);
	must(receive(connection, recorder, 60, 0, WAIT_NONE) == 40);
	must(receive(connection, recorder, 60, MSG_PEEK | MSG_DONTWAIT, WAIT_NONE) < 0);
}

static void would_block(struct connection *connection, struct recorder *recorder)
{
	for (int i = 0; i < 5; i++) {
		must(receive(connection, recorder, 60, MSG_DONTWAIT, WAIT_NONE) < 0);
		queue(connection, 20);
		must(receive(connection, recorder, 60, MSG_DONTWAIT, WAIT_NONE) == 20);
	}
}

static void ignore(int signal_number)
{
	(void)signal_number;
}

static void interrupt(int flags, bool is_writing, struct connection *connection,
		      struct recorder *recorder)
{
	struct sigaction action = { .sa_handler = ignore, .sa_flags = flags };
	struct itimerval soon = { .it_value = { .tv_usec = 10000 } };
	struct late_write late = { connection, 40, gettid() };
	pthread_t thread;

	(void)sigaction(SIGALRM, &action, NULL);
	(void)setitimer(ITIMER_REAL, &soon, NULL);
	if (!is_writing) {
		must(receive(connection, recorder, 100, 0, WAIT_NONE) < 0 && errno == EINTR);
		return;
	}
	/* The kernel makes the call again by itself: an empty one, then the read. */
	if (pthread_create(&thread, NULL, write_late, &late))
		die("thread");
	must(receive(connection, recorder, 100, 0, WAIT_UNKNOWN) == 40);
	(void)pthread_join(thread, NULL);
	recorder->maybe_empty_count++; /* unless the other thread got the signal */
}

static void interrupted_reads(struct connection *connection, struct recorder *recorder)
{
	interrupt(0, false, connection, recorder);
	queue(connection, 40);
	must(receive(connection, recorder, 100, 0, WAIT_NONE) == 40);
	interrupt(SA_RESTART, true, connection, recorder);
}

static void end_of_stream(struct connection *connection, struct recorder *recorder)
{
	queue(connection, 40);
	(void)shutdown(connection->writer_fd, SHUT_WR);
	(void)usleep(20000);
	must(receive(connection, recorder, 100, 0, WAIT_NONE) == 40);
	for (int i = 0; i < 3; i++)
		must(receive(connection, recorder, 100, 0, WAIT_NONE) == 0);
}

static void spliced(struct connection *connection, struct recorder *recorder)
{
	uint64_t before_ns;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		die("pipe");
	queue(connection, 300);
	must(receive(connection, recorder, 100, 0, WAIT_NONE) == 100);
	before_ns = prof_now_ns();
	must(splice(connection->reader_fd, NULL, ends[1], NULL, 100, 0) == 100);
	/* Seen when the bytes left, as if somebody had waited for them until then. */
	recorder_add(recorder, 100, 100, before_ns, prof_now_ns())->wait = WAIT_FOR_IT;
	must(receive(connection, recorder, 200, 0, WAIT_NONE) == 100);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

static void discarded(struct connection *connection, struct recorder *recorder)
{
	uint8_t buffer[200];
	uint64_t before_ns;

	queue(connection, 200);
	must(receive(connection, recorder, 100, 0, WAIT_NONE) == 100);
	before_ns = prof_now_ns();
	must(recv(connection->reader_fd, buffer, 60, MSG_TRUNC) == 60);
	recorder_add(recorder, 100, 60, before_ns, prof_now_ns());
	must(receive(connection, recorder, 100, 0, WAIT_NONE) == 40);
}

static void many_at_once(struct connection *connection, struct recorder *recorder)
{
	enum { COUNT = 4, SIZE_BYTES = 100 };
	uint8_t buffers[COUNT][SIZE_BYTES];
	struct iovec vectors[COUNT];
	struct mmsghdr messages[COUNT] = { 0 };
	uint64_t before_ns;
	int got;

	for (size_t i = 0; i < COUNT; i++) {
		vectors[i] = (struct iovec){ buffers[i], SIZE_BYTES };
		messages[i].msg_hdr = (struct msghdr){ .msg_iov = &vectors[i], .msg_iovlen = 1 };
	}
	queue(connection, COUNT * SIZE_BYTES);
	before_ns = prof_now_ns();
	got = recvmmsg(connection->reader_fd, messages, COUNT, 0, NULL);
	must(got == COUNT);
	for (size_t i = 0; i < COUNT; i++)
		recorder_add(recorder, stream_offset_of(buffers[i]), messages[i].msg_len, before_ns,
			     prof_now_ns());
}

static void other_calls(struct connection *connection, struct recorder *recorder)
{
	uint8_t buffer[400];
	struct iovec vectors[2] = { { buffer, 40 }, { buffer + 40, 60 } };
	uint64_t before_ns;

	queue(connection, 300);
	before_ns = prof_now_ns();
	must(read(connection->reader_fd, buffer, 100) == 100);
	recorder_add(recorder, stream_offset_of(buffer), 100, before_ns, prof_now_ns());
	before_ns = prof_now_ns();
	must(readv(connection->reader_fd, vectors, 2) == 100);
	recorder_add(recorder, stream_offset_of(buffer), 100, before_ns, prof_now_ns());
	must(receive(connection, recorder, 100, 0, WAIT_NONE) == 100);
}

/* The urgent byte is stepped over in the middle of a read, whose range is then not given. */
static void urgent_data(struct connection *connection, struct recorder *recorder)
{
	queue(connection, 40);
	if (send(connection->writer_fd, "!", 1, MSG_OOB) != 1)
		die("MSG_OOB");
	connection_write(connection, 40);
	(void)usleep(20000);
	must(receive(connection, recorder, 100, 0, WAIT_NONE) == 40);
	must(receive(connection, recorder, 1, MSG_OOB, WAIT_NONE) == 1);
	recorder->unseen_bytes++;
	must(receive(connection, recorder, 100, 0, WAIT_NONE) == 40);
	recorder->reads[1].is_optional = true;
}

static void through_uring(struct connection *connection, struct recorder *recorder)
{
	struct late_write late = { connection, 40, gettid() };
	uint8_t buffer[400];
	pthread_t thread;
	uint64_t before_ns;
	int got;

	queue(connection, 100);
	before_ns = prof_now_ns();
	got = uring_receive(connection->reader_fd, buffer, 60);
	if (got == -ENOSYS || got == -EPERM) {
		(void)printf("  (no io_uring here)\n");
		return;
	}
	must(got == 60);
	recorder_add(recorder, stream_offset_of(buffer), 60, before_ns, prof_now_ns())->tid = 0;
	must(receive(connection, recorder, 100, 0, WAIT_NONE) == 40);

	if (pthread_create(&thread, NULL, write_late, &late))
		die("thread");
	before_ns = prof_now_ns();
	must(uring_receive(connection->reader_fd, buffer, 60) == 40);
	recorder_add(recorder, stream_offset_of(buffer), 40, before_ns, prof_now_ns())->tid = 0;
	recorder->reads[recorder->read_count - 1].wait = WAIT_UNKNOWN;
	recorder->maybe_empty_count += 2; /* tries that found nothing yet */
	(void)pthread_join(thread, NULL);
}

struct racing_reader {
	struct connection *connection;
	struct recorder own;
	pthread_t thread;
};

static void *read_racing(void *argument)
{
	struct racing_reader *reader = argument;

	while (receive(reader->connection, &reader->own, 64, 0, WAIT_UNKNOWN) > 0)
		reader->own.reads[reader->own.read_count - 1].is_optional = true;
	return NULL;
}

/* Every read of either thread is either published right or counted as contested. */
static void two_readers(struct connection *connection, struct recorder *recorder)
{
	static struct racing_reader readers[2];

	memset(readers, 0, sizeof(readers));
	for (int i = 0; i < 2; i++) {
		readers[i].connection = connection;
		if (pthread_create(&readers[i].thread, NULL, read_racing, &readers[i]))
			die("thread");
	}
	for (int i = 0; i < 1000; i++)
		connection_write(connection, 64);
	(void)shutdown(connection->writer_fd, SHUT_WR);
	for (int i = 0; i < 2; i++) {
		(void)pthread_join(readers[i].thread, NULL);
		recorder->empty_count += readers[i].own.empty_count;
		for (size_t n = 0; n < readers[i].own.read_count; n++)
			recorder->reads[recorder->read_count++] = readers[i].own.reads[n];
	}
}

const struct scenario scenarios[] = {
	{ "queued bytes", queued_bytes, false },
	{ "sequence numbers wrap", queued_bytes, true },
	{ "blocked reads", blocked_reads, false },
	{ "MSG_WAITALL", wait_for_all, false },
	{ "MSG_PEEK", peeks, false },
	{ "MSG_DONTWAIT", would_block, false },
	{ "interrupted by signals", interrupted_reads, false },
	{ "end of stream", end_of_stream, false },
	{ "splice", spliced, false },
	{ "MSG_TRUNC", discarded, false },
	{ "recvmmsg", many_at_once, false },
	{ "read and readv", other_calls, false },
	{ "urgent data", urgent_data, false },
	{ "io_uring", through_uring, false },
	{ "two threads on one socket", two_readers, false },
};
const size_t scenario_count = sizeof(scenarios) / sizeof(scenarios[0]);
