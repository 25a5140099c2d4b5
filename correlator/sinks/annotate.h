/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the sink that writes frames with comments is told, and what that of the
 * page shares with it; their `own` before they are opened.
 */
#ifndef CORR_SINKS_ANNOTATE_H
#define CORR_SINKS_ANNOTATE_H

#include "correlator/annotate/marks.h"
#include "correlator/page/collect.h"
#include "prof/cli.h"

/* The page's sink is closed last: until then its messages can be had, and be told their frames. */
struct page_share {
	struct collect *collect; /* NULL: there is no page */
	const char *frames_file; /* see struct facts */
};

struct annotate_options {
	struct marks_options marks; /* its unit is the sink's */
	const struct prof_text_list *frames;
	const struct prof_text_list *key_files;
	uint64_t bytes_max;
	struct page_share *page; /* whose messages are marked, too */
};

#endif
