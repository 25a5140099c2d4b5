/* SPDX-License-Identifier: BSD-2-Clause */
#include "compare_shell.h"

#include "progress.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "complain.h"
#include "correlator/compare/compare_text.h"

/* Replays a recording into the samples; true if it could be used. */
static bool replay_into(const char *path, struct replay *replay, struct samples *samples,
			const volatile sig_atomic_t *is_stopped)
{
	static struct run run;
	const struct run_options run_options = { 0 };
	const struct sink sink = { .ops = &sink_samples, .own = samples };
	enum replay_end end = REPLAY_STOPPED;
	struct progress progress;
	const char *failed_path;
	bool is_good = false;
	int err = run_open(&run, &run_options);

	if (!err)
		err = run_add_sink(&run, &sink);
	progress_begin(&progress, path);
	replay_watch(replay, progress_tell, &progress);
	if (!err)
		end = replay_feed(replay, &run, is_stopped);
	progress_end(&progress);
	if (!err)
		is_good = complain_replay(path, replay, end, false);
	(void)run_close(&run, &failed_path); /* this sink writes nothing that could fail */
	if (err)
		complain_file(path, err);
	return is_good && !*is_stopped;
}

static bool take(const char *path, struct samples *samples, struct recording_header *ret_header,
		 const volatile sig_atomic_t *is_stopped)
{
	struct replay *replay;
	int err = replay_open(path, &replay, ret_header);
	bool is_good;

	if (err) {
		complain_recording(path, err);
		return false;
	}
	is_good = replay_into(path, replay, samples, is_stopped);
	(void)replay_close(replay);
	return is_good;
}

static int print(const struct compare_side *a, const struct compare_side *b,
		 const struct compare_result *result, enum corr_unit unit)
{
	static char bytes[COMPARE_TEXT_BYTES_MAX + 2 * PATH_MAX];
	struct text text = { .bytes = bytes, .room_bytes = sizeof(bytes) };

	compare_write(&text, a, b, result, unit);
	if (fwrite(bytes, 1, text.size_bytes, stdout) < text.size_bytes || fflush(stdout) != 0)
		return -errno;
	return 0;
}

static int compare_and_print(const struct compare_side *a, const struct compare_side *b,
			     enum corr_unit unit)
{
	static struct compare_result result;
	int err = compare(a->samples, b->samples, &result);

	if (!err)
		err = print(a, b, &result, unit);
	if (err)
		complain_file(NULL, err);
	return err;
}

static enum corr_unit unit_of(const struct options *options, const struct recording_header *header)
{
	if (options->unit)
		return strcmp(options->unit, "ns") == 0 ? CORR_UNIT_NS : CORR_UNIT_US;
	return header->unit == CORR_UNIT_NS ? CORR_UNIT_NS : CORR_UNIT_US;
}

int compare_shell(const struct options *options, const volatile sig_atomic_t *is_stopped)
{
	struct samples samples[2] = { { 0 }, { 0 } };
	struct recording_header header = { 0 };
	const struct compare_side a = { .name = options->compare_path, .samples = &samples[0] };
	const struct compare_side b = { .name = options->compare_to, .samples = &samples[1] };
	bool is_good = samples_open(&samples[0]) == 0 && samples_open(&samples[1]) == 0;

	if (!is_good)
		complain_file(options->compare_path, -ENOMEM);
	is_good = is_good && take(a.name, &samples[0], &header, is_stopped) &&
		  take(b.name, &samples[1], &header, is_stopped) &&
		  compare_and_print(&a, &b, unit_of(options, &header)) == 0;
	if (*is_stopped && !is_good)
		prof_complain(PROGRAM, "--compare", "interrupted", "nothing was compared");
	samples_close(&samples[0]);
	samples_close(&samples[1]);
	return is_good ? PROF_EXIT_OK : PROF_EXIT_FAILED;
}
