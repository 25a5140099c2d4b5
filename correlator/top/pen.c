/* SPDX-License-Identifier: BSD-2-Clause */
#include "pen.h"

#include <stdarg.h>
#include <stdio.h>

void pen_put(struct pen *pen, enum layout_look look, const char *text)
{
	struct layout *layout = pen->layout;

	for (; *text && pen->row < layout->row_count && pen->column < layout->column_count;
	     text++) {
		/* Names come from other processes: a terminal must not act on them. */
		layout->cells[pen->row][pen->column] = *text < 0x20 || *text > 0x7e ? '?' : *text;
		layout->looks[pen->row][pen->column++] = (uint8_t)look;
	}
}

void pen_print(struct pen *pen, enum layout_look look, const char *format, ...)
{
	char text[LAYOUT_COLUMN_COUNT_MAX + 1];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	pen_put(pen, look, text);
}

void pen_new_line(struct pen *pen)
{
	pen->row++;
	pen->column = 0;
}

bool pen_has_room(const struct pen *pen, uint32_t row_count)
{
	return pen->row + row_count <= pen->layout->row_count;
}

void pen_go_to(struct pen *pen, uint32_t column)
{
	if (pen->column < column)
		pen->column = column;
}

void layout_duration(int64_t duration_ns, char ret_text[8])
{
	static const char *const units[] = { "ns", "us", "ms" };
	double value = (double)duration_ns;
	size_t unit = 0;

	while (value >= 999.5 && unit < sizeof(units) / sizeof(units[0]) - 1) {
		value /= 1000;
		unit++;
	}
	if (value >= 999.5) { /* seconds */
		value /= 1000;
		(void)snprintf(ret_text, 8,
			       value < 9.995   ? "%.2fs"
			       : value < 99.95 ? "%.1fs"
					       : "%.0fs",
			       value < 9999 ? value : 9999);
		return;
	}
	if (unit == 0)
		(void)snprintf(ret_text, 8, "%.0fns", value);
	else
		(void)snprintf(ret_text, 8,
			       value < 9.995   ? "%.2f%s"
			       : value < 99.95 ? "%.1f%s"
					       : "%.0f%s",
			       value, units[unit]);
}
