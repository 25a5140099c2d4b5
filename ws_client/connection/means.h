/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What each part of a session works with and none of them owns: the options,
 * the library, the ways to the bus and to the user.  client.c makes it.
 */
#ifndef WS_CLIENT_MEANS_H
#define WS_CLIENT_MEANS_H

#include <stdbool.h>
#include <stdint.h>

#include "options.h"
#include "publisher.h"
#include "ws_client/tell/counts.h"
#include "ws_client/tell/report.h"

struct lws_context;
struct orders;

struct means {
	const struct client_options *options;
	struct lws_context *context;
	struct publisher *publisher;
	struct report *report;
	struct client_counts *counts;
	struct orders *orders; /* NULL: none are sent */
	uint64_t last_rtt_us;
	bool is_ending; /* anybody may wish it: nothing more is taken, connected or told */
};

#endif
