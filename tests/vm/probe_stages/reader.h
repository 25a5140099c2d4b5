/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An application of which is known what its readers do: it reads messages of
 * MESSAGE_BYTES, each of which begins with its number, is the user layer of its own
 * connection, and says of each message whether the thread that read it had slept.
 */
#ifndef PROBE_STAGES_READER_H
#define PROBE_STAGES_READER_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "prof/bus.h"

#define MESSAGE_BYTES	  100
#define MESSAGE_COUNT_MAX 262144

/* A message that has been read. */
struct read_message {
	uint64_t index;
	uint64_t time_ns;   /* its recv() had returned */
	uint64_t before_ns; /* before that recv() */
	uint32_t tid;
	uint32_t slept_count;  /* voluntary switches of the thread since its last read ... */
	uint32_t waited_count; /* ... and since it began to wait for this one */
	uint32_t read_bytes;   /* by the call that brought it */
};

struct reader {
	int fd;
	uint64_t cookie;
	const char *name; /* of its stream */
	const char *way;
	pthread_mutex_t lock; /* of what follows */
	struct read_message messages[MESSAGE_COUNT_MAX];
	size_t message_count;
	bool is_over;
};

/* What a thread knows of itself between two reads. */
struct turn {
	bool is_begun;
	uint32_t after_count; /* of voluntary switches: after its last read ... */
	uint32_t wait_count;  /* ... and when it began to wait */
};

/* Before the thread waits for its next bytes. */
void turn_begin(struct turn *turn);

/*
 * One recv() of at most size_bytes, noted.  Returns what recv() did; at the end of the
 * stream the reader is over.
 */
ssize_t reader_receive(struct reader *reader, struct turn *turn, size_t size_bytes, int flags);

/* The same of bytes that came another way. */
void reader_note(struct reader *reader, struct turn *turn, const uint8_t *bytes, ssize_t got,
		 uint64_t before_ns);

bool reader_is_over(struct reader *reader);

/* Reads by the way of that name to the end of the stream.  False: there is none. */
bool way_run(struct reader *reader);

/* Ends the program: "what: strerror(errno)". */
_Noreturn void die(const char *what);

#endif
