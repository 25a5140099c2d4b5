/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the correlator leaves what another thread shows: the newest state,
 * never a queue.  Whoever offers does not wait; a state that nobody came to
 * take is overwritten by the next.
 */
#ifndef CORR_BOARD_H
#define CORR_BOARD_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct board {
	pthread_mutex_t mutex;
	size_t room_bytes;
	size_t size_bytes;
	unsigned char *bytes;
	bool is_fresh;	       /* nobody has taken it */
	uint64_t missed_count; /* offers that nobody took; for whoever offers */
};

/* 0 or a negative errno. */
int board_open(struct board *board, size_t room_bytes);
void board_close(struct board *board);

/* Copies size_bytes, at most room_bytes.  Never waits: false, and counted, if it would have to. */
bool board_offer(struct board *board, const void *bytes, size_t size_bytes);

/* Copies what was offered last, into room for room_bytes.  False if that was taken already. */
bool board_take(struct board *board, void *ret_bytes);

/* The same, fresh or not; false only if nothing was ever offered. */
bool board_look(struct board *board, void *ret_bytes);

#endif
