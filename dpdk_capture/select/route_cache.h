/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What became of the last plain segment of a connection, for each direction:
 * most segments are of the same few connections as those just before them.
 * Remembers only what is published.  Pure.
 */
#ifndef CAPTURE_ROUTE_CACHE_H
#define CAPTURE_ROUTE_CACHE_H

#include <stdint.h>
#include <string.h>

#include "dpdk_capture/parse/packet_quick.h"

#define ROUTE_COUNT 1024

struct route {
	uint32_t addrs[2];
	uint32_t ports;
	uint32_t epoch; /* of the cache when it was learnt */
	uint64_t flow_id;
	uint8_t event_flags; /* PROF_FLAG_OUTBOUND or 0 */
};

struct route_cache {
	uint32_t epoch; /* routes learnt in another one are forgotten; never 0 */
	struct route routes[ROUTE_COUNT];
};

/* The hash knows no direction; the source's port does. */
static inline uint32_t route_index(const struct packet_quick *quick)
{
	return (quick->hash ^ quick->ports >> 16) & (ROUTE_COUNT - 1);
}

/* NULL if nothing is known of it. */
static inline const struct route *route_find(const struct route_cache *cache,
					     const struct packet_quick *quick)
{
	const struct route *route = &cache->routes[route_index(quick)];

	return route->addrs[0] == quick->addrs[0] && route->addrs[1] == quick->addrs[1] &&
			       route->ports == quick->ports && route->epoch == cache->epoch
		       ? route
		       : NULL;
}

static inline void route_learn(struct route_cache *cache, const struct packet_quick *quick,
			       uint64_t flow_id, uint8_t event_flags)
{
	cache->routes[route_index(quick)] = (struct route){
		.addrs = { quick->addrs[0], quick->addrs[1] },
		.ports = quick->ports,
		.epoch = cache->epoch,
		.flow_id = flow_id,
		.event_flags = event_flags,
	};
}

/* Forgets all: something has changed. */
static inline void route_forget(struct route_cache *cache)
{
	if (++cache->epoch == 0) {
		memset(cache, 0, sizeof(*cache)); /* after 2^32 changes old ones would seem new */
		cache->epoch = 1;
	}
}

#endif
