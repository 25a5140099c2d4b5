/* SPDX-License-Identifier: BSD-2-Clause */
/* DPDK's environment: what this machine offers it, its start and its end. */
#ifndef CAPTURE_EAL_H
#define CAPTURE_EAL_H

#include "command_line.h"
#include "dpdk_capture/fault/fault.h"

/* Completes the words and starts EAL.  Returns 0, or a negative errno and *ret_fault. */
int eal_start(struct word_list *words, bool is_verbose, struct eal_choice *ret_choice,
	      struct fault *ret_fault);

/* Stops it and removes the run-time directory it leaves behind. */
void eal_stop(void);

#endif
