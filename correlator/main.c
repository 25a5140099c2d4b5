/* SPDX-License-Identifier: BSD-2-Clause */
/* event_correlator: takes events off the bus and says where each message's latency went. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cores.h"
#include "live.h"
#include "prof/cli.h"

#define PROGRAM "event_correlator"

static volatile sig_atomic_t stop_count;

struct options {
	struct prof_common_options common;
	const char *cores;
	const char *channels;
	const char *jsonl_path;
	const char *unit;
	uint32_t interval_s;
	bool is_quiet;
};

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

/* "--" may stand anywhere, as people type it after what they think are EAL options. */
static int drop_separators(int argc, char **argv)
{
	int kept = 0;

	for (int i = 0; i < argc; i++) {
		if (i == 0 || strcmp(argv[i], "--") != 0)
			argv[kept++] = argv[i];
	}
	argv[kept] = NULL;
	return kept;
}

/* -1 to go on, or the exit status. */
static int parse(struct options *options, int argc, char **argv)
{
	const struct prof_option rows[] = {
		{ .letter = 'l', .kind = PROF_OPTION_TEXT, .arg_name = "CORES",
		  .help = "run on these cores only, e.g. 0-1 or 0,2", .value = &options->cores },
		{ .letter = 'n', .kind = PROF_OPTION_TEXT, .arg_name = "N",
		  .help = "accepted and ignored (memory channels, for DPDK programs)",
		  .value = &options->channels },
		{ .name = "jsonl", .kind = PROF_OPTION_TEXT, .arg_name = "FILE",
		  .help = "write one JSON object for each message",
		  .value = &options->jsonl_path },
		{ .name = "unit", .kind = PROF_OPTION_TEXT, .arg_name = "us|ns",
		  .help = "unit of durations shown (default us)", .value = &options->unit },
		{ .name = "interval", .kind = PROF_OPTION_U32, .arg_name = "S",
		  .help = "print a summary line every so many seconds",
		  .value = &options->interval_s, .min = 1, .max = 86400 },
		{ .name = "quiet", .kind = PROF_OPTION_FLAG,
		  .help = "no [CORR] lines, statistics only", .value = &options->is_quiet },
		PROF_COMMON_OPTION_ROWS(&options->common),
	};
	const struct prof_cli cli = {
		.program = PROGRAM,
		.synopsis = "[-l CORES] [-n N] [--] [options]",
		.summary = "Joins what the NIC, the kernel and the application saw of each WebSocket\n"
			   "message, byte by byte, and prints where its latency went.",
		.options = rows,
		.option_count = sizeof(rows) / sizeof(rows[0]),
	};

	return prof_cli_parse(&cli, argc, argv);
}

static int complain_usage(const char *what, const char *why)
{
	prof_complain(PROGRAM, what, why, "see " PROGRAM " --help");
	return PROF_EXIT_USAGE;
}

static int pin(const struct options *options)
{
	struct cores cores;
	int count;

	if (!options->cores)
		return -1;
	if (cores_parse(options->cores, &cores) < 0)
		return complain_usage("-l", "not a list of cores such as 0-1 or 0,2");
	count = cores_pin(&cores);
	if (count < 0)
		prof_complain(PROGRAM, "cannot pin to cores", strerror(-count), "running unpinned");
	else if (count == 0)
		prof_complain(PROGRAM, "-l", "none of these cores may be used", "running unpinned");
	return -1;
}

static int set_unit(const struct options *options, enum corr_unit *ret_unit)
{
	if (options->unit && strcmp(options->unit, "ns") == 0)
		*ret_unit = CORR_UNIT_NS;
	else if (options->unit && strcmp(options->unit, "us") != 0)
		return complain_usage("--unit", "neither us nor ns");
	return -1;
}

static bool add_sinks(struct run *run, const struct options *options)
{
	const struct sink sinks[] = {
		{ .ops = &sink_lines, .is_quiet = options->is_quiet },
		{ .ops = &sink_jsonl, .path = options->jsonl_path },
	};

	for (size_t i = 0; i < sizeof(sinks) / sizeof(sinks[0]); i++) {
		int err;

		if (i > 0 && !sinks[i].path)
			continue;
		err = run_add_sink(run, &sinks[i]);
		if (err) {
			prof_complain(PROGRAM, sinks[i].path, strerror(-err),
				      "choose a file that can be written");
			return false;
		}
	}
	return true;
}

static bool close_run(struct run *run)
{
	uint32_t index = 0;
	int err = run_close(run, &index);

	if (err)
		prof_complain(PROGRAM, run->sinks[index].path ? run->sinks[index].path : "output",
			      strerror(-err), "results are incomplete");
	return err == 0;
}

static int work(const struct options *options, const struct run_options *run_options)
{
	static struct run run;
	const struct live_options live_options = {
		.bus_name = options->common.bus_name ? options->common.bus_name
						     : PROF_BUS_NAME_DEFAULT,
		.duration_s = options->common.duration_s,
		.is_stopped = &stop_count,
	};
	struct live_failure failure = { 0 };
	bool is_good;

	if (run_open(&run, run_options) < 0) {
		prof_complain(PROGRAM, "cannot start", strerror(ENOMEM), NULL);
		return PROF_EXIT_FAILED;
	}
	if (!add_sinks(&run, options))
		return PROF_EXIT_FAILED;
	is_good = live_run(&run, &live_options, &failure) == 0;
	if (!is_good) {
		prof_complain(PROGRAM, failure.what, failure.why, failure.remedy);
		return PROF_EXIT_FAILED;
	}
	return close_run(&run) ? PROF_EXIT_OK : PROF_EXIT_FAILED;
}

int main(int argc, char **argv)
{
	static struct options options;
	struct run_options run_options = { 0 };
	int status = parse(&options, drop_separators(argc, argv), argv);

	if (status < 0)
		status = set_unit(&options, &run_options.unit);
	if (status < 0)
		status = pin(&options);
	if (status >= 0)
		return status;
	run_options.interval_s = options.interval_s;
	catch_signals();
	return work(&options, &run_options);
}
