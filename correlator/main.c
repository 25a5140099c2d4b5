/* SPDX-License-Identifier: BSD-2-Clause */
/* event_correlator: takes events off the bus and says where each message's latency went. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "correlator/run/live.h"
#include "correlator/sinks/annotate.h"
#include "correlator/start/compare_shell.h"
#include "correlator/start/complain.h"
#include "correlator/start/cores.h"
#include "correlator/start/options.h"
#include "correlator/start/progress.h"
#include "prof/clock.h"

/* What --annotate writes of whole connections unless told otherwise. */
#define ANNOTATE_MIB_DEFAULT 256

static volatile sig_atomic_t stop_count;

static void on_signal(int number)
{
	(void)number;
	if (stop_count < 2)
		stop_count++;
}

static void catch_signals(void)
{
	struct sigaction action = { .sa_handler = on_signal };

	(void)sigemptyset(&action.sa_mask);
	(void)sigaction(SIGINT, &action, NULL);
	(void)sigaction(SIGTERM, &action, NULL);
	action.sa_handler = SIG_IGN; /* a reader that has gone is a failed write */
	(void)sigaction(SIGPIPE, &action, NULL);
}

static void complain_sink(const struct sink *sink, int err)
{
	if (sink->ops == &sink_annotate && err == -EINVAL)
		prof_complain(PROGRAM, sink->path, "is no plain file, or has other names as well",
			      "name another file for --annotate");
	else if (sink->ops != &sink_metrics)
		complain_file(sink->path, err);
	else
		prof_complain(PROGRAM, sink->path,
			      err == -EINVAL
				      ? "not a port, or a numeric address, a colon and a port"
				      : strerror(-err),
			      "choose another with --metrics ADDR:PORT");
}

static const char *bus_name_of(const struct options *options)
{
	return options->common.bus_name ? options->common.bus_name : PROF_BUS_NAME_DEFAULT;
}

/*
 * The last sink, so that whatever there is to say before has been said, and so
 * that the terminal is given back before the others print.
 */
static void open_top(struct run *run, const struct options *options)
{
	const struct sink sink = { .ops = &sink_top,
				   .path = options->replay_path ? options->replay_path
								: bus_name_of(options),
				   .is_patient = options->replay_path != NULL };
	int err;

	if (!options->is_top)
		return;
	err = run_add_sink(run, &sink);
	if (err < 0) {
		prof_complain(PROGRAM, "--top",
			      err == -ENOTTY ? "standard output is no terminal that can be used"
					     : strerror(-err),
			      "printing lines instead");
		return;
	}
	run->options.interval_s = 0; /* no lines across the picture */
	run->options.tell_blind = NULL;
	run->sinks[0].is_quiet = true;
}

static void tell_note(struct sink *sink)
{
	if (*sink->note)
		prof_complain(PROGRAM, sink->note, NULL, NULL);
	*sink->note = '\0';
}

static void fill_annotate(const struct options *options, struct page_share *page,
			  struct annotate_options *ret_annotate)
{
	uint64_t size_mib = options->annotate_mib ? options->annotate_mib : ANNOTATE_MIB_DEFAULT;

	*ret_annotate = (struct annotate_options){
		.marks = { .slow_above_ns = options->slow_above_us * UINT64_C(1000),
			   .slowest_count = options->slowest_count },
		.frames = &options->frames,
		.key_files = &options->key_files,
		.bytes_max = size_mib * UINT64_C(1048576),
		.page = page,
	};
}

/* What a sink writes to, in the order of the command line's help. */
static int open_sinks(struct run *run, const struct options *options,
		      struct annotate_options *annotate)
{
	bool has_data = options_has_stdout_data(options);
	uint64_t part_bytes_max = options->output_mib * UINT64_C(1048576);
	const struct sink sinks[] = {
		{ .ops = &sink_lines,
		  .is_quiet = options->is_quiet || has_data,
		  .to_stderr = has_data },
		{ .ops = &sink_jsonl,
		  .path = options->jsonl_path,
		  .part_bytes_max = part_bytes_max,
		  .part_count_max = options->output_part_count },
		{ .ops = &sink_csv,
		  .path = options->csv_path,
		  .part_bytes_max = part_bytes_max,
		  .part_count_max = options->output_part_count },
		{ .ops = &sink_trips,
		  .path = options->trips_path,
		  .part_bytes_max = part_bytes_max,
		  .part_count_max = options->output_part_count },
		{ .ops = &sink_hgrm, .path = options->hgrm_prefix },
		{ .ops = &sink_metrics, .path = options->metrics_address },
		{ .ops = &sink_perfetto,
		  .path = options->perfetto_path,
		  .part_bytes_max = part_bytes_max,
		  .part_count_max = options->output_part_count },
		{ .ops = &sink_page, .path = options->report_path, .own = annotate->page },
		/* Closed before the page, which is told of its frames. */
		{ .ops = &sink_annotate, .path = options->annotate_path, .own = annotate },
	};
	struct sink sink;

