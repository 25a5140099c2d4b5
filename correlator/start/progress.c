/* SPDX-License-Identifier: BSD-2-Clause */
#include "progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "prof/clock.h"

#define PATIENCE_NS PROF_NS_PER_S
#define REDRAW_NS   (PROF_NS_PER_S / 4)
#define MIB	    1048576.0

size_t progress_format(const struct progress *progress, uint64_t done_bytes, uint64_t size_bytes,
		       uint64_t now_ns, char line[PROGRESS_LINE_BYTES])
{
	double elapsed_s = (double)prof_delta_ns(progress->begun_ns, now_ns) / PROF_NS_PER_S;
	double rate = elapsed_s > 0 ? (double)done_bytes / elapsed_s : 0;
	int size;

	if (size_bytes == 0 || done_bytes > size_bytes || rate <= 0)
		size = snprintf(line, PROGRESS_LINE_BYTES, "%.60s: %.0f MiB, %.0f MiB/s",
				progress->what, (double)done_bytes / MIB, rate / MIB);
	else
		size = snprintf(line, PROGRESS_LINE_BYTES,
				"%.60s: %" PRIu64 " %%, %.0f MiB/s, %.0f s left", progress->what,
				done_bytes * 100 / size_bytes, rate / MIB,
				(double)(size_bytes - done_bytes) / rate);
	return size > 0 ? (size_t)size : 0;
}

void progress_begin(struct progress *progress, const char *what)
{
	*progress = (struct progress){ .what = what,
				       .is_shown = isatty(STDERR_FILENO) == 1,
				       .begun_ns = prof_now_ns() };
}

void progress_tell(void *context, uint64_t done_bytes, uint64_t size_bytes)
{
	struct progress *progress = context;
	char line[PROGRESS_LINE_BYTES];
	uint64_t now_ns;

	if (!progress->is_shown)
		return;
	now_ns = prof_now_ns();
	if (prof_delta_ns(progress->begun_ns, now_ns) < PATIENCE_NS ||
	    prof_delta_ns(progress->drawn_ns, now_ns) < REDRAW_NS)
		return;
	progress->drawn_ns = now_ns;
	progress->is_drawn = true;
	(void)progress_format(progress, done_bytes, size_bytes, now_ns, line);
	(void)fprintf(stderr, "\r%s\033[K", line);
}

void progress_end(struct progress *progress)
{
	if (progress->is_drawn)
		(void)fprintf(stderr, "\r\033[K");
	progress->is_drawn = false;
}
