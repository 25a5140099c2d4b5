/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stage_readers serve ADDRESS PORT
 * stage_readers BUS ADDRESS PORT COUNT GAP_US NAME=WAY
 *
 * The first sends to each connection what it asks for; the second asks for COUNT messages,
 * one about every GAP_US, reads them by a way, and prints of each, after "NAME WAY", its
 * number, thread, how often that thread had slept since its last read and since it began to
 * wait, how many messages came with it, and the times around its recv().  It tells the bus of
 * each message, of stream NAME.  It waits for the file that STAGES_GO names to appear.
 */
#include "reader.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "prof/clock.h"

#define READ_BYTES (655 * MESSAGE_BYTES)

/* Full segments end where messages end, however many are queued at the sender. */
#define SEGMENT_BYTES	 (14 * MESSAGE_BYTES)
#define TIMESTAMPS_BYTES 12

void die(const char *what)
{
	perror(what);
	exit(1);
}

static uint32_t switch_count(void)
{
	struct rusage usage;

	if (getrusage(RUSAGE_THREAD, &usage) < 0)
		die("getrusage");
	return (uint32_t)usage.ru_nvcsw;
}

void turn_begin(struct turn *turn)
{
	turn->wait_count = switch_count();
	if (!turn->is_begun)
		turn->after_count = turn->wait_count;
	turn->is_begun = true;
}

static uint64_t index_of(const uint8_t *message)
{
	uint64_t index;

	memcpy(&index, message, sizeof(index));
	return index;
}

/* Stamped under the lock: what is published up to a mark is all that is older. */
void reader_note(struct reader *reader, struct turn *turn, const uint8_t *bytes, ssize_t got,
		 uint64_t before_ns)
{
	uint32_t count = switch_count();
	uint32_t slept_count = count - turn->after_count;

	if (got < 0)
		return;
	turn->after_count = count;
	if (got % MESSAGE_BYTES) {
		(void)fprintf(stderr, "%zd bytes are no whole messages\n", got);
		exit(1);
	}
	(void)pthread_mutex_lock(&reader->lock);
	reader->is_over |= got == 0;
	for (ssize_t at = 0; at < got; at += MESSAGE_BYTES) {
		if (reader->message_count == MESSAGE_COUNT_MAX)
			die("too many messages");
		reader->messages[reader->message_count++] =
			(struct read_message){ .index = index_of(bytes + at),
					       .time_ns = prof_now_ns(),
					       .before_ns = before_ns,
					       .tid = (uint32_t)gettid(),
					       .slept_count = slept_count,
					       .waited_count = count - turn->wait_count,
					       .read_bytes = (uint32_t)got };
	}
	(void)pthread_mutex_unlock(&reader->lock);
}

ssize_t reader_receive(struct reader *reader, struct turn *turn, size_t size_bytes, int flags)
{
	static _Thread_local uint8_t bytes[READ_BYTES];
	uint64_t before_ns = prof_now_ns();
	ssize_t got = recv(reader->fd, bytes, size_bytes < READ_BYTES ? size_bytes : READ_BYTES,
			   flags);

	reader_note(reader, turn, bytes, got, before_ns);
	return got;
}

bool reader_is_over(struct reader *reader)
{
	bool is_over;

	(void)pthread_mutex_lock(&reader->lock);
	is_over = reader->is_over;
	(void)pthread_mutex_unlock(&reader->lock);
	return is_over;
}

/* ---- The user layer -------------------------------------------------------- */

struct teller {
	struct reader *reader;
	struct prof_bus *bus;
	struct prof_producer *producer;
	uint16_t stream_index;
	size_t told_count;
};

static void tell(struct teller *teller, const struct read_message *message)
{
	struct prof_event event = {
		.time_ns = message->time_ns,
		.conn_key = teller->reader->cookie,
		.kind = PROF_EVENT_MESSAGE,
		.stamp_source = PROF_STAMP_CLOCK,
		.flags = PROF_FLAG_PLAIN,
		.message = { .end_offset = (message->index + 1) * MESSAGE_BYTES,
			     .message_index = (uint32_t)message->index,
			     .size_bytes = MESSAGE_BYTES },
	};

	event.stream_index = teller->stream_index;
	(void)prof_publish(teller->producer, &event); /* what finds no room is counted there */
	(void)printf("%s %s %" PRIu64 " %u %u %u %u %" PRIu64 " %" PRIu64 "\n",
		     teller->reader->name, teller->reader->way, message->index, message->tid,
		     message->slept_count, message->waited_count,
		     message->read_bytes / MESSAGE_BYTES, message->before_ns, message->time_ns);
}

static void tell_new(struct teller *teller)
{
	struct reader *reader = teller->reader;
	uint64_t now_ns;
	size_t count;

	(void)pthread_mutex_lock(&reader->lock);
	now_ns = prof_now_ns();
	count = reader->message_count;
	(void)pthread_mutex_unlock(&reader->lock);
	while (teller->told_count < count)
		tell(teller, &reader->messages[teller->told_count++]);
	prof_publish_mark(teller->producer, now_ns);
}

static void tell_all(struct teller *teller)
{
	bool is_over;

	do {
		is_over = reader_is_over(teller->reader);
		tell_new(teller);
		(void)usleep(5000);
	} while (!is_over);
}

static struct prof_endpoint endpoint_of(const struct sockaddr_in *address)
{
	struct prof_endpoint endpoint;

