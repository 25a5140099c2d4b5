/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the user is told while it runs and at the end.
 */
#ifndef WS_CLIENT_REPORT_H
#define WS_CLIENT_REPORT_H

#include <stdint.h>

struct client;

/* Takes the progress line off the terminal, before anything else is written there. */
void report_clear(struct client *client);

/* prof_complain(), while the client runs. */
void report_complain(struct client *client, const char *what, const char *why, const char *remedy);

/* To be called about once a second: progress, and streams that stay silent. */
void report_second(struct client *client, uint64_t now_ns);

/* The counts at the end, two lines. */
void report_summary(struct client *client);

#endif
