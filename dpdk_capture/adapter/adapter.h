/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An adapter whose own stamps are used: its settings, its clock, and what
 * became of the packets' stamps.  Everything is put back at the end.
 *
 * For the thread that polls.
 */
#ifndef CAPTURE_ADAPTER_H
#define CAPTURE_ADAPTER_H

#include <stdbool.h>
#include <stdint.h>

#include "dpdk_capture/clock/device_clock.h"
#include "dpdk_capture/fault/fault.h"
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
	uint64_t marked_ns; /* monotonic time of the last attempt at a mark */
	bool is_used;
};

/*
 * Begins to use the stamps of an interface's packets.  Returns 0, or a negative errno with
 * *ret_why saying why the kernel's stamps are used instead; *ret_adapter may be
 * closed in any case.
 */
int adapter_open(const char *interface, enum adapter_wish wish, struct adapter *ret_adapter,
		 struct fault *ret_why);

/* Reads the clock: after packets were taken, before their stamps are converted.  Some microseconds.
 */
void adapter_mark(struct adapter *adapter);

/* True if the clock was last read so long ago that its drift would show. */
bool adapter_is_due(const struct adapter *adapter, uint64_t now_ns);

/* NULL is allowed. */
void adapter_close(struct adapter *adapter);

#endif
