/* SPDX-License-Identifier: BSD-2-Clause */
#include "key_layer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ebpf_loader/keys/key_file.h"
#include "prof/cli.h"

#define PROGRAM "ebpf_loader"

static int complain_absent(const char *what, const struct key_target *target)
{
	const struct key_absence_words words = key_absence_explain(&target->absence);

	prof_complain(PROGRAM, what, words.why, words.remedy);
	return PROF_EXIT_FAILED;
}

static int find_in_file(const char *option, const char *path, uint32_t pid,
			struct key_target *ret_target)
{
	int err = key_target_of_file(path, pid, ret_target);
	char what[MAPS_PATH_BYTES];

	if (!err)
		return -1;
	(void)snprintf(what, sizeof(what), "--keys with %s %s", option, path);
	if (err == -ENOENT && access(path, F_OK) == 0)
		return complain_absent(what, ret_target);
	prof_complain(PROGRAM, what, strerror(-err), NULL);
	return PROF_EXIT_FAILED;
}

static int find_in_process(uint32_t pid, struct key_target *ret_target)
{
	int err = key_target_of_process(pid, ret_target);
	char what[48];

	if (!err)
		return -1;
	(void)snprintf(what, sizeof(what), "--keys of process %" PRIu32, pid);
	if (err == -ENOENT)
		return complain_absent(what, ret_target);
	prof_complain(PROGRAM, what, err == -ESRCH ? "there is no such process" : strerror(-err),
		      NULL);
	return PROF_EXIT_FAILED;
}

int key_layer_find(const struct key_layer_options *options, uint32_t pid, const char *ssl_path,
		   struct key_target *ret_target)
{
	if (options->go && !options->path) {
		prof_complain(PROGRAM, "--go", "there is no --keys that would use it", NULL);
		return PROF_EXIT_USAGE;
	}
	if (!options->path)
		return -1;
	if (options->go)
		return find_in_file("--go", options->go, pid, ret_target);
	if (ssl_path)
		return find_in_file("--ssl", ssl_path, pid, ret_target);
	if (pid)
		return find_in_process(pid, ret_target);
	prof_complain(PROGRAM, "--keys", "it does not say whose",
		      "add --pid N, --go PATH or --ssl PID|PATH");
	return PROF_EXIT_USAGE;
}

static int complain_open(const struct keys_failure *failure, int err)
{
	const struct key_place *place = failure->place;
	char what[MAPS_PATH_BYTES + 64];

	(void)snprintf(what, sizeof(what), "--keys: cannot attach to %s of %s",
		       place ? key_function_name(place->function) : "any function",
		       place ? place->name : "any file");
	prof_complain(PROGRAM, what, strerror(-err),
		      err == -EPERM || err == -EACCES ? "uprobes take CAP_SYS_ADMIN: run it as root"
						      : NULL);
	return PROF_EXIT_FAILED;
}

static void announce(const struct key_layer_options *options, const struct key_target *target)
{
	for (uint32_t i = 0; i < target->place_count; i++)
		(void)fprintf(stderr,
			      PROGRAM
			      ": keys: %s probed in %s; secrets of handshakes from now on go "
			      "to %s\n",
			      key_function_name(target->places[i].function), target->places[i].name,
			      options->path);
	if (target->left_out_count)
		(void)fprintf(stderr,
			      PROGRAM ": keys: %" PRIu32
				      " more places are not probed: there is room for %d\n",
			      target->left_out_count, KEY_PLACE_COUNT_MAX);
}

int key_layer_open(const struct key_layer_options *options, const struct key_target *target,
		   struct keys **ret_keys)
{
	struct key_file_words words;
	struct keys_failure failure;
	char what[MAPS_PATH_BYTES];
	int fd;
	int err;

	*ret_keys = NULL;
	if (!options->path)
		return -1;
	fd = key_file_open(options->path, &words);
	if (fd < 0) {
		(void)snprintf(what, sizeof(what), "--keys %s", options->path);
		prof_complain(PROGRAM, what, words.why, words.remedy);
		return PROF_EXIT_FAILED;
	}
	err = keys_open(target, fd, ret_keys, &failure);
	if (err) {
		(void)close(fd);
		return complain_open(&failure, err);
	}
	announce(options, target);
	return -1;
}

void key_layer_check(const struct key_layer_options *options, const struct keys *keys,
		     uint64_t *told_count)
{
	struct keys_totals totals;

	keys_count(keys, &totals);
	if (totals.unwritten_count && !*told_count)
		prof_complain(PROGRAM, options->path, strerror(-totals.write_err),
			      "secrets are lost until it takes them again");
	*told_count = totals.unwritten_count;
}

static void report(const struct keys *keys)
{
	struct keys_totals totals;

	keys_count(keys, &totals);
	(void)fprintf(stderr,
		      PROGRAM ": keys: %" PRIu64 " secrets written down, of %" PRIu64
			      " calls seen; lost: ring full %" PRIu64 ", unreadable %" PRIu64
			      ", strange %" PRIu64 ", not written %" PRIu64
			      ", skipped by the kernel %" PRIu64 "\n",
		      totals.written_count, totals.call_count, totals.ring_full_count,
		      totals.unreadable_count, totals.strange_count, totals.unwritten_count,
		      totals.skipped_count);
}

void key_layer_finish(struct keys *keys)
{
	if (!keys)
		return;
	keys_detach(keys);
	(void)keys_turn(keys);
	report(keys);
}
