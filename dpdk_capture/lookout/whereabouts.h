/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether the interface that we listen on is the one by which the registered
 * connections' traffic passes, and what to do if it is not.
 *
 * A connection that is registered and not seen for a second is looked for on
 * all interfaces, here and in its process's network namespace (lookout.h).  Only
 * what was seen there is said.  Where the user named no interface and no
 * registered connection is seen on ours, the capture moves; else it is told, once
 * for each connection.  One that is seen nowhere is idle, and nothing is said; it is
 * looked for again, ever more rarely.
 */
#ifndef CAPTURE_WHEREABOUTS_H
#define CAPTURE_WHEREABOUTS_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "dpdk_capture/select/selector.h"
#include "lookout.h"
#include "prof/bus.h"

#define TOLD_COUNT_MAX 64

struct whereabouts {
	bool is_fixed;	 /* the user named the interface */
	bool is_looking; /* `lookout` is open */
	char interface[IF_NAMESIZE];
	uint32_t namespace_pid;	   /* a process where we listen; 0: our own namespace */
	struct trail_place here;   /* index 0: not known */
	uint64_t epoch;		   /* of the registry when we last looked */
	uint64_t begun_ns;	   /* looking */
	uint64_t next_ns;	   /* not before */
	uint64_t pause_ns;	   /* until then */
	uint64_t translated_count; /* connections that were told to be */
	uint64_t elsewhere_count;
	size_t told_count;
	uint64_t told[TOLD_COUNT_MAX]; /* by flow id */
	struct lookout lookout;
};

void whereabouts_begin(struct whereabouts *whereabouts, const char *interface, bool is_fixed,
		       uint64_t now_ns);

/*
 * Every 10 ms or so; costs nothing while nothing is looked for.  True if the capture
 * is to listen elsewhere: `interface` and `namespace_pid` say where.
 */
bool whereabouts_poll(struct whereabouts *whereabouts, const struct selector *selector,
		      uint64_t now_ns);

/* Every second, with what the selector says of it. */
void whereabouts_check(struct whereabouts *whereabouts, const struct prof_bus *bus,
		       const struct selector_round *round, uint64_t now_ns);

void whereabouts_end(struct whereabouts *whereabouts);

#endif
