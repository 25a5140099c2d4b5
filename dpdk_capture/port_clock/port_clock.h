/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The clock of a DPDK port, and the stamps that it puts on packets.
 *
 * With RTE_ETH_RX_OFFLOAD_TIMESTAMP a driver that can fills a dynamic field of each buffer whose
 * packet was stamped, and sets a flag beside it.  The field is in the unit of
 * rte_eth_read_clock(), "a raw amount of ticks, with no given time reference" (rte_ethdev.h), or,
 * with drivers that know no such clock, in ns of the one that IEEE 1588 uses
 * (rte_eth_timesync_read_time()).  Ticks are made ns by a rate that is measured once;
 * what that is off by is part of the limit of the clock's drift.
 *
 * For the thread that polls.
 */
#ifndef CAPTURE_PORT_CLOCK_H
#define CAPTURE_PORT_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "dpdk_capture/clock/device_clock.h"
#include "dpdk_capture/fault/fault.h"

struct rte_mbuf;

struct port_clock {
	struct device_clock clock;
	uint16_t port_id;
	bool is_used;
	bool is_timesync; /* in ns; else ticks */
	int field_offset;
	uint64_t field_flag;
	uint64_t base_ticks;
	double ns_per_tick;
	uint64_t marked_ns;	/* monotonic time of the last attempt at a mark */
	uint64_t stamped_count; /* by the adapter, sure */
	uint64_t bare_count;	/* no stamp on the packet */
	uint64_t unread_count;	/* stamped, but its clock was not read in time, or contradictory */
	uint64_t stepped_count; /* stamped, but the clock was set nearby */
};

/* One stamp, converted. */
struct port_stamp {
	uint64_t time_ns;
	uint64_t uncertainty_ns;
};

/* True if the driver of a port that is not configured yet can stamp received packets. */
bool port_clock_is_offered(uint16_t port_id);

/*
 * Begins to use the stamps of a port that was started with the offload; takes 100 ms where the
 * clock's rate is to be measured.  Returns 0, or a negative errno with *ret_why.
 */
int port_clock_open(uint16_t port_id, struct port_clock *ret_clock, struct fault *ret_why);

/* Reads the clock: after packets were taken, before their stamps are converted. */
void port_clock_mark(struct port_clock *clock);

/* True if the clock was last read so long ago that its drift would show. */
bool port_clock_is_due(const struct port_clock *clock, uint64_t now_ns);

/* Returns false if the packet has no sure stamp, and counts why; nothing is written then. */
bool port_clock_stamp(struct port_clock *clock, const struct rte_mbuf *buffer,
		      struct port_stamp *ret_stamp);

#endif
