/* SPDX-License-Identifier: BSD-2-Clause */
/* A comparison in words and as a table. */
#ifndef CORR_COMPARE_TEXT_H
#define CORR_COMPARE_TEXT_H

#include "compare.h"
#include "correlator/text/text.h"

/* Room for compare_write(), but for the two names. */
#define COMPARE_TEXT_BYTES_MAX ((size_t)32 * 1024)

struct compare_side {
	const char *name; /* of the recording */
	const struct samples *samples;
};

void compare_write(struct text *text, const struct compare_side *a, const struct compare_side *b,
		   const struct compare_result *result, enum corr_unit unit);

#endif
