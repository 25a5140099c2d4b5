/* SPDX-License-Identifier: BSD-2-Clause */
#include "board.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int board_open(struct board *board, size_t room_bytes)
{
	*board = (struct board){ .room_bytes = room_bytes, .bytes = calloc(1, room_bytes) };
	if (!board->bytes)
		return -ENOMEM;
	(void)pthread_mutex_init(&board->mutex, NULL);
	return 0;
}

void board_close(struct board *board)
{
	if (!board->bytes)
		return;
	(void)pthread_mutex_destroy(&board->mutex);
	free(board->bytes);
	board->bytes = NULL;
}

bool board_offer(struct board *board, const void *bytes, size_t size_bytes)
{
	assert(size_bytes <= board->room_bytes);
	if (pthread_mutex_trylock(&board->mutex) != 0) {
		board->missed_count++;
		return false;
	}
	board->missed_count += board->is_fresh;
	memcpy(board->bytes, bytes, size_bytes);
	board->size_bytes = size_bytes;
	board->is_fresh = true;
	(void)pthread_mutex_unlock(&board->mutex);
	return true;
}

static bool copy_out(struct board *board, void *ret_bytes, bool has_to_be_fresh)
{
	bool is_there;

	(void)pthread_mutex_lock(&board->mutex);
	is_there = has_to_be_fresh ? board->is_fresh : board->size_bytes > 0;
	if (is_there)
		memcpy(ret_bytes, board->bytes, board->size_bytes);
	board->is_fresh = false;
	(void)pthread_mutex_unlock(&board->mutex);
	return is_there;
}

bool board_take(struct board *board, void *ret_bytes)
{
	return copy_out(board, ret_bytes, true);
}

bool board_look(struct board *board, void *ret_bytes)
{
	return copy_out(board, ret_bytes, false);
}
