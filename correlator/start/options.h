/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line of event_correlator. */
#ifndef CORR_OPTIONS_H
#define CORR_OPTIONS_H

#include "prof/cli.h"

#define PROGRAM "event_correlator"

/* Texts point into argv; NULL where not given. */
struct options {
	struct prof_common_options common;
	const char *cores;    /* a valid list */
	const char *channels; /* not used */
	const char *record_path;
	const char *replay_path;
	const char *compare_path; /* A; B is compare_to */
	const char *compare_to;
	const char *jsonl_path;
	const char *csv_path;
	const char *trips_path;
	const char *hgrm_prefix;
	const char *metrics_address;
	const char *perfetto_path;
	const char *report_path;
	uint32_t output_mib;
	uint32_t output_part_count;
	const char *annotate_path;
	struct prof_text_list frames;
	struct prof_text_list key_files;
	const char *unit;	/* "us" or "ns" */
	uint32_t slow_above_us; /* 0: not given, as the next three */
	uint32_t slowest_count;
	uint32_t annotate_mib;
	uint32_t record_mib;
	uint32_t record_part_count;
	uint32_t interval_s;
	bool is_quiet;
	bool is_top;
};

/* True if standard output is a sink's that writes data: nothing else may be written there. */
bool options_has_stdout_data(const struct options *options);

/* -1 to go on, or the exit status.  argv may be rearranged. */
int options_parse(struct options *options, int argc, char **argv);

#endif
