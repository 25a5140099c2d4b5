/* SPDX-License-Identifier: BSD-2-Clause */
/* Capture files read through, one frame after the other. */
#ifndef CORR_ANNOTATE_FRAMES_H
#define CORR_ANNOTATE_FRAMES_H

#include <signal.h>

#include "place.h"
#include "prof/cli.h"

struct frames_reader {
	const struct prof_text_list *paths;
	void (*take)(void *context, const struct place_frame *frame);
	/* Secrets in the files; NULL: nobody wants them. */
	void (*take_secrets)(void *context, const char *text, size_t size_bytes);
	void *context;
	const volatile sig_atomic_t *stop_count; /* two signals end it; NULL: nothing does */

	/* What did not go well, for people; the rest was read all the same. */
	char note[160];
	uint64_t unread_count; /* frames of an unknown link, or without a stamp */
};

/*
 * Each file in turn, and behind FILE, FILE.1, FILE.2 and so on, as
 * dpdk_capture --write goes on: those that are there.  0, or a negative errno
 * if there is no memory or a path has no file at all; *ret_path is then whose.
 */
int frames_read(struct frames_reader *reader, const char **ret_path);

#endif
