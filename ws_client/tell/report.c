/* SPDX-License-Identifier: BSD-2-Clause */
#include "report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <unistd.h>

#include "prof/cli.h"
#include "prof/clock.h"

#define PLAIN_PROGRESS_S 10 /* where nobody watches a terminal */

void report_clear(struct report *report)
{
	if (report->is_progress_shown)
		(void)fputs("\r\033[K", stderr);
	report->is_progress_shown = false;
}

void report_complain(struct report *report, const char *what, const char *why, const char *remedy)
{
	report_clear(report);
	prof_complain(CLIENT_PROGRAM, what, why, remedy);
}

void report_note(struct report *report, const char *format, ...)
{
	va_list words;

	report_clear(report);
	va_start(words, format);
	(void)fputs(CLIENT_PROGRAM ": ", stderr);
	(void)vfprintf(stderr, format, words);
	(void)fputc('\n', stderr);
	va_end(words);
}

/* After writing to standard output: what could not be written must not go on unseen. */
static void check_output(struct report *report)
{
	if (!ferror(stdout))
		return;
	report->output_err = errno ? -errno : -EIO;
	__fpurge(stdout); /* or exit() would write it again, and wait for a reader that sleeps */
}

void report_message(struct report *report, const char *text, size_t size_bytes)
{
	if (report->output_err)
		return;
	report_clear(report);
	(void)fwrite(text, 1, size_bytes, stdout);
	(void)fputc('\n', stdout);
	check_output(report);
}

void report_ping(struct report *report, uint64_t rtt_us)
{
	if (report->output_err)
		return;
	report_clear(report);
	(void)printf("[ping] rtt_us=%" PRIu64 " us\n", rtt_us);
	check_output(report);
}

void report_progress(struct report *report, const struct report_progress *progress, uint64_t now_ns)
{
	bool is_terminal = isatty(STDERR_FILENO) == 1;
	int64_t since_ns = prof_delta_ns(report->progress_ns, now_ns);
	uint64_t rate;

	if (!is_terminal && since_ns < (int64_t)PLAIN_PROGRESS_S * PROF_NS_PER_S)
		return;
	rate = (progress->messages - report->progress_messages) * PROF_NS_PER_S /
	       (uint64_t)(since_ns > 0 ? since_ns : 1);
	report_clear(report);
	(void)fprintf(stderr,
		      CLIENT_PROGRAM ": %" PRIu64 " messages/s, %u connections, rtt %" PRIu64
				     " us, %" PRIu64 " gaps%s",
		      rate, progress->open_count, progress->rtt_us, progress->gaps,
		      is_terminal ? "" : "\n");
	report->is_progress_shown = is_terminal;
	report->progress_ns = now_ns;
	report->progress_messages = progress->messages;
}

static void report_templates(struct report *report, const struct client_counts *counts)
{
	for (size_t i = 0; i < CLIENT_TEMPLATE_COUNT && counts->templates[i].count; i++)
		report_note(report,
			    "%" PRIu64
			    " messages of SBE template %u, schema %u, which is not known",
			    counts->templates[i].count, counts->templates[i].template_id,
			    counts->templates[i].schema_id);
	if (counts->other_templates)
		report_note(report, "%" PRIu64 " messages of still other SBE templates",
			    counts->other_templates);
}

void report_summary(struct report *report, const struct client_counts *counts)
{
	report_note(report,
		    "%" PRIu64 " messages, %" PRIu64 " bytes, %" PRIu64 " dropped, %" PRIu64
		    " reconnects, %" PRIu64 " roll-overs, %" PRIu64 " gaps, %" PRIu64 " malformed",
		    counts->messages, counts->payload_bytes, counts->dropped, counts->breaks,
		    counts->roll_overs, counts->gaps, counts->kinds[FEED_MALFORMED]);
	report_note(
		report,
		"%" PRIu64 " missing in gaps, %" PRIu64 " missing across reconnects, %" PRIu64
		" duplicates, %" PRIu64 " repeats, %" PRIu64 " oversize, %" PRIu64
		" unknown events, %" PRIu64 " refused requests, %" PRIu64 " range errors, %" PRIu64
		" of streams without room, %" PRIu64 " not checked for being duplicates, %" PRIu64
		" without a place in the stream, %" PRIu64 " requests not told",
		counts->gap_messages, counts->break_messages, counts->duplicates, counts->repeats,
		counts->oversize, counts->unknown_events, counts->kinds[FEED_ERROR],
		counts->range_errors + counts->untracked, counts->streams_overflow,
		counts->unchecked, counts->ktls + counts->unplaced, counts->untold_requests);
	if (counts->orders_sent || counts->orders_unsent)
		report_note(report,
			    "%" PRIu64 " test orders sent, %" PRIu64 " not sent, %" PRIu64
			    " answered, %" PRIu64 " refused",
			    counts->orders_sent, counts->orders_unsent, counts->orders_answered,
			    counts->orders_refused);
	report_templates(report, counts);
}
