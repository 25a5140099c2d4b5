/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the user is told while it runs and at the end.
 */
#ifndef WS_CLIENT_REPORT_H
#define WS_CLIENT_REPORT_H

#include <stdint.h>

struct client;

/* To be called about once a second: progress, and streams that stay silent. */
void report_second(struct client *client, uint64_t now_ns);

/* The counts at the end, one line. */
void report_summary(const struct client *client);

#endif
