/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sockets the loader knows, by cookie, and whether each one's reads join
 * up.  A fixed table; when it is full the one used longest ago makes room.
 * Pure; one thread.
 */
#ifndef EBPF_LOADER_SOCKETS_H
#define EBPF_LOADER_SOCKETS_H

#include <stdbool.h>
#include <stdint.h>

#include "prof/flow.h"

struct socket_entry {
	uint64_t cookie; /* 0: the place is free */
	uint64_t flow_id;
	uint64_t next_offset;	 /* where the next read should begin, once has_read */
	uint64_t used_at;	 /* of the table's own count of uses */
	uint64_t last_return_ns; /* of its latest read; 0: there was none */
	uint64_t last_send_ns;	 /* return of its latest send; 0: there was none */
	uint64_t swept_offset;	 /* how far it had been read at the latest sweep, by the kernel */
	uint32_t swept_way;	 /* enum probe_way, as it was then */
	uint32_t base_seq;	 /* if is_base_told */
	uint32_t registry_index;
	uint32_t registry_generation;
	uint32_t message_count; /* SSL_read() calls published */
	bool is_in_registry;
	bool is_base_told;   /* the registry has its base */
	bool has_read;	     /* next_offset is known */
	uint32_t told_flags; /* enum prof_socket_flag: what was found out and told */
};

struct socket_table;

/* Returns NULL if there is no memory. */
struct socket_table *socket_table_create(void);

/* NULL is allowed.  Always returns NULL. */
struct socket_table *socket_table_free(struct socket_table *table);

/* The socket's entry, or NULL.  Valid until the next add. */
struct socket_entry *socket_table_find(struct socket_table *table, uint64_t cookie);

/*
 * The socket's entry, a fresh one if it was not there.  *ret_evicted_cookie
 * becomes the cookie of the socket that had to make room, else 0.
 */
struct socket_entry *socket_table_add(struct socket_table *table, uint64_t cookie,
				      uint64_t *ret_evicted_cookie);

/* The entries one by one, free places included; NULL after the last one. */
struct socket_entry *socket_table_at(struct socket_table *table, uint32_t index);

void socket_table_remove(struct socket_table *table, uint64_t cookie);

/*
 * Notes that [start_offset, start_offset + size_bytes) has been read.
 * Returns how many bytes since the last read nobody reported: consumed
 * by splice or zero-copy, or their record was lost.  Negative if the read
 * lies before the last one: two threads were reading, and their records
 * overtook each other; it fills a gap told before.
 */
int64_t socket_note_read(struct socket_entry *entry, uint64_t start_offset, uint32_t size_bytes);

/* Where its first read should begin: at the probe's watched_from, if that is known. */
void socket_watch_from(struct socket_entry *entry, uint32_t watched_from);

/* Notes that everything below end_offset has been read. */
void socket_note_position(struct socket_entry *entry, uint64_t end_offset);

#endif
