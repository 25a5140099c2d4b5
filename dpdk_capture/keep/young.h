/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames of connections that nobody has registered yet: a client registers its
 * socket only once it is connected, and what passed before that, the TLS
 * handshake above all, is what a later reader cannot do without.  The newest of
 * them are kept, as many as there is room for.  Pure.
 */
#ifndef CAPTURE_KEEP_YOUNG_H
#define CAPTURE_KEEP_YOUNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define YOUNG_BYTES ((size_t)8 << 20)

/* One frame as it was captured. */
struct kept_frame {
	uint64_t wall_time_ns;
	uint32_t captured_bytes;
	uint32_t wire_bytes;
	const uint8_t *bytes;
	uint8_t link; /* enum packet_link */
};

struct young {
	size_t begin; /* of the oldest frame */
	size_t end;   /* where the next one goes */
	size_t used_bytes;
	uint64_t pushed_count; /* frames that made room for newer ones, never asked for */
	uint8_t bytes[YOUNG_BYTES];
};

/* One that finds no room even so is counted and left out. */
void young_add(struct young *young, uint64_t flow_id, const struct kept_frame *frame);

/* Another connection between the same ends begins: what was kept of the old one goes. */
void young_forget(struct young *young, uint64_t flow_id);

/*
 * Gives the frames of a connection that has been registered, oldest first, and
 * forgets them.
 */
void young_recall(struct young *young, uint64_t flow_id,
		  void (*give)(void *context, const struct kept_frame *frame), void *context);

#endif
