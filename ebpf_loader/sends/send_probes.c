/* SPDX-License-Identifier: BSD-2-Clause */
#include "send_probes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sends.skel.h"

struct send_probes {
	struct sends *skeleton;
	struct beside beside;
};

static int load(struct send_probes *probes, const struct beside_options *options, bool is_kprobe)
{
	struct sends *skeleton = sends__open();
	__u32 *mode;
	int err;

	if (!skeleton)
		return -errno;
	probes->skeleton = skeleton;
	mode = (__u32 *)(uintptr_t)&skeleton->rodata->followed_mode;
	*mode = (__u32)options->mode;
	err = bpf_map__reuse_fd(skeleton->maps.probe_records, options->ring_fd);
	if (err)
		return err;
	return beside_load(skeleton->skeleton, skeleton->maps.send_counters, options, is_kprobe,
			   &probes->beside);
}

/* The return before the entry: a call that is entered is left in view. */
static int attach(struct send_probes *probes)
{
	struct sends *skeleton = probes->skeleton;
	const struct beside_program all[] = {
		{ skeleton->progs.send_over, &skeleton->links.send_over,
		  "the trace point inet_sock_set_state" },
		{ skeleton->progs.fexit_send, &skeleton->links.fexit_send, "tcp_sendmsg_locked" },
		{ skeleton->progs.kretprobe_send, &skeleton->links.kretprobe_send,
		  "tcp_sendmsg_locked" },
		{ skeleton->progs.fentry_send, &skeleton->links.fentry_send, "tcp_sendmsg_locked" },
		{ skeleton->progs.kprobe_send, &skeleton->links.kprobe_send, "tcp_sendmsg_locked" },
	};
	const char *what; /* nobody asks: all of it is --sends to the user */

	return beside_attach(all, sizeof(all) / sizeof(all[0]), &what);
}

static int try_way(const struct beside_options *options, bool is_kprobe,
		   struct send_probes **ret_probes)
{
	struct send_probes *probes = calloc(1, sizeof(*probes));
	int err;

	if (!probes)
		return -ENOMEM;
	err = load(probes, options, is_kprobe);
	if (!err)
		err = attach(probes);
	if (err)
		(void)send_probes_close(probes);
	else
		*ret_probes = probes;
	return err;
}

int send_probes_open(const struct beside_options *options, struct send_probes **ret_probes)
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
	beside_unload(&probes->beside);
	sends__destroy(probes->skeleton);
	free(probes);
	return NULL;
}

void send_probes_read_counts(const struct send_probes *probes, struct send_counts *ret_counts)
{
	memset(ret_counts, 0, sizeof(*ret_counts));
	if (probes)
		beside_sum_counts(&probes->beside, SEND_COUNT_KIND_COUNT, ret_counts->count);
}

uint64_t send_probes_skipped_count(const struct send_probes *probes)
{
	return probes ? beside_skipped_count(&probes->beside) : 0;
}
