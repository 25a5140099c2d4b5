/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the kernel lets into a packet socket's ring, and how it is marked.
 *
 * Everything that cannot be TCP is kept out, so that other traffic costs no
 * slot.  Tagged frames pass, as do all IPv6 extension headers.  On loopback
 * each frame passes twice, on its way out and on its way in: there the first
 * is left out too.  (PACKET_IGNORE_OUTGOING would do, but has no effect on a
 * socket that has joined a fanout group, as net_af_packet's has.)
 *
 * A frame that the kernel has merged (GRO, LRO) or has yet to cut (GSO) looks
 * like any other.  Since 6.12 the ring's own status tells; before, nothing in
 * it does, and PACKET_VNET_HDR, which would, cannot be set any more once the
 * driver has its ring.  But a filter of eBPF sees it (gso_size) and decides how
 * much of a frame is captured: of such a frame it leaves out at least the last
 * byte, which is payload.  Whatever was captured shorter than it would have
 * fitted is therefore not one segment.
 */
#ifndef CAPTURE_PACKET_FILTER_H
#define CAPTURE_PACKET_FILTER_H

#include <stdbool.h>

#include "dpdk_capture/parse/link.h"

/*
 * Attaches it to a packet socket whose frames begin with `link`: Ethernet or
 * none.  Returns 0 with *ret_is_marking, or a negative errno.  Without the
 * right to load eBPF (CAP_BPF) the filter marks nothing.
 */
int packet_filter_attach(int fd, enum packet_link link, bool is_loopback, bool *ret_is_marking);

#endif