	for (size_t i = 0; i < sizeof(sinks) / sizeof(sinks[0]); i++) {
		int err;

		if (sinks[i].ops != &sink_lines && !sinks[i].path)
			continue;
		sink = sinks[i];
		sink.is_patient = options->replay_path != NULL;
		err = run_add_sink(run, &sink);
		if (err) {
			complain_sink(&sink, err);
			return err;
		}
		tell_note(&run->sinks[run->sink_count - 1]);
	}
	return 0;
}

static int open_recording(struct run *run, const struct options *options)
{
	const struct recorder_options recorder_options = {
		.path = options->record_path,
		.part_bytes_max = options->record_mib * UINT64_C(1048576),
		.part_count_max = options->record_part_count,
		.header = { .is_quiet = options->is_quiet },
	};
	int err;

	if (!options->record_path)
		return 0;
	err = run_record(run, &recorder_options);
	if (err)
		complain_file(options->record_path, err);
	return err;
}

static void complain_count(const struct sink *sink, uint64_t count, const char *words,
			   const char *remedy)
{
	char why[96];

	if (!count)
		return;
	(void)snprintf(why, sizeof(why), "%llu %s", (unsigned long long)count, words);
	prof_complain(PROGRAM, sink->path ? sink->path : "standard output", why, remedy);
}

/* What an output is short of; what was counted and recorded is whole. */
static void complain_dropped(const struct run *run)
{
	for (uint32_t i = 0; i < run->sink_count; i++) {
		const struct sink *sink = &run->sinks[i];

		complain_count(sink, sink->dropped_count, "lines dropped: its reader was too slow",
			       "use --quiet or a file");
		complain_count(sink, sink->omitted_count,
			       "messages not shown whole: too many at once",
			       "replay a shorter recording into it");
	}
}

/* Where the events come from: one of the two. */
struct source {
	struct live_options live_options;
	struct live *live;
	struct replay *replay;
};

static int open_live(const struct options *options, struct source *source)
{
	struct live_failure failure = { 0 };
	int err;

	source->live_options = (struct live_options){
		.bus_name = bus_name_of(options),
		.bus_options = { .is_group_shared = options->common.bus_group.is_given,
				 .group_id = options->common.bus_group.id },
		.duration_s = options->common.duration_s,
		.is_stopped = &stop_count,
	};
	err = live_open(&source->live_options, &source->live, &failure);
	if (err)
		prof_complain(PROGRAM, failure.what, failure.why, failure.remedy);
	return err;
}

/* What the live run printed and how, unless told otherwise. */
static int open_replay(struct options *options, struct run_options *run_options,
		       struct replay **ret_replay)
{
	struct recording_header header;
	int err;

	err = replay_open(options->replay_path, ret_replay, &header);
	if (err) {
		complain_recording(options->replay_path, err);
		return err;
	}
	if (!options->unit)
		run_options->unit = header.unit;
	if (!options->interval_s)
		run_options->interval_s = header.interval_s;
	options->is_quiet |= header.is_quiet;
	run_options->origin = (struct sink_origin){ .run = header.run, .wall_ns = header.wall_ns };
	return 0;
}

/* What was replayed can be looked at until somebody has seen enough. */
static void linger(struct run *run, const struct options *options)
{
	uint64_t start_ns = prof_now_ns();
	int64_t duration_ns = (int64_t)options->common.duration_s * PROF_NS_PER_S;

	while (!stop_count && !run_is_over(run) &&
	       (!duration_ns || prof_delta_ns(start_ns, prof_now_ns()) < duration_ns)) {
		(void)nanosleep(&(struct timespec){ .tv_nsec = 100 * PROF_NS_PER_MS }, NULL);
		run_linger(run);
	}
}

