/* SPDX-License-Identifier: BSD-2-Clause */
#include "send_probes.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "sends.skel.h"

struct send_probes {
	struct sends *skeleton;
	const struct send_counts *cpu_counts;
	int cpu_count;
};

static size_t counts_bytes(const struct send_probes *probes)
{
	return (size_t)probes->cpu_count * sizeof(struct send_counts);
}

static void choose_way(struct sends *skeleton, bool is_kprobe)
{
	(void)bpf_program__set_autoload(skeleton->progs.kprobe_send, is_kprobe);
	(void)bpf_program__set_autoload(skeleton->progs.kretprobe_send, is_kprobe);
	(void)bpf_program__set_autoload(skeleton->progs.fentry_send, !is_kprobe);
	(void)bpf_program__set_autoload(skeleton->progs.fexit_send, !is_kprobe);
}

static int share_maps(struct sends *skeleton, const struct send_options *options)
{
	int err = bpf_map__reuse_fd(skeleton->maps.probe_rows, options->rows_fd);

	if (!err)
		err = bpf_map__reuse_fd(skeleton->maps.probe_sockets, options->sockets_fd);
	if (!err)
		err = bpf_map__reuse_fd(skeleton->maps.probe_substitutes, options->substitutes_fd);
	if (!err)
		err = bpf_map__reuse_fd(skeleton->maps.probe_records, options->ring_fd);
	return err;
}

static int load(struct send_probes *probes, const struct send_options *options, bool is_kprobe)
{
	struct sends *skeleton = sends__open();
	void *memory;
	__u32 *mode;
	int err;

	if (!skeleton)
		return -errno;
	probes->skeleton = skeleton;
	mode = (__u32 *)(uintptr_t)&skeleton->rodata->followed_mode;
	*mode = (__u32)options->mode;
	choose_way(skeleton, is_kprobe);
	err = share_maps(skeleton, options);
	if (!err)
		err = bpf_map__set_max_entries(skeleton->maps.send_counters,
					       (__u32)probes->cpu_count);
	if (!err)
		err = sends__load(skeleton);
	if (err)
		return err;
	memory = mmap(NULL, counts_bytes(probes), PROT_READ, MAP_SHARED,
		      bpf_map__fd(skeleton->maps.send_counters), 0);
	if (memory == MAP_FAILED)
		return -errno;
	probes->cpu_counts = memory;
	return 0;
}

/* The return before the entry: a call that is entered is left in view. */
static int attach(struct send_probes *probes)
{
	struct sends *skeleton = probes->skeleton;
	const struct {
		struct bpf_program *program;
		struct bpf_link **link;
	} all[] = {
		{ skeleton->progs.send_over, &skeleton->links.send_over },
		{ skeleton->progs.fexit_send, &skeleton->links.fexit_send },
		{ skeleton->progs.kretprobe_send, &skeleton->links.kretprobe_send },
		{ skeleton->progs.fentry_send, &skeleton->links.fentry_send },
		{ skeleton->progs.kprobe_send, &skeleton->links.kprobe_send },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (!bpf_program__autoload(all[i].program))
			continue;
		*all[i].link = bpf_program__attach(all[i].program);
		if (!*all[i].link)
			return -errno;
	}
	return 0;
}

static int try_way(const struct send_options *options, bool is_kprobe,
		   struct send_probes **ret_probes)
{
	struct send_probes *probes = calloc(1, sizeof(*probes));
	int err;

	if (!probes)
		return -ENOMEM;
	probes->cpu_count = libbpf_num_possible_cpus();
	err = probes->cpu_count > 0 ? load(probes, options, is_kprobe) : -EPROTO;
	if (!err)
		err = attach(probes);
	if (err)
		(void)send_probes_close(probes);
	else
		*ret_probes = probes;
	return err;
}

int send_probes_open(const struct send_options *options, struct send_probes **ret_probes)
{
	int err = try_way(options, options->is_kprobe, ret_probes);

	if (err && !options->is_only_way)
		err = try_way(options, !options->is_kprobe, ret_probes);
	return err;
}

void send_probes_detach(struct send_probes *probes)
{
	if (probes && probes->skeleton)
		sends__detach(probes->skeleton);
}

struct send_probes *send_probes_close(struct send_probes *probes)
{
	if (!probes)
		return NULL;
	send_probes_detach(probes);
	if (probes->cpu_counts)
		(void)munmap((void *)(uintptr_t)probes->cpu_counts, counts_bytes(probes));
	sends__destroy(probes->skeleton);
	free(probes);
	return NULL;
}

void send_probes_read_counts(const struct send_probes *probes, struct send_counts *ret_counts)
{
	memset(ret_counts, 0, sizeof(*ret_counts));
	for (int cpu = 0; probes && cpu < probes->cpu_count; cpu++)
		for (int kind = 0; kind < SEND_COUNT_KIND_COUNT; kind++)
			ret_counts->count[kind] += atomic_load_explicit(
				(const _Atomic __u64 *)&probes->cpu_counts[cpu].count[kind],
				memory_order_relaxed);
}
