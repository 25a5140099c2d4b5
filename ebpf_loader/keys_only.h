/* SPDX-License-Identifier: BSD-2-Clause */
/* --attach none: secrets are written down, and nothing else is done. */
#ifndef EBPF_LOADER_KEYS_ONLY_H
#define EBPF_LOADER_KEYS_ONLY_H

#include <signal.h>

#include "options.h"

/* Turns until *is_stopping or the end of --duration.  The exit status; the keys stay the caller's.
 */
int keys_only_run(const struct config *config, struct keys *keys,
		  const volatile sig_atomic_t *is_stopping);

#endif
