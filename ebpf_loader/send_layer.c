/* SPDX-License-Identifier: BSD-2-Clause */
#include "send_layer.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "prof/cli.h"

#define PROGRAM "ebpf_loader"

struct send_probes *send_layer_open(const struct session_options *options,
				    const struct session *session)
{
	const struct session_maps maps = session_maps(session);
	const struct send_options own = {
		.mode = options->mode,
		.rows_fd = maps.rows_fd,
		.sockets_fd = maps.sockets_fd,
		.substitutes_fd = maps.substitutes_fd,
		.ring_fd = session_ring_fd(session),
		.is_kprobe = session_attach_kind(session) == ATTACH_KPROBE,
		.is_only_way = options->attach != ATTACH_AUTO,
	};
	struct send_probes *probes = NULL;
	int err = send_probes_open(&own, &probes);

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
			      "%llu, unpaired %llu, no base %llu, sockets displaced %llu\n",
		      totals->send_count, totals->send_bytes, totals->send_elsewhere_bytes,
		      counts.count[SEND_COUNT_RESERVE_FAILED], counts.count[SEND_COUNT_CONTESTED],
		      counts.count[SEND_COUNT_UNPAIRED], counts.count[SEND_COUNT_UNBASED],
		      counts.count[SEND_COUNT_DISPLACED]);
}
