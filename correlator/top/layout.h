/* SPDX-License-Identifier: BSD-2-Clause */
/* The view laid out for a screen of any size: characters and what they are.  Pure. */
#ifndef CORR_TOP_PAGE_H
#define CORR_TOP_PAGE_H

#include "view.h"

#define PAGE_ROW_COUNT_MAX    100
#define PAGE_COLUMN_COUNT_MAX 300

enum page_look { PAGE_PLAIN, PAGE_TITLE, PAGE_HEAD, PAGE_BAR, PAGE_TAIL, PAGE_ALERT, PAGE_LOOKS };

struct page {
	uint32_t row_count; /* the screen's, at most PAGE_ROW_COUNT_MAX */
	uint32_t column_count;
	char cells[PAGE_ROW_COUNT_MAX][PAGE_COLUMN_COUNT_MAX];
	uint8_t looks[PAGE_ROW_COUNT_MAX][PAGE_COLUMN_COUNT_MAX]; /* enum page_look */
};

struct page_choice {
	const char *source; /* the bus, or the recording */
	enum top_span span; /* of the waterfall */
	bool is_wide;	    /* figures of that span only: the waterfall gets the room */
};

void page_draw(struct page *page, const struct top_view *view, const struct page_choice *choice);

/* "43.2u", "1.23m", "999n": three digits in at most five characters. */
void page_duration(int64_t duration_ns, char ret_text[8]);

#endif
