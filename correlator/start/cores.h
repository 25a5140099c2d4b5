/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists of processor cores as people type them: "0-1", "0,2,4-7". */
#ifndef CORR_CORES_H
#define CORR_CORES_H

#include <stdbool.h>
#include <stdint.h>

#define CORE_COUNT_MAX 1024

struct cores {
	bool is_member[CORE_COUNT_MAX];
};

/* 0, -EINVAL if the text is not such a list, -ERANGE for a core past the limit. */
int cores_parse(const char *text, struct cores *ret_cores);

/*
 * Confines the calling thread to those of the cores that exist and that it may
 * use.  Returns how many there are, 0 if none (nothing is changed then), or a
 * negative errno.
 */
int cores_pin(const struct cores *cores);

#endif
