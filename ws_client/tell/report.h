/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The user's terminal: what is told while the client runs and at the end.  It
 * is given what to tell as values and knows nobody.
 */
#ifndef WS_CLIENT_REPORT_H
#define WS_CLIENT_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "counts.h"

#define CLIENT_PROGRAM "websocket_client"

/* Zeroed memory has shown nothing yet. */
struct report {
	bool is_progress_shown;	    /* on a terminal, without a line feed */
	int output_err;		    /* why standard output cannot be written to; 0: it can */
	uint64_t progress_ns;	    /* when progress was last told */
	uint64_t progress_messages; /* how many there were then */
};

struct report_progress {
	uint64_t messages; /* so far */
	uint64_t gaps;
	uint64_t rtt_us;
	uint32_t open_count; /* connections */
};

/* Takes the progress line off the terminal, before anything else is written there. */
void report_clear(struct report *report);

/* prof_complain(), while the client runs. */
void report_complain(struct report *report, const char *what, const char *why, const char *remedy);

/* One line to stderr that is no complaint; printf()'s words. */
void report_note(struct report *report, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Data, to standard output.  When that fails, output_err says why and nothing more is written. */
void report_message(struct report *report, const char *text, size_t size_bytes);
void report_ping(struct report *report, uint64_t rtt_us);

/* To be called about once a second: on a terminal one line that stays, else one every 10 s. */
void report_progress(struct report *report, const struct report_progress *progress,
		     uint64_t now_ns);

/* The counts at the end, two lines, and one for each SBE template that is not known. */
void report_summary(struct report *report, const struct client_counts *counts);

#endif
