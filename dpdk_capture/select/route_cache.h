/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What became of the last plain segment of a connection, for each direction:
 * most segments are of the same few connections as those just before them.
 * Remembers only what is published.  Pure.
 */
#ifndef CAPTURE_ROUTE_CACHE_H
#define CAPTURE_ROUTE_CACHE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "dpdk_capture/parse/packet_quick.h"

#define ROUTE_COUNT 1024

struct route {
	uint64_t addrs;
	uint32_t ports;
	uint32_t epoch; /* of the cache when it was learnt */
	uint64_t flow_id;
	uint16_t ip_bytes_max[2]; /* of one segment: where frames may be merged, where they are
				     marked */
	uint8_t event_flags;	  /* PROF_FLAG_OUTBOUND or 0 */
	bool is_larger_merged;	  /* or of larger ones a glance does not tell what becomes */
};

struct route_cache {
	uint32_t epoch; /* routes learnt in another one are forgotten; never 0 */
	struct route routes[ROUTE_COUNT];
};

/* The hash knows no direction; the source's port does. */
static inline uint32_t route_index(uint32_t hash, uint32_t src_port)
{
	return (hash ^ src_port) & (ROUTE_COUNT - 1);
}

/* NULL if nothing is known of it. */
static inline const struct route *route_find(const struct route_cache *cache,
					     const struct packet_quick *quick)
{
	const struct route *route = &cache->routes[route_index(quick->hash, quick->ports >> 16)];

	return route->addrs == quick->addrs && route->ports == quick->ports &&
			       route->epoch == cache->epoch
		       ? route
		       : NULL;
}

/* Takes in `route`, all of which the caller has filled but for what says whose it is. */
static inline void route_learn(struct route_cache *cache, const struct packet_quick *quick,
			       const struct route *route)
{
	struct route *place = &cache->routes[route_index(quick->hash, quick->ports >> 16)];

	*place = *route;
	place->addrs = quick->addrs;
	place->ports = quick->ports;
	place->epoch = cache->epoch;
}

/* Forgets what is known of one direction of a connection. */
static inline void route_drop(struct route_cache *cache, uint32_t hash, uint16_t src_port)
{
	cache->routes[route_index(hash, src_port)].epoch = 0;
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
