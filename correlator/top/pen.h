/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing on a layout: what does not fit is cut off.  Pure. */
#ifndef CORR_TOP_PEN_H
#define CORR_TOP_PEN_H

#include "layout.h"

/* Where the next text goes. */
struct pen {
	struct layout *layout;
	uint32_t row;
	uint32_t column;
};

void pen_put(struct pen *pen, enum layout_look look, const char *text);
__attribute__((format(printf, 3, 4))) void pen_print(struct pen *pen, enum layout_look look,
						     const char *format, ...);
void pen_new_line(struct pen *pen);
/* To a column further right, if it is not there yet. */
void pen_go_to(struct pen *pen, uint32_t column);
/* Are there so many rows, from this one on? */
bool pen_has_room(const struct pen *pen, uint32_t row_count);

/* The stages with their bars and figures (waterfall.c). */
void waterfall_draw(struct pen *pen, const struct top_view *view,
		    const struct layout_choice *choice);

#endif
