/* SPDX-License-Identifier: BSD-2-Clause */
/* What a lane's slots tell of it.  Internal to shm/. */
#ifndef SHM_BUS_LANE_H
#define SHM_BUS_LANE_H

#include "shm/segment/bus_private.h"

/* The first position from head on that is not committed. */
uint64_t bus_lane_tail(const struct prof_bus *bus, uint32_t lane_index, uint64_t head);

#endif
