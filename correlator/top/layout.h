/* SPDX-License-Identifier: BSD-2-Clause */
/* The view laid out for a screen of any size: characters and what they are.  Pure. */
#ifndef CORR_TOP_LAYOUT_H
#define CORR_TOP_LAYOUT_H

#include "view.h"

#define LAYOUT_ROW_COUNT_MAX	100
#define LAYOUT_COLUMN_COUNT_MAX 300

enum layout_look {
	LAYOUT_PLAIN,
	LAYOUT_TITLE,
	LAYOUT_HEAD,
	LAYOUT_BAR,
	LAYOUT_TAIL,
	LAYOUT_ALERT,
	LAYOUT_LOOKS
};

struct layout {
	uint32_t row_count; /* the screen's, at most LAYOUT_ROW_COUNT_MAX */
	uint32_t column_count;
	char cells[LAYOUT_ROW_COUNT_MAX][LAYOUT_COLUMN_COUNT_MAX];
	uint8_t looks[LAYOUT_ROW_COUNT_MAX][LAYOUT_COLUMN_COUNT_MAX]; /* enum layout_look */
};

struct layout_choice {
	const char *source; /* the bus, or the recording */
	enum top_span span; /* of the waterfall */
	bool is_wide;	    /* figures of that span only: the waterfall gets the room */
};

void layout_draw(struct layout *layout, const struct top_view *view,
		 const struct layout_choice *choice);

/* "43.2u", "1.23m", "999n": three digits in at most five characters. */
void layout_duration(int64_t duration_ns, char ret_text[8]);

#endif
