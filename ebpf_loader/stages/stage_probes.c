/* SPDX-License-Identifier: BSD-2-Clause */
#include "stage_probes.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "stages.skel.h"

struct stage_probes {
	struct stages *skeleton;
	const struct stage_counts *cpu_counts;
	int cpu_count;
	bool is_kprobe;
};

static size_t counts_bytes(const struct stage_probes *probes)
{
	return (size_t)probes->cpu_count * sizeof(struct stage_counts);
}

static void choose_way(struct stages *skeleton, bool is_kprobe)
{
	(void)bpf_program__set_autoload(skeleton->progs.kprobe_told, is_kprobe);
	(void)bpf_program__set_autoload(skeleton->progs.kretprobe_told, is_kprobe);
	(void)bpf_program__set_autoload(skeleton->progs.fentry_told, !is_kprobe);
	(void)bpf_program__set_autoload(skeleton->progs.fexit_told, !is_kprobe);
}

static int share_maps(struct stages *skeleton, const struct stage_options *options)
{
	int err = bpf_map__reuse_fd(skeleton->maps.probe_rows, options->rows_fd);

	if (!err)
		err = bpf_map__reuse_fd(skeleton->maps.probe_sockets, options->sockets_fd);
	if (!err)
		err = bpf_map__reuse_fd(skeleton->maps.probe_substitutes, options->substitutes_fd);
	return err;
}

static int load(struct stage_probes *probes, const struct stage_options *options)
{
	struct stages *skeleton = stages__open();
	void *memory;
	__u32 *mode;
	int err;

	if (!skeleton)
		return -errno;
	probes->skeleton = skeleton;
	mode = (__u32 *)(uintptr_t)&skeleton->rodata->followed_mode;
	*mode = (__u32)options->mode;
	choose_way(skeleton, probes->is_kprobe);
	err = share_maps(skeleton, options);
	if (!err)
		err = bpf_map__set_max_entries(skeleton->maps.stage_counters,
					       (__u32)probes->cpu_count);
	if (!err)
		err = stages__load(skeleton);
	if (err)
		return err;
	memory = mmap(NULL, counts_bytes(probes), PROT_READ, MAP_SHARED,
		      bpf_map__fd(skeleton->maps.stage_counters), 0);
	if (memory == MAP_FAILED)
		return -errno;
	probes->cpu_counts = memory;
	return 0;
}

/*
 * What ends something before what begins it: a telling left open would pass for the cause
 * of every later waking on its CPU.  Last what takes in sockets: until then none is known.
 */
static int attach(struct stage_probes *probes, struct stage_failure *failure)
{
	struct stages *skeleton = probes->skeleton;
	const struct {
		struct bpf_program *program;
		struct bpf_link **link;
		const char *what;
	} all[] = {
		{ skeleton->progs.fexit_told, &skeleton->links.fexit_told, "sock_def_readable" },
		{ skeleton->progs.kretprobe_told, &skeleton->links.kretprobe_told,
		  "sock_def_readable" },
		{ skeleton->progs.thread_switched, &skeleton->links.thread_switched,
		  "the trace point sched_switch" },
		{ skeleton->progs.thread_waking, &skeleton->links.thread_waking,
		  "the trace point sched_waking" },
		{ skeleton->progs.segment_taken, &skeleton->links.segment_taken,
		  "the trace point tcp_probe" },
		{ skeleton->progs.fentry_told, &skeleton->links.fentry_told, "sock_def_readable" },
		{ skeleton->progs.kprobe_told, &skeleton->links.kprobe_told, "sock_def_readable" },
		{ skeleton->progs.bytes_read, &skeleton->links.bytes_read,
		  "the trace point tcp_rcv_space_adjust" },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (!bpf_program__autoload(all[i].program))
			continue;
		failure->what = all[i].what;
		*all[i].link = bpf_program__attach(all[i].program);
		if (!*all[i].link)
			return -errno;
	}
	return 0;
}

static int try_way(const struct stage_options *options, bool is_kprobe,
		   struct stage_probes **ret_probes, struct stage_failure *failure)
{
	struct stage_probes *probes = calloc(1, sizeof(*probes));
	int err;

	*failure = (struct stage_failure){ .what = "the programs", .err = -ENOMEM };
	if (!probes)
		return -ENOMEM;
	probes->is_kprobe = is_kprobe;
	probes->cpu_count = libbpf_num_possible_cpus();
	err = probes->cpu_count > 0 ? load(probes, options) : -EPROTO;
	if (!err)
		err = attach(probes, failure);
	failure->err = err;
	if (err)
		(void)stage_probes_close(probes);
	else
		*ret_probes = probes;
	return err;
}

int stage_probes_open(const struct stage_options *options, struct stage_probes **ret_probes,
		      struct stage_failure *ret_failure)
{
	int err = try_way(options, options->is_kprobe, ret_probes, ret_failure);

	if (err && !options->is_only_way)
		err = try_way(options, !options->is_kprobe, ret_probes, ret_failure);
	return err;
}

void stage_probes_detach(struct stage_probes *probes)
{
	if (probes->skeleton)
		stages__detach(probes->skeleton);
}

struct stage_probes *stage_probes_close(struct stage_probes *probes)
{
	if (!probes)
		return NULL;
	stage_probes_detach(probes);
	if (probes->cpu_counts)
		(void)munmap((void *)(uintptr_t)probes->cpu_counts, counts_bytes(probes));
	stages__destroy(probes->skeleton);
	free(probes);
	return NULL;
}

bool stage_probes_is_kprobe(const struct stage_probes *probes)
{
	return probes->is_kprobe;
}

int stage_probes_ring_fd(const struct stage_probes *probes)
{
	return bpf_map__fd(probes->skeleton->maps.stage_records);
}

void stage_probes_read_counts(const struct stage_probes *probes, struct stage_counts *ret_counts)
{
	memset(ret_counts, 0, sizeof(*ret_counts));
	for (int cpu = 0; cpu < probes->cpu_count; cpu++)
		for (int kind = 0; kind < STAGE_COUNT_KIND_COUNT; kind++)
			ret_counts->count[kind] += atomic_load_explicit(
				(const _Atomic __u64 *)&probes->cpu_counts[cpu].count[kind],
				memory_order_relaxed);
}

uint64_t stage_probes_skipped_count(const struct stage_probes *probes)
{
	struct bpf_program *program;
	uint64_t count = 0;

	bpf_object__for_each_program(program, probes->skeleton->obj)
	{
		struct bpf_prog_info info = { 0 };
		__u32 info_bytes = sizeof(info);

		if (bpf_program__autoload(program) &&
		    bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &info_bytes) == 0)
			count += info.recursion_misses;
	}
	return count;
}
