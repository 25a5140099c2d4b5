/* SPDX-License-Identifier: BSD-2-Clause */
/* A capture file can wait for the correlator, but not for ever: nobody may be there. */
#ifndef CAPTURE_PATIENCE_H
#define CAPTURE_PATIENCE_H

#include "prof/bus.h"

/* So long at most without anything being taken; then what does not fit is dropped, and counted. */
#define PATIENCE_NS UINT64_C(2000000000)

/* Zeroed memory has not waited. */
struct patience {
	bool is_over;
};

/* Waits until the producer's lane has room.  Once it was in vain, no longer. */
void patience_wait(struct patience *patience, struct prof_producer *producer);

#endif
