/* SPDX-License-Identifier: BSD-2-Clause */
/* The report's page without its data: what comes before them, and what after. */
#ifndef CORR_PAGE_TEMPLATE_H
#define CORR_PAGE_TEMPLATE_H

#include <stddef.h>

struct template_part {
	const char *bytes; /* not terminated */
	size_t size_bytes;
};

extern const struct template_part template_head;
extern const struct template_part template_tail;

#endif
