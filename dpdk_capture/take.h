/* SPDX-License-Identifier: BSD-2-Clause */
/* What becomes of the frames of a burst: published, printed, kept, decoded, counted. */
#ifndef CAPTURE_TAKE_H
#define CAPTURE_TAKE_H

#include "capture.h"

void take_burst(struct capture *capture, const struct burst *burst);

/* A connection has been registered (registry_found): what was remembered of it goes out. */
void take_recalled(void *context, const struct flow *flow);

#endif
