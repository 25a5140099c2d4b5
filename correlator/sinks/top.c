/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The live view: a screen a second on the terminal.  A recording is shown at the
 * pace at which it was recorded, because a person is looking.
 */
#include "sink.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "correlator/threads/board.h"
#include "correlator/top/screen.h"
#include "correlator/top/view.h"
#include "prof/clock.h"

#define NAP_NS (20L * PROF_NS_PER_MS)

struct shown {
	struct top_gather gather;
	struct board board;
	struct screen *screen;
	uint64_t begun_ns; /* by our clock, when the first round came */
};

static int top_open(struct sink *sink)
{
	struct shown *shown = calloc(1, sizeof(*shown));
	int err;

	if (!shown)
		return -ENOMEM;
	err = board_open(&shown->board, sizeof(shown->gather.view));
	if (err == 0)
		err = screen_open(&shown->board, sink->path, &shown->screen);
	if (err < 0) {
		board_close(&shown->board);
		free(shown);
		return err;
	}
	sink->own = shown;
	return 0;
}

static void top_take(struct sink *sink, const struct corr_message *message)
{
	struct shown *shown = sink->own;

	top_message(&shown->gather, message);
}

static void top_take_trip(struct sink *sink, const struct corr_trip *trip)
{
	struct shown *shown = sink->own;

	top_trip(&shown->gather, trip);
}

/* Until as much time has passed here as in the recording. */
static void keep_pace(struct shown *shown, uint64_t now_ns)
{
	int64_t recorded_ns = prof_delta_ns(shown->gather.first_ns, now_ns);

	while (!screen_is_left(shown->screen) &&
	       prof_delta_ns(shown->begun_ns, prof_now_ns()) < recorded_ns) {
		if (nanosleep(&(struct timespec){ .tv_nsec = NAP_NS }, NULL) < 0)
			return; /* a signal: perhaps to stop */
	}
}

static void top_show(struct sink *sink, const struct corr_summary *summary, uint64_t now_ns)
{
	struct shown *shown = sink->own;

	if (!shown->begun_ns)
		shown->begun_ns = prof_now_ns();
	shown->gather.view.missed_count = shown->board.missed_count;
	if (top_round(&shown->gather, summary, now_ns))
		(void)board_offer(&shown->board, &shown->gather.view, sizeof(shown->gather.view));
	if (sink->is_patient && !summary->is_over)
		keep_pace(shown, now_ns);
	sink->is_done = screen_is_left(shown->screen);
}

static int top_close(struct sink *sink, const struct corr_summary *summary)
{
	struct shown *shown = sink->own;
	int err = screen_close(shown->screen);

	(void)summary;
	if (err < 0)
		return err; /* its thread still looks at the board */
	board_close(&shown->board);
	free(shown);
	return 0;
}

const struct sink_ops sink_top = {
	.name = "live view",
	.open = top_open,
	.message = top_take,
	.trip = top_take_trip,
	.round = top_show,
	.close = top_close,
};
