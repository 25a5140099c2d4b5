/* SPDX-License-Identifier: BSD-2-Clause */
/* What happened to frames on their way into a source, and on their way on. */
#ifndef CAPTURE_SOURCE_COUNTERS_H
#define CAPTURE_SOURCE_COUNTERS_H

#include <stdint.h>

/*
 * What a source counts itself, read from it.  The kernel forgets what it has told of its ring:
 * net_af_packet of DPDK 25.11 asks it and tells that as missed, 22.11 and 24.11 do not, and
 * it is ours to ask.  The sum of the two is what was lost.
 */
struct source_counters {
	uint64_t missed_count;	       /* by the driver: its ring was full */
	uint64_t error_count;	       /* by the driver: received with errors */
	uint64_t nombuf_count;	       /* by the driver: no buffer to receive into */
	uint64_t ring_drop_count;      /* by the kernel: its packet ring was full */
	uint64_t foreign_count;	       /* of another interface, seen before the socket was bound */
	uint64_t forwarded_count;      /* handed on, either way */
	uint64_t handon_drop_count;    /* not handed on: the other side took no more */
	uint64_t oversized_count;      /* not handed on: longer than the other side's MTU */
	uint64_t unstamped_count;      /* without the kernel's stamp, stamped by the poll instead */
	uint64_t unread_count;	       /* of a capture file: link, interface or stamp not known */
	uint64_t adapter_count;	       /* stamped by the adapter's clock */
	uint64_t adapter_bare_count;   /* not, though it was asked to: no stamp on the packet */
	uint64_t adapter_aside_count;  /* nor those: somebody has set it to stamp less */
	uint64_t adapter_unread_count; /* nor those: its clock could not be read, or lied */
	uint64_t adapter_stepped_count;	 /* nor those: a clock was set nearby */
	uint64_t adapter_unhanded_count; /* without the kernel's stamp beside */
	uint64_t clock_step_count; /* stamped while the clock behind their stamps was stepped */
};

#endif
