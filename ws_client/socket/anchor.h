/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where in the TCP stream the first byte lay that the library was given.
 *
 * What a library counts is a place in the TCP stream only if nothing was read
 * from the socket before it: a proxy's answer shifts everything behind it.  So
 * the two are tied together once, where the library begins, and what ties them
 * is checked again and again: the kernel must have given as many bytes as lay
 * in front and the library took.  Where it has not, no place is known any
 * more, and none is claimed again.  Pure.
 */
#ifndef WS_CLIENT_ANCHOR_H
#define WS_CLIENT_ANCHOR_H

#include <stdbool.h>
#include <stdint.h>

/* Zeroed memory is not anchored. */
struct anchor {
	bool is_known;		 /* the offset can be relied upon */
	uint64_t offset;	 /* of the library's first byte in the TCP stream */
	uint64_t check_count;	 /* how often the kernel has confirmed it */
	uint64_t disputed_bytes; /* by how many bytes it did not; 0: it always did */
};

/*
 * The library is about to be given its first byte; counted_bytes are known to
 * have been read before it.  kernel_bytes is how many the kernel says (NULL:
 * it does not say).  Where those are more, somebody else has read some, as a
 * preloaded proxy does: the kernel is right.
 */
void anchor_begin(struct anchor *anchor, uint64_t counted_bytes, const uint64_t *kernel_bytes);

/* The library has taken library_bytes so far, and the kernel says kernel_bytes in all. */
void anchor_check(struct anchor *anchor, uint64_t library_bytes, uint64_t kernel_bytes);

#endif
