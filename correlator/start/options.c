/* SPDX-License-Identifier: BSD-2-Clause */
#include "options.h"

#include <string.h>

#include "cores.h"
#include "correlator/metrics/server.h"
#include "paths.h"

/* The rest of a row. */
#define TEXT(arg, field, words)                                                                    \
	.kind = PROF_OPTION_TEXT, .arg_name = (arg), .help = (words), .value = (field)
#define LIST(arg, field, words)                                                                    \
	.kind = PROF_OPTION_LIST, .arg_name = (arg), .help = (words), .value = (field)
#define NUMBER(arg, field, most, words)                                                            \
	.kind = PROF_OPTION_U32, .arg_name = (arg), .help = (words), .value = (field), .min = 1,   \
	.max = (most)

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

static int complain_usage(const char *what, const char *why)
{
	prof_complain(PROGRAM, what, why, "see " PROGRAM " --help");
	return PROF_EXIT_USAGE;
}

bool options_has_stdout_data(const struct options *options)
{
	return paths_is_stdout(options->jsonl_path) || paths_is_stdout(options->csv_path) ||
	       paths_is_stdout(options->trips_path) || paths_is_stdout(options->perfetto_path) ||
	       paths_is_stdout(options->report_path);
}

static bool has_output(const struct options *options)
{
	return options->jsonl_path || options->csv_path || options->trips_path ||
	       options->hgrm_prefix || options->perfetto_path || options->report_path ||
	       options->annotate_path || options->metrics_address || options->is_top;
}

/* What a comparison needs, and what it has no use for. */
static int check_compare(const struct options *options)
{
	if (!options->compare_path)
		return options->compare_to
			       ? complain_usage(options->compare_to, "one argument too many")
			       : -1;
	if (!options->compare_to)
		return complain_usage("--compare", "needs two recordings");
	if (options->record_path || options->replay_path)
		return complain_usage("--compare", "cannot be combined with --record or --replay");
	if (has_output(options))
		return complain_usage("--compare", "cannot be combined with another output");
	return -1;
}

static int check_recording(const struct options *options)
{
	if (options->record_path && options->replay_path)
		return complain_usage("--record", "cannot be combined with --replay");
	if ((options->record_mib || options->record_part_count) && !options->record_path)
		return complain_usage("--record-size and --record-keep", "need --record");
	if (options->record_part_count && !options->record_mib)
		return complain_usage("--record-keep", "needs --record-size");
	if (paths_is_stdout(options->record_path))
		return complain_usage("--record", "needs the name of a file");
	return -1;
}

static int check_annotate(const struct options *options)
{
	bool is_used = options->frames.count || options->key_files.count ||
		       options->slow_above_us || options->slowest_count || options->annotate_mib;

	if (!options->annotate_path)
		return is_used ? complain_usage("--frames, --keylog, --slow-above, --slowest and "
						"--annotate-size",
						"need --annotate")
			       : -1;
	if (paths_is_stdout(options->annotate_path))
		return complain_usage("--annotate", "needs the name of a file");
	if (!options->frames.count)
		return complain_usage("--annotate", "needs the frames: --frames FILE");
	return -1;
}

static int check_outputs(const struct options *options)
{
	struct paths_trouble trouble;
	struct prof_address address;

	if (options->output_mib && !options->jsonl_path && !options->csv_path &&
	    !options->trips_path && !options->perfetto_path)
		return complain_usage("--output-size",
				      "needs --jsonl, --csv, --trips or --perfetto");
	if (options->output_part_count && !options->output_mib)
		return complain_usage("--output-keep", "needs --output-size");
	if (!paths_check(options, &trouble))
		return complain_usage(trouble.option, trouble.why);
	if (options->is_top && options_has_stdout_data(options))
		return complain_usage("--top", "standard output is another option's");
	if (options->metrics_address &&
	    metrics_parse_address(options->metrics_address, &address) < 0)
		return complain_usage("--metrics",
				      "not a port, or a numeric address, a colon and a port");
	return -1;
}

/* What goes together and what does not. */
static int check(const struct options *options)
{
	static int (*const checks[])(const struct options *) = { check_recording, check_compare,
								 check_annotate, check_outputs };
	struct cores cores;

	if (options->cores && cores_parse(options->cores, &cores) < 0)
		return complain_usage("-l", "not a list of cores such as 0-1 or 0,2");
	if (options->unit && strcmp(options->unit, "us") != 0 && strcmp(options->unit, "ns") != 0)
		return complain_usage("--unit", "neither us nor ns");
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		int status = checks[i](options);

		if (status >= 0)
			return status;
	}
	return -1;
}

/* Where it runs. */
static void add_place_rows(struct prof_option_list *list, struct options *options)
{
	const struct prof_option rows[] = {
		{ .letter = 'l',
		  TEXT("CORES", &options->cores, "run on these cores only, e.g. 0-1 or 0,2") },
		{ .letter = 'n',
		  TEXT("N", &options->channels,
		       "accepted and ignored (memory channels of DPDK programs)") },
	};

	PROF_OPTIONS_ADD(list, rows);
}

