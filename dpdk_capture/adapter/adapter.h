/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An adapter whose own stamps are used: its settings, its clock, the kernel's stamps
 * beside, and what became of the packets' stamps.  Everything is put back at the end.
 *
 * For the thread that polls.
 */
#ifndef CAPTURE_ADAPTER_H
#define CAPTURE_ADAPTER_H

#include <stdbool.h>
#include <stdint.h>

#include "dpdk_capture/clock/device_clock.h"
#include "dpdk_capture/fault/fault.h"
#include "handover.h"
#include "phc.h"
#include "stamping.h"

/* Whose stamps are wanted. */
enum adapter_wish {
	ADAPTER_AS_SET, /* the adapter's if it stamps each packet as it is set now */
	ADAPTER_ASKED,	/* the adapter's; it is told to stamp each packet */
	ADAPTER_UNUSED, /* the kernel's */
};

struct adapter {
	struct stamping stamping;
	struct phc phc;
	struct device_clock clock;
	struct handover handover;
	uint64_t marked_ns;  /* monotonic time of the last attempt at a mark */
	uint32_t vain_count; /* attempts in a row at which the clock was not read */
	bool is_spared;	     /* it cannot be read as often as packets come */
	bool is_used;
	bool is_set_aside; /* somebody has set it to stamp less since */
	bool is_aside_told;
	uint64_t looked_ns;	 /* when that was asked last */
	uint64_t stamped_count;	 /* by the adapter, sure */
	uint64_t bare_count;	 /* no stamp on the packet */
	uint64_t aside_count;	 /* nor on those: it was set to stamp less */
	uint64_t unread_count;	 /* stamped, but its clock was not read in time, or contradictory */
	uint64_t stepped_count;	 /* stamped, but a clock was set nearby */
	uint64_t unhanded_count; /* the kernel's stamp beside is not known */
};

/* One that is not used and may be closed. */
void adapter_init(struct adapter *ret_adapter);

/*
 * Begins to use the stamps of an interface's packets.  Returns 0, or a negative errno with
 * *ret_why saying why the kernel's stamps are used instead; *ret_adapter may be
 * closed in any case.
 */
int adapter_open(const char *interface, enum adapter_wish wish, struct adapter *ret_adapter,
		 struct fault *ret_why);

/*
 * Reads the clock: after packets were taken, before their stamps are converted.  Some microseconds.
 * Once it has refused to be read it is left alone for a while after each time.
 */
void adapter_mark(struct adapter *adapter);

/* True if the clock was last read so long ago that its drift would show. */
bool adapter_is_due(const struct adapter *adapter, uint64_t now_ns);

/*
 * A stamp of the adapter's to CLOCK_MONOTONIC.  Returns false if it is not sure, and counts why;
 * nothing is written then.
 */
bool adapter_convert(struct adapter *adapter, uint64_t device_ns, uint64_t *ret_time_ns,
		     uint64_t *ret_uncertainty_ns);

/* The kernel's stamp of the same frame, CLOCK_REALTIME.  Returns false, and counts, if unknown. */
bool adapter_handed(struct adapter *adapter, uint64_t device_ns, uint64_t *ret_wall_ns);

/*
 * A packet had no stamp of the adapter's: counts it, with its reason.  At most once a second the
 * settings are asked for.
 */
void adapter_miss(struct adapter *adapter);

/* NULL is allowed. */
void adapter_close(struct adapter *adapter);

#endif
