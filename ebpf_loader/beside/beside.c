/* SPDX-License-Identifier: BSD-2-Clause */
#include "beside.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

#include <bpf/bpf.h>

static int share_map(struct bpf_object *object, const char *name, int fd)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object, name);

	return map ? bpf_map__reuse_fd(map, fd) : -ENOENT;
}

static int share_maps(struct bpf_object *object, const struct beside_options *options)
{
	int err = share_map(object, "probe_rows", options->rows_fd);

	if (!err)
		err = share_map(object, "probe_sockets", options->sockets_fd);
	if (!err)
		err = share_map(object, "probe_substitutes", options->substitutes_fd);
	return err;
}

/* Trace points are the same either way. */
static void choose_way(struct bpf_object *object, bool is_kprobe)
{
	struct bpf_program *program;

	bpf_object__for_each_program(program, object)
	{
		enum bpf_attach_type at = bpf_program__expected_attach_type(program);

		if (bpf_program__type(program) == BPF_PROG_TYPE_KPROBE)
			(void)bpf_program__set_autoload(program, is_kprobe);
		else if (at == BPF_TRACE_FENTRY || at == BPF_TRACE_FEXIT)
			(void)bpf_program__set_autoload(program, !is_kprobe);
	}
}

int beside_load(struct bpf_object_skeleton *skeleton, struct bpf_map *counters,
		const struct beside_options *options, bool is_kprobe, struct beside *ret_beside)
{
	struct beside beside = {
		.object = *skeleton->obj,
		.counts_bytes = bpf_map__value_size(counters),
		.cpu_count = libbpf_num_possible_cpus(),
	};
	void *memory;
	int err;

	if (beside.cpu_count <= 0)
		return -EPROTO;
	choose_way(beside.object, is_kprobe);
	err = share_maps(beside.object, options);
	if (!err)
		err = bpf_map__set_max_entries(counters, (__u32)beside.cpu_count);
	if (!err)
		err = bpf_object__load_skeleton(skeleton);
	if (err)
		return err;
	memory = mmap(NULL, (size_t)beside.cpu_count * beside.counts_bytes, PROT_READ, MAP_SHARED,
		      bpf_map__fd(counters), 0);
	if (memory == MAP_FAILED)
		return -errno;
	beside.cpu_counts = memory;
	*ret_beside = beside;
	return 0;
}

void beside_unload(struct beside *beside)
{
	if (beside->cpu_counts)
		(void)munmap((void *)(uintptr_t)beside->cpu_counts,
			     (size_t)beside->cpu_count * beside->counts_bytes);
	*beside = (struct beside){ 0 };
}

int beside_attach(const struct beside_program *programs, size_t program_count,
		  const char **ret_what)
{
	for (size_t i = 0; i < program_count; i++) {
		if (!bpf_program__autoload(programs[i].program))
			continue;
		*programs[i].link = bpf_program__attach(programs[i].program);
		if (*programs[i].link)
			continue;
		*ret_what = programs[i].what;
		return -errno;
	}
	return 0;
}

void beside_sum_counts(const struct beside *beside, size_t kind_count, __u64 *ret_counts)
{
	memset(ret_counts, 0, kind_count * sizeof(*ret_counts));
	for (int cpu = 0; cpu < beside->cpu_count; cpu++) {
		const _Atomic __u64 *counts = (const void *)((const char *)beside->cpu_counts +
							     (size_t)cpu * beside->counts_bytes);

		for (size_t kind = 0; kind < kind_count; kind++)
			ret_counts[kind] += atomic_load_explicit(&counts[kind],
								 memory_order_relaxed);
	}
}

uint64_t beside_skipped_count(const struct beside *beside)
{
	struct bpf_program *program;
	uint64_t count = 0;

	if (!beside->object)
		return 0;
	bpf_object__for_each_program(program, beside->object)
	{
		struct bpf_prog_info info = { 0 };
		__u32 info_bytes = sizeof(info);

		if (bpf_program__autoload(program) &&
		    bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &info_bytes) == 0)
			count += info.recursion_misses;
	}
	return count;
}
