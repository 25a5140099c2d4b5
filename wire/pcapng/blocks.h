/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A pcapng file's blocks (draft-ietf-opsawg-pcapng), in this machine's byte
 * order, with stamps in nanoseconds.  Pure: each goes where the caller has room
 * for it.
 *
 * DPDK has a writer too (rte_pcapng); it makes mbufs, no comments in 22.11, and
 * no secrets: these four blocks are less code than its use.
 */
#ifndef WIRE_PCAPNG_BLOCKS_H
#define WIRE_PCAPNG_BLOCKS_H

#include <stddef.h>
#include <stdint.h>

/* Of a section with its program's name, or an interface with its name, cut to 64 bytes. */
#define PCAPNG_HEAD_BYTES_MAX 128

/* A longer comment is cut: an option's length has 16 bits. */
#define PCAPNG_COMMENT_BYTES_MAX 65000

/* Begins a file: program is what wrote it. */
size_t pcapng_section(const char *program, uint8_t *out);

/* link_type is LINKTYPE_...; the interfaces of a section are numbered from 0. */
size_t pcapng_interface(uint16_t link_type, const char *name, uint8_t *out);

/* A TLS key log.  It must stand before the frames that need it. */
size_t pcapng_secrets_bytes(size_t size_bytes);
size_t pcapng_secrets(const char *text, size_t size_bytes, uint8_t *out);

struct pcapng_comment {
	const char *text;
	size_t size_bytes;
};

/* An enhanced packet. */
struct pcapng_packet {
	uint64_t wall_time_ns;
	uint32_t interface_index;
	uint32_t captured_bytes;
	uint32_t wire_bytes;
	const uint8_t *bytes;
	const struct pcapng_comment *comments;
	size_t comment_count;
};

/* The room it takes, and what it writes. */
size_t pcapng_packet_bytes(const struct pcapng_packet *packet);
size_t pcapng_packet(const struct pcapng_packet *packet, uint8_t *out);

#endif
