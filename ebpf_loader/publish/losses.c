/* SPDX-License-Identifier: BSD-2-Clause */
#include "losses.h"

void losses_publish(struct prof_producer *producer, const struct publisher_totals *totals)
{
	const __u64 *count = totals->probe.count;

	prof_publish_loss(producer, PROF_LOSS_BPF_RESERVE, count[PROBE_COUNT_RESERVE_FAILED]);
	prof_publish_loss(producer, PROF_LOSS_PROBE_MISSED, totals->exhausted_count);
	prof_publish_loss(producer, PROF_LOSS_PREEMPT_SKIPPED, totals->skipped_call_count);
	prof_publish_loss(producer, PROF_LOSS_READ_ELSEWHERE, totals_unseen_bytes(totals));
	prof_publish_loss(producer, PROF_LOSS_MPTCP, totals->mptcp_socket_count);
	/* All the calls that were seen but whose range cannot be given. */
	prof_publish_loss(producer, PROF_LOSS_READ_UNPAIRED,
			  count[PROBE_COUNT_UNPAIRED] + count[PROBE_COUNT_CONTESTED] +
				  count[PROBE_COUNT_UNBASED] + count[PROBE_COUNT_UNTRACKED] +
				  count[PROBE_COUNT_UNTOLD]);
	prof_publish_loss(producer, PROF_LOSS_PROBES_OFF, totals->off_seconds);
}

void losses_publish_ssl(struct prof_producer *producer, const struct publisher_totals *totals)
{
	const __u64 *count = totals->probe.count;

	prof_publish_loss(producer, PROF_LOSS_BPF_RESERVE, count[PROBE_COUNT_SSL_RESERVE_FAILED]);
	prof_publish_loss(producer, PROF_LOSS_KTLS, totals->ssl_ktls_count);
	prof_publish_loss(producer, PROF_LOSS_SSL_UNBOUND,
			  totals->ssl_unbound_count + count[PROBE_COUNT_SSL_NESTED]);
	prof_publish_loss(producer, PROF_LOSS_SSL_UNRANGED, totals->ssl_unranged_count);
}
