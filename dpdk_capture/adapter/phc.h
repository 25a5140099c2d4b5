/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads an adapter's own clock (PHC, /dev/ptpN) beside CLOCK_MONOTONIC.
 *
 * Three ways, the best that driver and kernel offer: both clocks latched by the hardware at
 * once (PTP_SYS_OFFSET_PRECISE), the device read between two reads of
 * CLOCK_MONOTONIC (PTP_SYS_OFFSET_EXTENDED with a clock's number, kernels that
 * take it), or between two reads of CLOCK_REALTIME, which is then related to
 * CLOCK_MONOTONIC before and after; if the wall clock was set meanwhile there
 * is no read.  See include/uapi/linux/ptp_clock.h.
 */
#ifndef CAPTURE_PHC_H
#define CAPTURE_PHC_H

#include <stddef.h>
#include <stdint.h>

#include "dpdk_capture/clock/device_clock.h"

/*
 * What such clocks count in, at most: none is documented to be coarser than the 82574L's (e1000e),
 * which ticks at 24 MHz; what the clock's device file says of itself is 1 ns for all.
 */
#define PHC_RESOLUTION_NS 42

/* How the clock is read. */
enum phc_way {
	PHC_PRECISE,
	PHC_MONOTONIC,
	PHC_REALTIME,
	PHC_WAY_COUNT,
};

struct phc {
	int fd;
	int index; /* N of /dev/ptpN */
	enum phc_way way;
};

/*
 * The clock that stamps this interface's packets (ETHTOOL_GET_TS_INFO).  Returns 0, -ENODEV if it
 * has none, -ENOENT if its device file is not here, or a negative errno.
 */
int phc_open(const char *interface, struct phc *ret_phc);

/*
 * Takes up to read_count reads, one after the other.  Returns how many, 0 if
 * the clock could not be read.
 */
size_t phc_read(struct phc *phc, struct device_read *ret_reads, size_t read_count);

/* "both clocks at once", "between two reads of CLOCK_MONOTONIC" ... */
const char *phc_way_text(enum phc_way way);

void phc_close(struct phc *phc);

#endif
