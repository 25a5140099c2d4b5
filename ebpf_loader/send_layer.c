/* SPDX-License-Identifier: BSD-2-Clause */
#include "send_layer.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "prof/cli.h"

#define PROGRAM "ebpf_loader"

struct send_probes *send_layer_open(const struct beside_options *options)
{
	struct send_probes *probes = NULL;
	int err = send_probes_open(options, &probes);

	if (err)
		prof_complain(PROGRAM, "cannot attach to tcp_sendmsg_locked", strerror(-err),
			      "what is sent is not seen in the kernel; all else is measured");
	return probes;
}

void send_layer_report(const struct send_probes *probes, const struct publisher_totals *totals)
{
	struct send_counts counts;

	if (!probes)
		return;
	send_probes_read_counts(probes, &counts);
	(void)fprintf(stderr,
		      PROGRAM ": %" PRIu64 " sends, %" PRIu64 " bytes; %" PRIu64
			      " bytes sent another way or not told: ring full %llu, contested "
			      "%llu, unpaired %llu, no base %llu, sockets displaced %llu, "
			      "skipped while preempted %" PRIu64 "\n",
		      totals->send_count, totals->send_bytes, totals->send_elsewhere_bytes,
		      counts.count[SEND_COUNT_RESERVE_FAILED], counts.count[SEND_COUNT_CONTESTED],
		      counts.count[SEND_COUNT_UNPAIRED], counts.count[SEND_COUNT_UNBASED],
		      counts.count[SEND_COUNT_DISPLACED], send_probes_skipped_count(probes));
}
