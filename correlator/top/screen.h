/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The terminal, through ncurses, in a thread of its own: what is offered is
 * shown when the terminal takes it; a terminal that is stopped stops nobody.
 */
#ifndef CORR_TOP_SCREEN_H
#define CORR_TOP_SCREEN_H

#include <stdbool.h>

#include "correlator/threads/board.h"

struct screen;

/*
 * Takes the terminal on standard output and shows the views (struct top_view)
 * of the board, which have to last as long as the screen.  `source` is the
 * title's.  0 and the screen, to be released with screen_close(); -ENOTTY if
 * there is no terminal that can be used; or another negative errno.
 */
int screen_open(struct board *board, const char *source, struct screen **ret_screen);

/* True once somebody has asked to leave. */
bool screen_is_left(const struct screen *screen);

/*
 * Gives the terminal back.  0, or -ETIMEDOUT if it takes nothing any more: it is
 * then left as it is, and *screen too.
 */
int screen_close(struct screen *screen);

#endif
