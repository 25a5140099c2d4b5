/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --write where the kernel keeps the interface: the source's slots have room
 * for the heads of frames only, so what is kept comes by a ring of its own, whole
 * (payload_ring.h).  Its blocks arrive up to 10 ms after the segments are published.
 */
#ifndef CAPTURE_KEEP_WHOLE_H
#define CAPTURE_KEEP_WHOLE_H

#include "keep.h"
#include "prof/bus.h"

struct whole;

struct whole_options {
	struct keep *keep; /* not ours */
	struct prof_bus *bus;
	bool is_all;
	uint16_t port; /* 0: none */
};

/* Listens nowhere yet.  NULL if there is no memory. */
struct whole *whole_create(const struct whole_options *options);

/* Listens there, and no longer where it did; NULL: nowhere. */
int whole_open(struct whole *whole, const char *interface, struct fault *ret_fault);

/* Keeps what has come, a few hundred frames at most.  True if there was anything.  NULL is allowed.
 */
bool whole_poll(struct whole *whole, uint64_t now_ns);

/* Keeps what came until now and is still in the ring: waits for it, 50 ms at most. */
void whole_drain(struct whole *whole);

/* Frames that found no room, so far.  NULL is allowed. */
uint64_t whole_drop_count(struct whole *whole);

/* NULL is allowed.  Always returns NULL. */
struct whole *whole_close(struct whole *whole);

#endif