	prof_endpoint_set_ipv4(&endpoint, &address->sin_addr, ntohs(address->sin_port));
	return endpoint;
}

static void enter_socket(struct reader *reader, struct prof_bus *bus,
			 const struct sockaddr_in *there)
{
	struct sockaddr_in here = { 0 };
	socklen_t here_bytes = sizeof(here);
	socklen_t cookie_bytes = sizeof(reader->cookie);
	struct prof_socket socket = { .pid = (uint32_t)getpid(), .fd = reader->fd };
	const char *go_path = getenv("STAGES_GO");
	uint32_t index;

	if (getsockname(reader->fd, (struct sockaddr *)&here, &here_bytes) < 0 ||
	    getsockopt(reader->fd, SOL_SOCKET, SO_COOKIE, &reader->cookie, &cookie_bytes) < 0)
		die("getsockname");
	socket.cookie = reader->cookie;
	socket.flow.local = endpoint_of(&here);
	socket.flow.remote = endpoint_of(there);
	if (prof_socket_register(bus, &socket, &index) < 0)
		die("register");
	(void)fprintf(stderr, "port %u\n", ntohs(here.sin_port));
	(void)usleep(300000); /* the loader and the capture look several times a second */
	while (go_path && access(go_path, F_OK) < 0)
		(void)usleep(20000);
}

static struct sockaddr_in address_of(const char *address, const char *port)
{
	struct sockaddr_in there = { .sin_family = AF_INET,
				     .sin_port = htons((uint16_t)atoi(port)) };

	if (inet_pton(AF_INET, address, &there.sin_addr) != 1)
		die(address);
	return there;
}

static void *read_by_way(void *argument)
{
	if (!way_run(argument)) {
		(void)fprintf(stderr, "no such way\n");
		exit(2);
	}
	return NULL;
}

static void open_bus(struct teller *teller, const char *bus_name, const char *stream_name)
{
	const struct prof_producer_options options = { .name = "stage_readers",
						       .layer = PROF_LAYER_USER };

	if (prof_bus_open(bus_name, 5000, &teller->bus) < 0 ||
	    prof_producer_attach(teller->bus, &options, &teller->producer) < 0 ||
	    prof_stream_intern(teller->bus, stream_name, &teller->stream_index) < 0)
		die("bus");
}

static int read_all(char **argv)
{
	static struct reader reader = { .lock = PTHREAD_MUTEX_INITIALIZER };
	struct sockaddr_in there = address_of(argv[2], argv[3]);
	struct teller teller = { .reader = &reader };
	uint32_t order[2] = { (uint32_t)atoi(argv[4]), (uint32_t)atoi(argv[5]) };
	char *equals = strchr(argv[6], '=');
	pthread_t thread;

	if (!equals)
		return 2;
	*equals = '\0';
	reader.name = argv[6];
	reader.way = equals + 1;
	reader.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(reader.fd, (struct sockaddr *)&there, sizeof(there)) < 0)
		die("connect");
	open_bus(&teller, argv[1], reader.name);
	enter_socket(&reader, teller.bus, &there);
	if (write(reader.fd, order, sizeof(order)) != sizeof(order) ||
	    pthread_create(&thread, NULL, read_by_way, &reader))
		die("begin");
	tell_all(&teller);
	(void)pthread_join(thread, NULL);
	(void)usleep(300000); /* its socket is known until all have told of it */
	(void)prof_producer_detach(teller.producer);
	(void)prof_bus_close(teller.bus);
	return 0;
}

/* ---- The sender -------------------------------------------------------------- */

/* Half to one and a half of the gap, so that nothing keeps in step with anything. */
static void wait_gap(uint32_t gap_us, uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	(void)usleep(gap_us / 2 + (*seed >> 8) % (gap_us + 1));
}

static void *serve_one(void *argument)
{
	int fd = (int)(intptr_t)argument;
	uint8_t message[MESSAGE_BYTES] = { 0 };
	uint32_t order[2];
	uint32_t seed = 1;

	if (recv(fd, order, sizeof(order), MSG_WAITALL) != sizeof(order))
		die("order");
	for (uint64_t index = 0; index < order[0]; index++) {
		if (order[1])
			wait_gap(order[1], &seed);
		else if (index == 1)
			(void)sleep(1); /* a flood: by then its reader is known */
		memcpy(message, &index, sizeof(index));
		if (send(fd, message, sizeof(message), MSG_NOSIGNAL) != sizeof(message))
			break;
	}
	(void)usleep(500000);
	(void)close(fd);
	return NULL;
}

static int serve(char **argv)
{
	struct sockaddr_in here = address_of(argv[2], argv[3]);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	pthread_t thread;
	int one = 1;
	int size_bytes = SEGMENT_BYTES + TIMESTAMPS_BYTES;

	if (setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
	    setsockopt(listener, IPPROTO_TCP, TCP_MAXSEG, &size_bytes, sizeof(size_bytes)) < 0 ||
	    bind(listener, (struct sockaddr *)&here, sizeof(here)) < 0 || listen(listener, 16) < 0)
		die("listen");
	(void)puts("listening");
	(void)fflush(stdout);
	for (;;) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

		if (fd < 0 || setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) < 0 ||
		    pthread_create(&thread, NULL, serve_one, (void *)(intptr_t)fd))
			die("accept");
		(void)pthread_detach(thread);
	}
}

int main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "serve") == 0)
		return serve(argv);
	return argc == 7 ? read_all(argv) : 2;
}
