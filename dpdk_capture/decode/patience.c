/* SPDX-License-Identifier: BSD-2-Clause */
#include "patience.h"

#include <unistd.h>

#include "prof/cli.h"
#include "prof/clock.h"
#include "prof/publish.h"

#define NAP_US 200

void patience_wait(struct patience *patience, struct prof_producer *producer)
{
	uint64_t begun_ns;

	if (prof_publish_has_room(producer)) {
		patience->is_over = false;
		return;
	}
	if (patience->is_over)
		return;
	begun_ns = prof_now_ns();
	while (!prof_publish_has_room(producer)) {
		if (prof_delta_ns(begun_ns, prof_now_ns()) >= (int64_t)PATIENCE_NS) {
			patience->is_over = true;
			prof_complain("dpdk_capture", "the bus is full", "nobody takes from it",
				      "start event_correlator first; what does not fit is lost");
			return;
		}
		(void)usleep(NAP_US); /* woken early is as good */
	}
}
