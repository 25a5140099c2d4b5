/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Of stream.c: what becomes of bytes that are in order, by what the stream
 * speaks.
 */
#ifndef CAPTURE_INTAKE_H
#define CAPTURE_INTAKE_H

#include "stream.h"

/* Takes bytes at next_offset.  Returns how many could be used. */
size_t intake_deliver(struct stream_pair *pair, struct stream *stream, struct stream_shared *shared,
		      const uint8_t *bytes, size_t size_bytes, const struct arrival *arrival);

/* The record in `record` is whole and ends at next_offset: once more, if its key was missing. */
void intake_again(struct stream_pair *pair, struct stream *stream, struct stream_shared *shared);

/* The next byte is of a TLS record, but where in it is not known. */
void intake_lose(struct stream *stream, struct stream_shared *shared);

/* Nothing of it is needed any more. */
void intake_ignore(struct stream *stream, struct stream_shared *shared);

#endif
