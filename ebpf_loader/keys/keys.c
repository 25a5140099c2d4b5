/* SPDX-License-Identifier: BSD-2-Clause */
#include "keys.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "ebpf_loader/publish/ring.h"
#include "key_file.h"
#include "key_line.h"
#include "keys.skel.h"

struct keys {
	struct keys_probe *skeleton;
	struct bpf_link *links[KEY_PLACE_COUNT_MAX];
	int fd; /* of the key-log file */
	uint64_t written_count;
	uint64_t strange_count;
	uint64_t unwritten_count;
	int write_err;
	char line[KEY_LINE_BYTES_MAX]; /* the only place of ours where a secret stands */
};

/* Secrets pass through this process from now on. */
static void protect(struct keys *keys)
{
	const struct rlimit none = { 0, 0 };

	/* Where one of these is refused there is nothing else that could be done. */
	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	(void)mlock(keys, sizeof(*keys));
}

static struct bpf_program *program_of(const struct keys_probe *skeleton, enum key_function function)
{
	return function == KEY_FUNCTION_GO ? skeleton->progs.go_write_key_log
					   : skeleton->progs.kdf_derive;
}

static int attach(struct keys *keys, const struct key_target *target,
		  struct keys_failure *ret_failure)
{
	int pid = target->pid ? (int)target->pid : -1;

	for (uint32_t i = 0; i < target->place_count; i++) {
		const struct key_place *place = &target->places[i];
		LIBBPF_OPTS(bpf_uprobe_opts, options);

		keys->links[i] = bpf_program__attach_uprobe_opts(
			program_of(keys->skeleton, place->function), pid, place->path,
			place->file_offset, &options);
		if (!keys->links[i]) {
			ret_failure->place = place;
			return -errno;
		}
	}
	return 0;
}

int keys_open(const struct key_target *target, int fd, struct keys **ret_keys,
	      struct keys_failure *ret_failure)
{
	struct keys *keys = calloc(1, sizeof(*keys));
	int err;

	ret_failure->place = NULL;
	if (!keys)
		return -ENOMEM;
	keys->fd = -1;
	protect(keys);
	keys->skeleton = keys_probe__open_and_load();
	err = keys->skeleton ? attach(keys, target, ret_failure) : -errno;
	if (err) {
		(void)keys_close(keys);
		return err;
	}
	keys->fd = fd;
	*ret_keys = keys;
	return 0;
}

int keys_fd(const struct keys *keys)
{
	return bpf_map__fd(keys->skeleton->maps.keys_records);
}

static void write_down(void *context, const void *bytes, size_t size_bytes)
{
	const struct keys_record *record = bytes;
	struct keys *keys = context;
	size_t line_bytes = 0;
	int err;

	if (size_bytes >= sizeof(*record))
		line_bytes = key_line_write(record, keys->line);
	if (!line_bytes) {
		keys->strange_count++;
		return;
	}
	err = key_file_append(keys->fd, keys->line, line_bytes);
	explicit_bzero(keys->line, sizeof(keys->line));
	if (err) {
		keys->unwritten_count++;
		keys->write_err = err;
		return;
	}
	keys->written_count++;
}

uint32_t keys_turn(struct keys *keys)
{
	uint64_t before = keys->written_count;
	struct ring *ring;

	/* Mapped anew each time: what has been read stays in the kernel. */
	if (ring_open(keys_fd(keys), KEYS_RING_BYTES, &ring) < 0)
		return 0;
	(void)ring_take(ring, ring_end(ring), SIZE_MAX, write_down, keys);
	(void)ring_close(ring);
	return (uint32_t)(keys->written_count - before);
}

static uint64_t skipped_count(const struct bpf_program *program)
{
	struct bpf_prog_info info = { 0 };
	__u32 info_bytes = sizeof(info);

	(void)bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &info_bytes);
	return info.recursion_misses;
}

void keys_count(const struct keys *keys, struct keys_totals *ret_totals)
{
	const struct keys_counts *counts = &keys->skeleton->bss->keys_counters;

	*ret_totals = (struct keys_totals){
		.call_count = counts->call_count,
		.written_count = keys->written_count,
		.ring_full_count = counts->ring_full_count,
		.unreadable_count = counts->unreadable_count,
		.strange_count = counts->strange_count + keys->strange_count,
		.unwritten_count = keys->unwritten_count,
		.skipped_count = skipped_count(keys->skeleton->progs.go_write_key_log) +
				 skipped_count(keys->skeleton->progs.kdf_derive),
		.write_err = keys->write_err,
	};
}

uint64_t keys_lost_count(const struct keys_totals *totals)
{
	return totals->ring_full_count + totals->unreadable_count + totals->strange_count +
	       totals->unwritten_count + totals->skipped_count;
}

void keys_detach(struct keys *keys)
{
	for (int i = 0; i < KEY_PLACE_COUNT_MAX; i++) {
		(void)bpf_link__destroy(keys->links[i]); /* it is gone in any case */
		keys->links[i] = NULL;
	}
}

struct keys *keys_close(struct keys *keys)
{
	if (!keys)
		return NULL;
	keys_detach(keys);
	keys_probe__destroy(keys->skeleton);
	if (keys->fd >= 0)
		(void)close(keys->fd);
	explicit_bzero(keys, sizeof(*keys));
	free(keys);
	return NULL;
}
