/* SPDX-License-Identifier: BSD-2-Clause */
/* event_correlator --compare A B. */
#ifndef CORR_COMPARE_SHELL_H
#define CORR_COMPARE_SHELL_H

#include <signal.h>

#include "options.h"

/* Prints the comparison, or complains; the program's exit status. */
int compare_shell(const struct options *options, const volatile sig_atomic_t *is_stopped);

#endif
