/* SPDX-License-Identifier: BSD-2-Clause */
#include "totals.h"

void totals_add_gap(struct publisher_totals *totals, int64_t gap_bytes, uint32_t size_bytes)
{
	if (gap_bytes > 0) {
		totals->skipped_count++;
		totals->skipped_bytes += (uint64_t)gap_bytes;
	} else if (gap_bytes < 0) {
		totals->reordered_count++;
		totals->filled_bytes += size_bytes;
	}
}

uint64_t totals_unpaired_count(const struct publisher_totals *totals)
{
	uint64_t missed_count = totals->exhausted_count + totals->skipped_call_count;
	uint64_t count = totals->probe.count[PROBE_COUNT_UNPAIRED];

	return count > missed_count ? count - missed_count : 0;
}

uint64_t totals_gap_bytes(const struct publisher_totals *totals)
{
	uint64_t known_bytes = totals->filled_bytes + totals->probe.count[PROBE_COUNT_LOST_BYTES];

	return totals->skipped_bytes > known_bytes ? totals->skipped_bytes - known_bytes : 0;
}

uint64_t totals_lost_count(const struct publisher_totals *totals)
{
	const __u64 *count = totals->probe.count;

	return totals->exhausted_count + totals->skipped_call_count + totals->off_seconds +
	       totals->bus_dropped_count + count[PROBE_COUNT_RESERVE_FAILED] +
	       count[PROBE_COUNT_UNPAIRED] + count[PROBE_COUNT_CONTESTED] +
	       count[PROBE_COUNT_UNBASED] + count[PROBE_COUNT_UNTRACKED] +
	       count[PROBE_COUNT_UNTOLD];
}

bool totals_is_all_ktls(const struct publisher_totals *totals)
{
	return totals->ktls_socket_count && totals->ktls_socket_count == totals->socket_count;
}

uint64_t totals_unseen_bytes(const struct publisher_totals *totals)
{
	uint64_t bytes = totals_gap_bytes(totals);

	for (int way = 0; way < PROBE_WAY_COUNT; way++)
		bytes += totals->unseen_bytes[way];
	return bytes;
}
