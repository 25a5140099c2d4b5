/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HdrHistogram's percentile text, one file a stage: PREFIX.nic_kernel.hgrm and
 * so on, in the unit of the lines, for HdrHistogram's plotter.
 */
#include "sink.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

/* As many lines for each halving of the distance to 100 % as HdrHistogram writes. */
#define TICKS_PER_HALF_DISTANCE 5

static double next_percentile(double percentile)
{
	double halving = 2;

	while (100 / (100 - percentile) >= halving)
		halving *= 2;
	return percentile + 100 / (TICKS_PER_HALF_DISTANCE * halving);
}

static void write_row(FILE *file, double value, double percentile, uint64_t count)
{
	(void)fprintf(file, "%12.3f %2.12f %10llu", value, percentile / 100,
		      (unsigned long long)count);
	if (percentile < 100)
		(void)fprintf(file, " %14.2f", 1 / (1 - percentile / 100));
	(void)fputc('\n', file);
}

static void write_rows(FILE *file, const struct hist *hist, double unit_ns)
{
	double percentile = 0;
	uint64_t seen = 0;

	for (uint32_t cell = 0; cell < HIST_CELL_COUNT && seen < hist->count; cell++) {
		int64_t value_ns = hist_cell_highest_ns(cell);

		if (!hist->cells[cell])
			continue;
		if (value_ns > hist->max_ns)
			value_ns = hist->max_ns; /* no row is above the last one */
		seen += hist->cells[cell];
		while (percentile <= 100 * (double)seen / (double)hist->count) {
			write_row(file, (double)value_ns / unit_ns, percentile, seen);
			percentile = next_percentile(percentile);
			if (seen == hist->count)
				break;
		}
	}
	write_row(file, (double)hist->max_ns / unit_ns, 100, seen);
}

static void write_hist(FILE *file, const struct hist *hist, double unit_ns)
{
	(void)fprintf(file, "%12s %14s %10s %14s\n\n", "Value", "Percentile", "TotalCount",
		      "1/(1-Percentile)");
	if (hist->count)
		write_rows(file, hist, unit_ns);
	(void)fprintf(file, "#[Mean    = %12.3f, StdDeviation   = %12.3f]\n",
		      (double)hist_mean_ns(hist) / unit_ns, hist_deviation_ns(hist) / unit_ns);
	(void)fprintf(file, "#[Max     = %12.3f, Total count    = %12llu]\n",
		      (double)hist->max_ns / unit_ns, (unsigned long long)hist->count);
	(void)fprintf(file, "#[Buckets = %12d, SubBuckets     = %12d]\n", HIST_BUCKET_COUNT,
		      2 * HIST_HALF_COUNT);
}

static int path_of(const char *prefix, enum corr_stage stage, char path[PATH_MAX])
{
	int size = snprintf(path, PATH_MAX, "%s.%s.hgrm", prefix, corr_stage_name(stage));

	return size < PATH_MAX ? 0 : -ENAMETOOLONG;
}

static int write_file(const char *prefix, enum corr_stage stage, const struct hist *hist,
		      double unit_ns)
{
	char path[PATH_MAX];
	FILE *file;
	int err = path_of(prefix, stage, path);

	if (err)
		return err;
	file = fopen(path, "we");
	if (!file)
		return -errno;
	errno = 0;
	write_hist(file, hist, unit_ns);
	if (ferror(file))
		err = errno ? -errno : -EIO;
	if (fclose(file) != 0 && !err)
		err = -errno;
	return err;
}

/* Files that cannot be written are better known before the run than after it. */
static int hgrm_open(struct sink *sink)
{
	char path[PATH_MAX];

	for (int stage = 0; stage < CORR_STAGE_COUNT; stage++) {
		int err = path_of(sink->path, stage, path);
		int fd = err ? -1 : open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

		if (fd < 0)
			return err ? err : -errno;
		(void)close(fd); /* nothing was written */
	}
	return 0;
}

static int hgrm_close(struct sink *sink, const struct corr_summary *summary)
{
	double unit_ns = sink->unit == CORR_UNIT_NS ? 1 : 1000;
	int first_err = 0;

	for (int stage = 0; stage < CORR_STAGE_COUNT; stage++) {
		int err = write_file(sink->path, stage, &summary->stats->stages[stage], unit_ns);

		if (err && !first_err)
			first_err = err;
	}
	return first_err;
}

const struct sink_ops sink_hgrm = {
	.name = "histograms",
	.open = hgrm_open,
	.close = hgrm_close,
};
