/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The consumer's end of a BPF ring buffer (Documentation/bpf/ringbuf.rst).
 *
 * libbpf has one too, but it does not say where the producers are, and that
 * is what makes a mark true: the probe reserves its record first and takes
 * the return stamp afterwards.  So if T is read here first and ring_end()
 * after it, then every record stamped up to T was already reserved and lies
 * below that end; once the reader's position has reached it, all of them have
 * been taken.  A record that is reserved but not yet written holds the reader
 * (ring_take() stops there), and with it the mark.
 */
#ifndef EBPF_LOADER_RING_H
#define EBPF_LOADER_RING_H

#include <stddef.h>
#include <stdint.h>

struct ring;

typedef void (*ring_record_fn)(void *context, const void *record, size_t size_bytes);

/*
 * Maps the ring of map_fd, which stays the caller's.  Returns 0 and the ring,
 * to be released with ring_close(), or a negative errno.
 */
int ring_open(int map_fd, size_t ring_bytes, struct ring **ret_ring);

/* NULL is allowed.  Always returns NULL. */
struct ring *ring_close(struct ring *ring);

/* Where the producers have got to.  Positions count bytes and never wrap. */
uint64_t ring_end(const struct ring *ring);

/* Where the reader has got to. */
uint64_t ring_position(const struct ring *ring);

/*
 * Hands over the records below `end`, oldest first, at most record_count_max
 * of them, and gives their room back.  Stops early at one that is still being
 * written.  Returns how many there were.
 */
size_t ring_take(struct ring *ring, uint64_t end, size_t record_count_max, ring_record_fn take,
		 void *context);

#endif
