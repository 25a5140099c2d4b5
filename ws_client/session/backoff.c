/* SPDX-License-Identifier: BSD-2-Clause */
#include "backoff.h"

uint32_t backoff_next_ms(struct backoff *backoff, uint32_t max_ms, uint32_t dice)
{
	uint32_t wait_ms = BACKOFF_FIRST_MS;

	for (uint32_t i = 0; i < backoff->failure_count && wait_ms < max_ms; i++)
		wait_ms *= 2; /* below max_ms each time, so at most twice that */
	if (wait_ms > max_ms)
		wait_ms = max_ms;
	if (backoff->failure_count < UINT32_MAX)
		backoff->failure_count++;
	return wait_ms - dice % (wait_ms / 2 + 1);
}

void backoff_note_life(struct backoff *backoff, uint64_t lived_ms)
{
	if (lived_ms >= BACKOFF_RESET_MS)
		backoff->failure_count = 0;
}