static bool has_sink(const struct run *run, const struct sink_ops *ops)
{
	for (uint32_t i = 0; i < run->sink_count; i++) {
		if (run->sinks[i].ops == ops)
			return true;
	}
	return false;
}

static bool work_live(struct run *run, struct live *live)
{
	struct live_failure failure = { 0 };

	if (live_run(live, run, &failure) == 0)
		return true;
	prof_complain(PROGRAM, failure.what, failure.why, failure.remedy);
	return false;
}

static bool work_replay(struct run *run, const struct options *options, struct replay *replay)
{
	struct progress progress;
	enum replay_end end;
	bool is_good;

	progress_begin(&progress, options->replay_path);
	/* Lines that go past on the same terminal show by themselves that it goes on. */
	progress.is_shown = progress.is_shown && !has_sink(run, &sink_top) &&
			    (options->is_quiet || !isatty(STDOUT_FILENO));
	replay_watch(replay, progress_tell, &progress);
	end = replay_feed(replay, run, &stop_count);
	progress_end(&progress);
	is_good = complain_replay(options->replay_path, replay, end, stop_count > 0);

	if (options->metrics_address || has_sink(run, &sink_top))
		linger(run, options);
	return is_good;
}

/* Opens everything that is written.  If it fails, no earlier output has been overwritten. */
static int open_outputs(struct run *run, const struct options *options,
			const struct run_options *run_options, struct annotate_options *annotate)
{
	int err = run_open(run, run_options);

	if (err)
		prof_complain(PROGRAM, "cannot start", strerror(-err), "free some memory");
	if (!err)
		err = open_sinks(run, options, annotate);
	if (!err)
		err = open_recording(run, options);
	if (!err)
		open_top(run, options);
	return err;
}

static int close_outputs(struct run *run)
{
	const char *path = NULL;
	int err = run_close(run, &path);

	if (err)
		complain_file(path, err);
	for (uint32_t i = 0; i < run->sink_count; i++)
		tell_note(&run->sinks[i]);
	complain_dropped(run);
	return err;
}

/* The source first: if there is none, no output of an earlier run is overwritten. */
static int work(struct options *options)
{
	static struct run run;
	struct run_options run_options = { .interval_s = options->interval_s,
					   .is_stopped = &stop_count,
					   .tell_blind = complain_blind };
	struct page_share page = { 0 };
	struct annotate_options annotate;
	struct source source = { 0 };
	bool is_good = false;
	int err;

	run_options.unit = options->unit && strcmp(options->unit, "ns") == 0 ? CORR_UNIT_NS
									     : CORR_UNIT_US;
	sink_origin_read(&run_options.origin);
	err = options->replay_path ? open_replay(options, &run_options, &source.replay)
				   : open_live(options, &source);
	if (err)
		return PROF_EXIT_FAILED;
	fill_annotate(options, &page, &annotate);
	err = open_outputs(&run, options, &run_options, &annotate);
	if (!err) {
		is_good = source.replay ? work_replay(&run, options, source.replay)
					: work_live(&run, source.live);
		err = close_outputs(&run);
	}
	source.live = live_close(source.live);
	source.replay = replay_close(source.replay);
	return is_good && !err ? PROF_EXIT_OK : PROF_EXIT_FAILED;
}

static void pin(const struct options *options)
{
	struct cores cores;
	int count;

	if (!options->cores || cores_parse(options->cores, &cores) < 0)
		return;
	count = cores_pin(&cores);
	if (count < 0)
		prof_complain(PROGRAM, "cannot pin to cores", strerror(-count), "running unpinned");
	else if (count == 0)
		prof_complain(PROGRAM, "-l", "none of these cores may be used", "running unpinned");
}

int main(int argc, char **argv)
{
	static struct options options;
	int status;

	prof_claim_standard_fds();
	status = options_parse(&options, argc, argv);
	if (status >= 0)
		return status;
	pin(&options);
	catch_signals();
	return options.compare_path ? compare_shell(&options, &stop_count) : work(&options);
}
