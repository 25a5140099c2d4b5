/* SPDX-License-Identifier: BSD-2-Clause */
/* The lock of the registry and of the stream names.  Internal to shm/. */
#ifndef SHM_BUS_REGISTRY_H
#define SHM_BUS_REGISTRY_H

#include "prof/bus.h"

/*
 * Waits a bounded time for the right to write.  A writer that died in the
 * middle is cleaned up after.  0, or -ETIMEDOUT if a living one does not go on.
 */
int bus_registry_lock(struct prof_bus *bus);
void bus_registry_unlock(struct prof_bus *bus);

#endif
