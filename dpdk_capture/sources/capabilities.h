/* SPDX-License-Identifier: BSD-2-Clause */
/* Which right was missing: drivers only say that something was not permitted. */
#ifndef CAPTURE_CAPABILITIES_H
#define CAPTURE_CAPABILITIES_H

#include "dpdk_capture/fault/fault.h"

/*
 * If a capability that listening needs is missing, the remedy names it; the
 * rest of the fault stays as it is.
 */
void capabilities_blame(struct fault *fault);

#endif
