/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When the driver handed over the frames that the adapter has stamped: the
 * kernel's own stamps, beside.
 *
 * A packet socket's ring has room for one stamp a frame, the adapter's where there is one.  A
 * second socket without a ring tells both (SO_TIMESTAMPING), of the same
 * frames by the same filter, and the adapter's stamp, unconverted, is what they are paired by.
 * The kernel serves the socket that was bound last first (list_add_rcu() in dev_add_pack(),
 * net/core/dev.c), so what is in the ring has passed here.  Not a byte of the frames is read.
 *
 * For the thread that polls.
 */
#ifndef CAPTURE_HANDOVER_H
#define CAPTURE_HANDOVER_H

#include <stdbool.h>
#include <stdint.h>

/* Pairs read and not asked for yet. */
#define HANDOVER_PAIR_COUNT 1024

struct handover_pair {
	uint64_t device_ns; /* the adapter's stamp; 0: taken */
	uint64_t wall_ns;   /* the kernel's, CLOCK_REALTIME */
};

struct handover {
	int fd; /* -1: not open */
	uint32_t first_index;
	uint32_t pair_count;
	struct handover_pair pairs[HANDOVER_PAIR_COUNT];
};

/*
 * Opens the socket, which takes in nothing yet: give it its filter.  Returns 0 or a negative
 * errno; handover_close() may follow in any case.
 */
int handover_open(struct handover *ret_handover);

/* Begins.  Returns 0 or a negative errno. */
int handover_listen(struct handover *handover, uint32_t interface_index);

/* Takes in what the socket has, as far as there is room. */
void handover_read(struct handover *handover);

/*
 * The kernel's stamp of the frame with this stamp of the adapter's, which is
 * forgotten then; frames come in about the order of their stamps.  Returns false if it is not
 * known: the socket's buffer was full, say.
 */
bool handover_find(struct handover *handover, uint64_t device_ns, uint64_t *ret_wall_ns);

/* Takes in one pair.  Returns false if there is no room.  For tests, too. */
bool handover_add(struct handover *handover, uint64_t device_ns, uint64_t wall_ns);

void handover_close(struct handover *handover);

#endif
