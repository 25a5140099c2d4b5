/* SPDX-License-Identifier: BSD-2-Clause */
/* What the two halves of the tracks share: tracks.c fills them, tracks_look.c asks. */
#ifndef CORR_TRACKS_PRIVATE_H
#define CORR_TRACKS_PRIVATE_H

#include "tracks.h"

static inline struct stretch *tracks_stretch(const struct tracks *tracks, uint32_t index)
{
	return pool_at(&tracks->stretches, index);
}

/* The position nearest to the tail that has this sequence number. */
static inline uint64_t track_position(const struct track *track, uint32_t seq)
{
	int32_t ahead = (int32_t)(seq - ((uint32_t)track->tail + track->seq_zero));

	return track->tail + (uint64_t)(int64_t)ahead;
}

/* A new one, in a place taken from another if need be. */
struct track *tracks_new(struct tracks *tracks, uint64_t flow_id, uint64_t time_ns);
/* Forgets the first stretch. */
void tracks_drop_head(struct tracks *tracks, struct track *track);

#endif
