/* SPDX-License-Identifier: BSD-2-Clause */
/* Follows the bus's registry of sockets. */
#ifndef CAPTURE_REGISTRY_H
#define CAPTURE_REGISTRY_H

#include <net/if.h>
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

/* Where a registered socket's traffic may be expected, as far as addresses can say. */
struct registry_guess {
	size_t socket_count; /* open ones */
	bool is_found;	     /* an interface has the address of one */
	char interface[IF_NAMESIZE];
};

/* "lo" if there is nothing to go by. */
void registry_guess(const struct prof_bus *bus, struct registry_guess *ret_guess);

#endif
