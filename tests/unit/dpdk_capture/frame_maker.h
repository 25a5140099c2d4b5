/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames for the tests, put together header by header. */
#ifndef TESTS_FRAME_MAKER_H
#define TESTS_FRAME_MAKER_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct frame_maker {
	size_t size_bytes;
	uint8_t bytes[2048];
};

static inline void maker_add(struct frame_maker *maker, const void *bytes, size_t size_bytes)
{
	memcpy(maker->bytes + maker->size_bytes, bytes, size_bytes);
	maker->size_bytes += size_bytes;
}

static inline void maker_u16(struct frame_maker *maker, unsigned int value)
{
	const uint8_t bytes[] = { (uint8_t)(value >> 8), (uint8_t)value };

	maker_add(maker, bytes, 2);
}

/* Addresses, then each tag's type with a tag number. */
static inline void maker_ethernet(struct frame_maker *maker, const uint16_t *tags, size_t tag_count,
				  uint16_t type)
{
	static const uint8_t addresses[12] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2 };

	maker->size_bytes = 0;
	maker_add(maker, addresses, sizeof(addresses));
	for (size_t i = 0; i < tag_count; i++) {
		maker_u16(maker, tags[i]);
		maker_u16(maker, 100 + (unsigned int)i);
	}
	maker_u16(maker, type);
}

static inline void maker_ipv4(struct frame_maker *maker, size_t option_bytes, size_t behind_bytes,
			      uint8_t protocol, uint16_t fragment)
{
	static const uint8_t addresses[8] = { 10, 0, 0, 1, 10, 0, 0, 2 };
	uint8_t head[2] = { (uint8_t)(0x40 | (5 + option_bytes / 4)), 0 };
	uint8_t middle[4] = { 64, protocol, 0, 0 };
	uint8_t options[40] = { 0 };

	memset(options, 1, sizeof(options)); /* no operation */
	maker_add(maker, head, 2);
	maker_u16(maker, (unsigned int)(20 + option_bytes + behind_bytes));
	maker_u16(maker, 7);
	maker_u16(maker, fragment);
	maker_add(maker, middle, 4);
	maker_add(maker, addresses, 8);
	maker_add(maker, options, option_bytes);
}

static inline void maker_ipv6(struct frame_maker *maker, size_t behind_bytes, uint8_t next)
{
	uint8_t addresses[32] = { 0xfd };
	const uint8_t head[4] = { 0x60, 0, 0, 0 };
	const uint8_t tail[2] = { next, 64 };

	addresses[15] = 1;
	addresses[16] = 0xfd;
	addresses[31] = 2;
	maker_add(maker, head, 4);
	maker_u16(maker, (unsigned int)behind_bytes);
	maker_add(maker, tail, 2);
	maker_add(maker, addresses, 32);
}

/* Ports 40000 -> 443, sequence number 0x01020304. */
static inline void maker_tcp(struct frame_maker *maker, size_t option_bytes, uint8_t flags,
			     size_t payload_bytes)
{
	const uint8_t numbers[8] = { 1, 2, 3, 4, 0, 0, 0, 9 };
	const uint8_t rest[8] = { (uint8_t)((5 + option_bytes / 4) << 4), flags, 1, 0, 0, 0, 0, 0 };
	uint8_t payload[1500];

	maker_u16(maker, 40000);
	maker_u16(maker, 443);
	maker_add(maker, numbers, 8);
	maker_add(maker, rest, 8);
	memset(payload, 1, sizeof(payload));
	maker_add(maker, payload, option_bytes);
	memset(payload, 0xaa, sizeof(payload));
	maker_add(maker, payload, payload_bytes);
}

#endif
