/* SPDX-License-Identifier: BSD-2-Clause */
/* Follows the bus's registry of sockets. */
#ifndef CAPTURE_REGISTRY_H
#define CAPTURE_REGISTRY_H

#include <stdbool.h>
#include <stdint.h>

#include "dpdk_capture/select/selector.h"
#include "prof/bus.h"

struct registry {
	struct prof_bus *bus;
	uint64_t epoch;
	bool is_read; /* at least once */
};

/* Called for each connection that was not registered before. */
typedef void (*registry_found)(void *context, const struct flow *flow);

/* Costs one load while nothing has changed; else reads all entries into the selector. */
void registry_sync(struct registry *registry, struct selector *selector, registry_found found,
		   void *context);

/*
 * The name of the interface that carries the registered sockets' traffic, or
 * "lo".  Returns how many open sockets there are.
 */
size_t registry_interface(const struct prof_bus *bus, char *ret_name, size_t size_bytes);

#endif
