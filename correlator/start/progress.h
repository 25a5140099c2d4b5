/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How far a long piece of work has got, on one line of a terminal that is drawn
 * anew: the share that is done, its rate, and the time that is left.
 */
#ifndef CORR_PROGRESS_H
#define CORR_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROGRESS_LINE_BYTES 120

struct progress {
	const char *what;
	bool is_shown; /* there is a terminal to show it on */
	bool is_drawn;
	uint64_t begun_ns;
	uint64_t drawn_ns;
};

/* The line, without what moves the cursor; pure.  size_bytes 0: nobody knows. */
size_t progress_format(const struct progress *progress, uint64_t done_bytes, uint64_t size_bytes,
		       uint64_t now_ns, char line[PROGRESS_LINE_BYTES]);

/* Nothing is shown where standard error is no terminal. */
void progress_begin(struct progress *progress, const char *what);

/* context: struct progress *.  Draws four times a second, once a second has gone by. */
void progress_tell(void *context, uint64_t done_bytes, uint64_t size_bytes);

/* Takes the line away. */
void progress_end(struct progress *progress);

#endif
