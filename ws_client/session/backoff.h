/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How long to wait before connecting again: exponential, capped, with jitter,
 * so that a thousand clients cut off together do not come back together.
 * Pure: the caller brings the dice and the clock.
 */
#ifndef WS_CLIENT_BACKOFF_H
#define WS_CLIENT_BACKOFF_H

#include <stdint.h>

#define BACKOFF_FIRST_MS 250
#define BACKOFF_RESET_MS 10000 /* a connection that lived so long was a good one */

/* Zeroed memory has seen no failure. */
struct backoff {
	uint32_t failure_count; /* in a row */
};

/*
 * The next wait in ms: between half and the whole of 250 ms doubled with each
 * failure, never more than max_ms.  `dice` is any random number.
 */
uint32_t backoff_next_ms(struct backoff *backoff, uint32_t max_ms, uint32_t dice);

/* A connection has ended that had been open for lived_ms. */
void backoff_note_life(struct backoff *backoff, uint64_t lived_ms);

#endif
