/* SPDX-License-Identifier: BSD-2-Clause */
/* Ways to read a socket, each leaving a record of what it did. */
#ifndef PROBE_SCENARIOS_SCENARIOS_H
#define PROBE_SCENARIOS_SCENARIOS_H

#include <stddef.h>

#include "connection.h"
#include "recorder.h"

struct scenario {
	const char *name;
	void (*run)(struct connection *connection, struct recorder *recorder);
	bool is_wrapping; /* to be run on a connection whose sequence numbers wrap soon */
};

extern const struct scenario scenarios[];
extern const size_t scenario_count;

#endif
