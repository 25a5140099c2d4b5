/* SPDX-License-Identifier: BSD-2-Clause */
/* The files that a command line names: looked at before any of them is opened. */
#ifndef CORR_PATHS_H
#define CORR_PATHS_H

#include "options.h"

struct paths_trouble {
	const char *option;
	char why[96];
};

/* "-" is standard output for what writes text or a page. */
bool paths_is_stdout(const char *path);

/* False if two options mean the same file, and one of them would overwrite it. */
bool paths_check(const struct options *options, struct paths_trouble *ret_trouble);

#endif
