/* SPDX-License-Identifier: BSD-2-Clause */
/* A connection of many small messages, as it would be captured: libssl's own, in memory. */
#ifndef TESTS_BENCH_MESSAGES_MADE_H
#define TESTS_BENCH_MESSAGES_MADE_H

#include <stddef.h>
#include <stdint.h>

#define MADE_SERVER_PORT 9443
#define MADE_CLIENT_PORT 40000

/* One segment; its payload lies in made.bytes. */
struct made_segment {
	size_t at;
	uint32_t size_bytes;
	uint32_t seq;
	uint8_t is_server;
	uint8_t flags;
};

struct made {
	uint8_t *bytes;
	size_t bytes_used;
	struct made_segment *segments;
	size_t segment_count;
	size_t first_message; /* the segment with the first one; then there is one in each */
	char keys[4096];      /* a key log */
};

/* Ends the program if it cannot. */
void made_create(struct made *made, size_t message_count);

/* Writes it as a capture file, and its keys. */
void made_write(const struct made *made, const char *pcap_path, const char *keys_path);

#endif
