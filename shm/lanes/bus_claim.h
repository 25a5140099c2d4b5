/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which lane a producer gets: one that was never used, or one reclaimed from an owner that is
 * gone.  Internal to shm/; both are called with bus->mutex held.
 */
#ifndef SHM_BUS_CLAIM_H
#define SHM_BUS_CLAIM_H

#include "shm/segment/bus_private.h"

/* The index of a lane, now the calling thread's, with memory for its slots; or a negative errno. */
int bus_lane_claim(struct prof_bus *bus);

/* Gives it back; only by the thread that has it. */
void bus_lane_release(struct prof_bus *bus, uint32_t lane_index);

#endif
