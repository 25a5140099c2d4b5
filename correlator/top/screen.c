/* SPDX-License-Identifier: BSD-2-Clause */
#include "screen.h"

#include <curses.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "correlator/threads/thread.h"
#include "layout.h"

#define KEY_WAIT_MS  100
#define CLOSE_WAIT_S 5

struct screen {
	struct board *board;
	SCREEN *curses;
	FILE *input; /* NULL: standard input */
	struct termios before;
	pthread_t thread;
	atomic_bool is_stopping;
	atomic_bool is_left;
	struct layout_choice choice;
	struct top_view view;
	struct layout layout;
};

/* ---- Showing ----------------------------------------------------------------- */

static const chtype plain_looks[LAYOUT_LOOKS] = {
	[LAYOUT_PLAIN] = A_NORMAL, [LAYOUT_TITLE] = A_REVERSE, [LAYOUT_HEAD] = A_BOLD,
	[LAYOUT_BAR] = A_BOLD,	   [LAYOUT_TAIL] = A_NORMAL,   [LAYOUT_ALERT] = A_REVERSE,
};

/* Colours add to it where there are some; they are never all that tells. */
static void choose_colors(void)
{
	if (!has_colors() || start_color() == ERR || use_default_colors() == ERR)
		return;
	(void)init_pair(LAYOUT_BAR, COLOR_GREEN, -1);
	(void)init_pair(LAYOUT_TAIL, COLOR_YELLOW, -1);
	(void)init_pair(LAYOUT_ALERT, COLOR_RED, -1);
}

static void show(const struct layout *layout)
{
	(void)erase();
	for (uint32_t row = 0; row < layout->row_count; row++) {
		for (uint32_t column = 0; column < layout->column_count; column++) {
			uint8_t look = layout->looks[row][column];
			chtype cell = (unsigned char)layout->cells[row][column];

			cell |= plain_looks[look];
			if (look >= LAYOUT_BAR && has_colors())
				cell |= (chtype)COLOR_PAIR(look);
			/* The last place of the screen says ERR, and is written. */
			(void)mvaddch((int)row, (int)column, cell);
		}
	}
	(void)refresh();
}

static void draw(struct screen *screen)
{
	screen->layout.row_count = (uint32_t)LINES;
	screen->layout.column_count = (uint32_t)COLS;
	layout_draw(&screen->layout, &screen->view, &screen->choice);
	show(&screen->layout);
}

/* ---- Listening --------------------------------------------------------------- */

/* True if the screen has to be drawn again. */
static bool take_key(struct screen *screen, int key)
{
	switch (key) {
	case 'q':
	case 'Q':
		atomic_store_explicit(&screen->is_left, true, memory_order_relaxed);
		return false;
	case 's':
		screen->choice.span = TOP_SECOND;
		return true;
	case 'm':
		screen->choice.span = TOP_MINUTE;
		return true;
	case 'r':
		screen->choice.span = TOP_RUN;
		return true;
	case 'w':
		screen->choice.is_wide = !screen->choice.is_wide;
		return true;
	case KEY_RESIZE:
		(void)clearok(curscr, TRUE); /* what the terminal made of the old picture */
		return true;
	default:
		return false;
	}
}

static void *work(void *context)
{
	struct screen *screen = context;

	while (!atomic_load_explicit(&screen->is_stopping, memory_order_relaxed)) {
		bool is_new = take_key(screen, getch());

		is_new |= board_take(screen->board, &screen->view);
		if (is_new)
			draw(screen);
	}
	return NULL;
}

/* ---- The terminal -------------------------------------------------------------- */

static int open_terminal(struct screen *screen)
{
	if (!isatty(STDOUT_FILENO))
		return -ENOTTY;
	(void)tcgetattr(STDOUT_FILENO, &screen->before);
	if (!isatty(STDIN_FILENO)) {
		screen->input = fopen("/dev/tty", "re");
		if (!screen->input)
			return -ENOTTY;
	}
	/* Not initscr(), which ends the program where it cannot start. */
	screen->curses = newterm(NULL, stdout, screen->input ? screen->input : stdin);
	if (!screen->curses)
		return -ENOTTY;
	(void)cbreak();
	(void)noecho();
	(void)curs_set(0);
	(void)keypad(stdscr, TRUE);
	timeout(KEY_WAIT_MS);
	choose_colors();
	return 0;
}

static void release(struct screen *screen)
{
	if (screen->curses) {
		(void)endwin();
		delscreen(screen->curses);
	}
	if (screen->input)
		(void)fclose(screen->input);
	free(screen);
}

int screen_open(struct board *board, const char *source, struct screen **ret_screen)
{
	struct screen *screen = calloc(1, sizeof(*screen));
	int err;

	if (!screen)
		return -ENOMEM;
	screen->board = board;
	screen->choice = (struct layout_choice){ .source = source, .span = TOP_MINUTE };
	err = open_terminal(screen);
	if (err == 0)
		err = thread_start(&screen->thread, work, screen);
	if (err < 0)
		release(screen);
	else
		*ret_screen = screen;
	return err;
}

bool screen_is_left(const struct screen *screen)
{
	return atomic_load_explicit(&screen->is_left, memory_order_relaxed);
}

int screen_close(struct screen *screen)
{
	struct timespec deadline;

	atomic_store_explicit(&screen->is_stopping, true, memory_order_relaxed);
	(void)clock_gettime(CLOCK_REALTIME, &deadline);
	deadline.tv_sec += CLOSE_WAIT_S;
	if (pthread_timedjoin_np(screen->thread, NULL, &deadline) != 0) {
		/* Its thread is in a write: at least the terminal shall echo again. */
		(void)tcsetattr(STDOUT_FILENO, TCSANOW, &screen->before);
		return -ETIMEDOUT;
	}
	release(screen);
	return 0;
}
