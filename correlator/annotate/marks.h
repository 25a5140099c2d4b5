/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which messages are to be shown on their frames, and in which words.  Memory
 * is bounded: what finds no room any more is less slow than what is kept, and
 * counted.  Pure.
 */
#ifndef CORR_ANNOTATE_MARKS_H
#define CORR_ANNOTATE_MARKS_H

#include "correlator/message/message.h"
#include "correlator/text/text.h"
#include "prof/bus.h"

#define MARK_COUNT_MAX		  65536
#define MARK_WANTED_COUNT_MAX	  2048 /* besides: see marks_want() */
#define MARK_COMMENT_BYTES_MAX	  640
#define MARK_CONNECTION_COUNT_MAX 1024

struct mark {
	uint64_t start_offset; /* of the message in its connection's stream */
	uint64_t end_offset;
	uint64_t seq;	     /* of the message in the run */
	int64_t slowness_ns; /* NIC->User, or NIC->Kernel where the user is not known */
	uint32_t connection_index;
	uint32_t tcp_seq;
	uint32_t comment_bytes;
	uint64_t *ret_frame_number; /* whoever wants to know it; NULL: nobody */
	char comment[MARK_COMMENT_BYTES_MAX];
};

struct mark_connection {
	uint64_t cookie;
	struct prof_flow flow;
	uint32_t base_seq;
	uint32_t number; /* the client's own */
	uint32_t mark_count;
	bool is_base_known;
};

struct marks_options {
	uint64_t slow_above_ns; /* 0: however fast */
	uint32_t slowest_count; /* 0: as many as find room */
	enum corr_unit unit;
};

struct marks {
	struct marks_options options;
	uint32_t count_max;
	uint32_t count;
	uint64_t crowded_count;	 /* wanted, slow enough, and without room: others are slower */
	uint64_t unplaced_count; /* their place or their arrival on the wire is not known */
	uint32_t socket_count;
	uint32_t connection_count;
	struct prof_socket sockets[MARK_CONNECTION_COUNT_MAX]; /* the latest */
	struct mark_connection connections[MARK_CONNECTION_COUNT_MAX];
	struct mark marks[MARK_COUNT_MAX + MARK_WANTED_COUNT_MAX];
	uint32_t heap[MARK_COUNT_MAX]; /* of indices: the least slow is the first */
};

/* NULL if there is no memory. */
struct marks *marks_create(const struct marks_options *options);

/* What is known of a socket, then and again when that changes. */
void marks_socket(struct marks *marks, const struct prof_socket *socket);

void marks_message(struct marks *marks, const struct corr_message *message);

/* A message that has to be marked, and where its frame's number goes. */
struct marks_wanted {
	const struct corr_message *message;
	uint64_t *ret_frame_number; /* written by place_take(), if the frame is there */
	bool is_marked;		    /* false before marks_want() */
};

/*
 * Marks these as well, however slow they are, once and after all others; sorts
 * them.  Those without a place are left out, as are more than MARK_WANTED_COUNT_MAX.
 */
void marks_want(struct marks *marks, struct marks_wanted *wanted, size_t wanted_count);

/* By connection, and by where they end in it.  Nothing may be added afterwards. */
void marks_sort(struct marks *marks);

/* NULL is allowed.  Returns NULL. */
struct marks *marks_destroy(struct marks *marks);

#endif
