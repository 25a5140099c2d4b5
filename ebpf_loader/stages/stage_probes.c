/* SPDX-License-Identifier: BSD-2-Clause */
#include "stage_probes.h"

#include <errno.h>
#include <stdlib.h>

#include "stages.skel.h"

struct stage_probes {
	struct stages *skeleton;
	struct beside beside;
	bool is_kprobe;
};

static int load(struct stage_probes *probes, const struct beside_options *options)
{
	struct stages *skeleton = stages__open();
	__u32 *mode;

	if (!skeleton)
		return -errno;
	probes->skeleton = skeleton;
	mode = (__u32 *)(uintptr_t)&skeleton->rodata->followed_mode;
	*mode = (__u32)options->mode;
	return beside_load(skeleton->skeleton, skeleton->maps.stage_counters, options,
			   probes->is_kprobe, &probes->beside);
}

/*
 * What ends something before what begins it: a telling left open would pass for the cause
 * of every later waking on its CPU.  Last what takes in sockets: until then none is known.
 */
static int attach(struct stage_probes *probes, struct stage_failure *failure)
{
	struct stages *skeleton = probes->skeleton;
	const struct beside_program all[] = {
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

	return beside_attach(all, sizeof(all) / sizeof(all[0]), &failure->what);
}

static int try_way(const struct beside_options *options, bool is_kprobe,
		   struct stage_probes **ret_probes, struct stage_failure *failure)
{
	struct stage_probes *probes = calloc(1, sizeof(*probes));
	int err;

	*failure = (struct stage_failure){ .what = "the programs", .err = -ENOMEM };
	if (!probes)
		return -ENOMEM;
	probes->is_kprobe = is_kprobe;
	err = load(probes, options);
	if (!err)
		err = attach(probes, failure);
	failure->err = err;
	if (err)
		(void)stage_probes_close(probes);
	else
		*ret_probes = probes;
	return err;
}

int stage_probes_open(const struct beside_options *options, struct stage_probes **ret_probes,
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
	beside_unload(&probes->beside);
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
	beside_sum_counts(&probes->beside, STAGE_COUNT_KIND_COUNT, ret_counts->count);
}

uint64_t stage_probes_skipped_count(const struct stage_probes *probes)
{
	return beside_skipped_count(&probes->beside);
}
