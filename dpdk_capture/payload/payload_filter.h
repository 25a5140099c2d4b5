/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which frames are wanted with their payload, as a classic BPF program: TCP,
 * of some ports or of all.  Pure.
 */
#ifndef CAPTURE_PAYLOAD_FILTER_H
#define CAPTURE_PAYLOAD_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/filter.h>

#include "dpdk_capture/parse/link.h"

#define PAYLOAD_PORT_COUNT_MAX 64
#define PAYLOAD_CODE_COUNT_MAX (32 + 2 * PAYLOAD_PORT_COUNT_MAX)

struct payload_wanted {
	bool is_all;
	uint32_t port_count;
	uint16_t ports[PAYLOAD_PORT_COUNT_MAX]; /* of either end, each once, in any order */
};

/* Adds a port; where there is no room all are wanted. */
void payload_want(struct payload_wanted *wanted, uint16_t port);

bool payload_is_same(const struct payload_wanted *a, const struct payload_wanted *b);

/*
 * Frames that begin with an Ethernet header, or with IP's own (RAW); those of
 * an 802.1Q tag are let pass as they are.  is_loopback: what is on its way out
 * will come in.  Returns the program's length.
 */
size_t payload_filter_write(const struct payload_wanted *wanted, enum packet_link link,
			    bool is_loopback, struct sock_filter code[PAYLOAD_CODE_COUNT_MAX]);

#endif
