/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A first look at a frame: is it the plainest of TCP segments (untagged IPv4
 * without options, no fragment, no SYN), and which flow's may it be?  Enough
 * to leave out what is nobody's, at a tenth of packet_parse()'s cost.  Pure.
 */
#ifndef CAPTURE_PACKET_QUICK_H
#define CAPTURE_PACKET_QUICK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "flow_cache.h"

static inline uint32_t quick_u16(const uint8_t *at)
{
	return (uint32_t)at[0] << 8 | at[1];
}

/*
 * False: it takes packet_parse() to tell.  True: *ret_hash is flow_hash() of
 * its ends, and its headers are whole.
 */
static inline bool packet_quick(const uint8_t *bytes, size_t captured_bytes, uint32_t *ret_hash)
{
	uint32_t addrs[2];

	if (captured_bytes < 14 + 20 + 20 || quick_u16(bytes + 12) != 0x0800 || bytes[14] != 0x45 ||
	    bytes[23] != 6 || (quick_u16(bytes + 20) & 0x3fff) || (bytes[47] & 0x02))
		return false;
	memcpy(addrs, bytes + 26, sizeof(addrs));
	*ret_hash = flow_hash_ipv4(addrs[0], addrs[1],
				   quick_u16(bytes + 34) + quick_u16(bytes + 36));
	return true;
}

#endif
