/* SPDX-License-Identifier: BSD-2-Clause */
/* Why messages could not be read, in words, each said once. */
#ifndef CAPTURE_EXPLAIN_H
#define CAPTURE_EXPLAIN_H

#include "dpdk_capture/messages/messages.h"

/* What has been said.  Zeroed memory: nothing. */
struct explained {
	bool http2;
	bool foreign;
	bool keyless;
	bool bad;
	bool breach;
	bool unmade;
	bool cut;
};

/* Says on stderr what has been counted and not yet been said. */
void explain(struct explained *said, const struct messages_counters *counters);

#endif
