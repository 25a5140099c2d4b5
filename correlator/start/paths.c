/* SPDX-License-Identifier: BSD-2-Clause */
#include "paths.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct named_file {
	const char *option;
	const char *path; /* NULL: not given */
	bool is_read;
	bool has_stdout; /* "-" stands for it */
};

bool paths_is_stdout(const char *path)
{
	return path && strcmp(path, "-") == 0;
}

/* Devices and pipes may be named twice; what does not exist yet is one file by its name. */
static bool is_same(const char *a, const char *b)
{
	struct stat stat_a;
	struct stat stat_b;
	bool is_a_there = stat(a, &stat_a) == 0;
	bool is_b_there = stat(b, &stat_b) == 0;

	if (!is_a_there || !is_b_there)
		return strcmp(a, b) == 0;
	return stat_a.st_dev == stat_b.st_dev && stat_a.st_ino == stat_b.st_ino &&
	       S_ISREG(stat_a.st_mode);
}

static bool is_clash(const struct named_file *a, const struct named_file *b)
{
	bool is_a_stdout = a->has_stdout && paths_is_stdout(a->path);
	bool is_b_stdout = b->has_stdout && paths_is_stdout(b->path);

	if (!a->path || !b->path || (a->is_read && b->is_read))
		return false;
	if (is_a_stdout || is_b_stdout)
		return is_a_stdout && is_b_stdout;
	return is_same(a->path, b->path);
}

bool paths_check(const struct options *options, struct paths_trouble *ret_trouble)
{
	const struct named_file files[] = {
		{ .option = "--replay", .path = options->replay_path, .is_read = true },
		{ .option = "--record", .path = options->record_path },
		{ .option = "--jsonl", .path = options->jsonl_path, .has_stdout = true },
		{ .option = "--csv", .path = options->csv_path, .has_stdout = true },
		{ .option = "--trips", .path = options->trips_path, .has_stdout = true },
		{ .option = "--perfetto", .path = options->perfetto_path, .has_stdout = true },
		{ .option = "--report", .path = options->report_path, .has_stdout = true },
		{ .option = "--annotate", .path = options->annotate_path },
		{ .option = "--compare", .path = options->compare_path, .is_read = true },
		{ .option = "--compare", .path = options->compare_to, .is_read = true },
	};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		for (size_t j = 0; j < i; j++) {
			if (!is_clash(&files[i], &files[j]))
				continue;
			ret_trouble->option = files[i].option;
			(void)snprintf(ret_trouble->why, sizeof(ret_trouble->why),
				       "the same file as that of %s", files[j].option);
			return false;
		}
	}
	return true;
}
