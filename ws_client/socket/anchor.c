/* SPDX-License-Identifier: BSD-2-Clause */
#include "anchor.h"

#include <stddef.h>

void anchor_begin(struct anchor *anchor, uint64_t counted_bytes, const uint64_t *kernel_bytes)
{
	*anchor = (struct anchor){ .is_known = true, .offset = counted_bytes };
	if (kernel_bytes && *kernel_bytes > counted_bytes)
		anchor->offset = *kernel_bytes;
}

void anchor_check(struct anchor *anchor, uint64_t library_bytes, uint64_t kernel_bytes)
{
	uint64_t expected_bytes = anchor->offset + library_bytes;

	/* Kernels that are imitated leave the field empty: they do not say. */
	if (!anchor->is_known || (!kernel_bytes && expected_bytes))
		return;
	if (kernel_bytes == expected_bytes) {
		anchor->check_count++;
		return;
	}
	anchor->is_known = false;
	anchor->disputed_bytes = kernel_bytes > expected_bytes ? kernel_bytes - expected_bytes
							       : expected_bytes - kernel_bytes;
}
