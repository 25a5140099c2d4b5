/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A first look at a frame: is it the plainest of TCP segments (untagged IPv4
 * without options, no fragment, no SYN), and which flow's may it be?  Enough
 * to deal with almost every frame, at a tenth of packet_parse()'s cost.  Pure.
 */
#ifndef CAPTURE_PACKET_QUICK_H
#define CAPTURE_PACKET_QUICK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "flow_hash.h"

/* Of a plain segment: what tells connections and directions apart. */
struct packet_quick {
	uint64_t addrs; /* as they lie in the frame: source, destination */
	uint32_t ports; /* source, destination */
	uint32_t hash;	/* flow_hash() of its ends */
};

/* What of the rest says whether it matters; seq and ack are read when it does. */
struct packet_quick_tcp {
	uint32_t payload_bytes;
	uint32_t ip_bytes;
	uint8_t flags;
};

/* In whole words: compilers make one load and a swap of it. */
static inline uint32_t quick_u32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static inline uint32_t quick_u16(const uint8_t *at)
{
	return (uint32_t)at[0] << 8 | at[1];
}

/*
 * False: it takes packet_parse() to tell.  True: *ret_quick is filled, and the
 * headers are whole.
 */
static inline bool packet_quick(const uint8_t *bytes, size_t captured_bytes,
				struct packet_quick *ret_quick)
{
	if (captured_bytes < 14 + 20 + 20)
		return false;
	/* Type and version; fragment and protocol, with the time to live between them; SYN. */
	if ((quick_u32(bytes + 12) & 0xffffff00) != 0x08004500 ||
	    (quick_u32(bytes + 20) & 0x3fff00ff) != 0x00000006 || (bytes[47] & 0x02))
		return false;
	memcpy(&ret_quick->addrs, bytes + 26, sizeof(ret_quick->addrs));
	ret_quick->ports = quick_u32(bytes + 34);
	ret_quick->hash = flow_hash_ipv4((uint32_t)ret_quick->addrs,
					 (uint32_t)(ret_quick->addrs >> 32),
					 (ret_quick->ports >> 16) + (ret_quick->ports & 0xffff));
	return true;
}

/* After packet_quick().  False: the lengths are not plain; packet_parse() tells why. */
static inline bool packet_quick_tcp(const uint8_t *bytes, struct packet_quick_tcp *ret_tcp)
{
	uint32_t total_bytes = quick_u16(bytes + 16);
	uint32_t tcp_header_bytes = (uint32_t)(bytes[46] & 0xf0) >> 2;
	int32_t payload_bytes = (int32_t)(total_bytes - 20 - tcp_header_bytes);

	if (tcp_header_bytes < 20 || payload_bytes < 0)
		return false;
	ret_tcp->ip_bytes = total_bytes;
	ret_tcp->payload_bytes = (uint32_t)payload_bytes;
	ret_tcp->flags = bytes[47];
	return true;
}

static inline uint32_t packet_quick_seq(const uint8_t *bytes)
{
	return quick_u32(bytes + 38);
}

static inline uint32_t packet_quick_ack(const uint8_t *bytes)
{
	return quick_u32(bytes + 42);
}

#endif