/* What it takes and keeps. */
static void add_recording_rows(struct prof_option_list *list, struct options *options)
{
	const struct prof_option rows[] = {
		{ .name = "record",
		  TEXT("FILE", &options->record_path, "record everything taken from the bus") },
		{ .name = "record-size",
		  NUMBER("MIB", &options->record_mib, 1048576,
			 "go on in FILE.1, FILE.2, ... after so many MiB each") },
		{ .name = "record-keep",
		  NUMBER("N", &options->record_part_count, 1000000,
			 "keep only the newest N of these files") },
		{ .name = "replay",
		  TEXT("FILE", &options->replay_path,
		       "take a recording instead of the bus; prints what that run printed") },
		{ .name = "compare",
		  TEXT("A B", &options->compare_path,
		       "say in which stage recording B differs from recording A, and by how "
		       "much") },
	};

	PROF_OPTIONS_ADD(list, rows);
}

/* Where results go. */
static void add_output_rows(struct prof_option_list *list, struct options *options)
{
	const struct prof_option rows[] = {
		{ .name = "jsonl",
		  TEXT("FILE", &options->jsonl_path,
		       "write one JSON object for each message (-: to stdout)") },
		{ .name = "csv",
		  TEXT("FILE", &options->csv_path,
		       "write one row for each message (-: to stdout)") },
		{ .name = "trips",
		  TEXT("FILE", &options->trips_path,
		       "write one JSON object for each ping and request, taken apart\n"
		       "(-: to stdout)") },
		{ .name = "output-size",
		  NUMBER("MIB", &options->output_mib, 1048576,
			 "go on with these three, and --perfetto, in FILE.1, FILE.2,\n"
			 "... after so many MiB each") },
		{ .name = "output-keep",
		  NUMBER("N", &options->output_part_count, 1000000,
			 "keep only the newest N of these files") },
		{ .name = "hgrm",
		  TEXT("PREFIX", &options->hgrm_prefix,
		       "write HdrHistogram percentiles to PREFIX.STAGE.hgrm") },
		{ .name = "top",
		  .kind = PROF_OPTION_FLAG,
		  .help = "show it live on the terminal instead of printing lines",
		  .value = &options->is_top },
		{ .name = "metrics",
		  TEXT("[ADDR:]PORT", &options->metrics_address,
		       "serve OpenMetrics at http://ADDR:PORT/metrics (default ADDR 127.0.0.1)") },
		{ .name = "perfetto",
		  TEXT("FILE", &options->perfetto_path,
		       "write a trace for ui.perfetto.dev and trace_processor") },
		{ .name = "report",
		  TEXT("FILE", &options->report_path,
		       "write one HTML page with charts and the worst stalls") },
	};

	PROF_OPTIONS_ADD(list, rows);
}

/* What is said on which frames. */
static void add_annotate_rows(struct prof_option_list *list, struct options *options)
{
	const struct prof_option rows[] = {
		{ .name = "annotate",
		  TEXT("FILE", &options->annotate_path,
		       "write frames for Wireshark, each message's stages as a comment on the\n"
		       "frame that completed it, and the secrets to decrypt them (pcapng)") },
		{ .name = "frames",
		  LIST("FILE", &options->frames,
		       "the frames for --annotate, of dpdk_capture --write or of tcpdump;\n"
		       "may be repeated") },
		{ .name = "keylog",
		  LIST("FILE", &options->key_files,
		       "TLS secrets for --annotate, as SSLKEYLOGFILE makes them; may be\n"
		       "repeated") },
		{ .name = "slow-above",
		  NUMBER("US", &options->slow_above_us, 4000000000u,
			 "annotate messages whose NIC->User is above (default: all)") },
		{ .name = "slowest",
		  NUMBER("N", &options->slowest_count, 65536,
			 "annotate the N slowest of them only") },
		{ .name = "annotate-size",
		  NUMBER("MIB", &options->annotate_mib, 1048576,
			 "write so many MiB of whole connections (default 256); then only\n"
			 "what brought a message that is annotated") },
	};

	PROF_OPTIONS_ADD(list, rows);
}

/* What people are shown, and what all programs take. */
static void add_shown_rows(struct prof_option_list *list, struct options *options)
{
	const struct prof_option rows[] = {
		{ .name = "unit",
		  TEXT("us|ns", &options->unit, "unit of durations shown (default us)") },
		{ .name = "interval",
		  NUMBER("S", &options->interval_s, 86400,
			 "print a summary line every so many seconds") },
		{ .name = "quiet",
		  .kind = PROF_OPTION_FLAG,
		  .help = "no [CORR] lines, statistics only",
		  .value = &options->is_quiet },
		PROF_COMMON_OPTION_ROWS(&options->common),
	};

	PROF_OPTIONS_ADD(list, rows);
}

int options_parse(struct options *options, int argc, char **argv)
{
	struct prof_option_list list = { 0 };
	struct prof_cli cli;
	int status;

	add_place_rows(&list, options);
	add_recording_rows(&list, options);
	add_output_rows(&list, options);
	add_annotate_rows(&list, options);
	add_shown_rows(&list, options);
	cli = (struct prof_cli){
		.program = PROGRAM,
		.synopsis = "[-l CORES] [-n N] [--] [options]",
		.summary =
			"Joins what the NIC, the kernel and the application saw of each WebSocket\n"
			"message, byte by byte, and prints where its latency went.",
		.options = list.rows,
		.option_count = list.count,
		.positional_count_max = 1,
		.positionals = &options->compare_to,
	};

	status = prof_cli_parse(&cli, drop_separators(argc, argv), argv);
	return status < 0 ? check(options) : status;
}
