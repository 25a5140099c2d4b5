/* SPDX-License-Identifier: BSD-2-Clause */
#include "fault.h"

#include <stdio.h>

int fault_set(struct fault *fault, int err, const char *what, const char *why, const char *remedy)
{
	(void)snprintf(fault->what, sizeof(fault->what), "%s", what);
	(void)snprintf(fault->why, sizeof(fault->why), "%s", why);
	(void)snprintf(fault->remedy, sizeof(fault->remedy), "%s", remedy);
	return err;
}
