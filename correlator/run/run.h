/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One run of the correlator: the engine, the statistics, the sinks and the
 * recording, fed by the same inputs whether they come from the bus or a file.
 */
#ifndef CORR_RUN_H
#define CORR_RUN_H

#include <signal.h>

#include "correlator/engine/engine.h"
#include "correlator/recording/recorder.h"
#include "correlator/sinks/sink.h"

#define RUN_SINK_COUNT_MAX 16

struct run_options {
	struct corr_engine_options engine;
	enum corr_unit unit;
	uint32_t interval_s; /* 0: no interval lines */
	struct sink_origin origin;
	const volatile sig_atomic_t *is_stopped; /* see struct sink; NULL: never */
	/* Called at once, and once for each cause, when a layer sees nothing; NULL: nobody asks. */
	void (*tell_blind)(const struct corr_blind *blind);
};

struct run {
	struct run_options options;
	struct corr_engine *engine;
	const char *record_path;
	struct recorder *recorder; /* NULL: nothing is recorded */
	struct corr_stats *stats;
	struct trip_stats *trip_stats;
	struct order_stats *order_stats;
	struct orders *orders;
	struct corr_stats *interval_stats; /* NULL if no intervals are wanted */
	bool has_ended;			   /* run_end() was called, for then */
	uint64_t ended_ns;
	uint64_t first_round_ns; /* 0: none yet */
	uint64_t interval_count; /* told so far */
	uint32_t blind_count;	 /* told so far */
	uint32_t sink_count;
	struct sink sinks[RUN_SINK_COUNT_MAX];
};

/* 0 or a negative errno; run_close() releases it. */
int run_open(struct run *run, const struct run_options *options);
/*
 * Adds and opens a sink; its options stand in *sink.  Before the first input.
 * 0 or a negative errno.
 */
int run_add_sink(struct run *run, const struct sink *sink);
/*
 * Records every input from here on.  Only path, sizes and is_quiet have to be
 * set.  0 or a negative errno.
 */
int run_record(struct run *run, const struct recorder_options *options);

/* The inputs, in the order that engine.h prescribes. */
void run_lane(struct run *run, uint32_t lane_index, const struct prof_lane *facts,
	      uint64_t read_ns);
static inline void run_event(struct run *run, uint32_t lane_index, const struct prof_event *event)
{
	if (run->recorder)
		recorder_event(run->recorder, lane_index, event);
	corr_engine_event(run->engine, lane_index, event);
}
void run_socket(struct run *run, const struct prof_socket *socket);
void run_host(struct run *run, const char *name);
/* which: enum recording_fact; one that this version does not know is ignored. */
void run_fact(struct run *run, uint8_t which, const char *words);
void run_stream(struct run *run, uint16_t index, const char *name);
void run_round(struct run *run, uint64_t now_ns, int64_t wall_offset_ns);
void run_end(struct run *run, uint64_t now_ns);

/* After run_end(): sinks that show something are asked again whether they are still looked at. */
void run_linger(struct run *run);

/* Writes out what sinks have buffered. */
void run_flush(struct run *run);
/* True if a sink or the recording cannot be written any more. */
bool run_has_failed(const struct run *run);
/* True if so, or if a sink has been told to end the run. */
bool run_is_over(const struct run *run);

/*
 * Closes the sinks, the last one first, which print their reports, and
 * releases everything.  Returns 0 or the first error, a negative errno, with
 * the path of the file it concerns (NULL: standard output) in *ret_path.
 */
int run_close(struct run *run, const char **ret_path);

#endif
