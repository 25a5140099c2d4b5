/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of streams to the bus's numbers of them, remembered: a few bytes are compared, no more. */
#ifndef CAPTURE_STREAM_INDEX_H
#define CAPTURE_STREAM_INDEX_H

#include "prof/bus.h"

#define STREAM_INDEX_SLOT_COUNT 1024 /* a power of two */

/* Zeroed memory remembers nothing. */
struct stream_index {
	struct {
		uint16_t index;
		char name[PROF_STREAM_NAME_BYTES];
	} slots[STREAM_INDEX_SLOT_COUNT];
};

/* 0 for "", or where the bus has no room. */
uint16_t stream_index_of(struct stream_index *known, struct prof_bus *bus, const char *name);

#endif
