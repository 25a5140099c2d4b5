/* SPDX-License-Identifier: BSD-2-Clause */
#include "session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "kretprobe_event.h"
#include "probe.skel.h"
#include "ssl_probes.h"

#define PROBED_FUNCTION "tcp_recvmsg"

#define CPU_COUNT_MAX 4096

struct session {
	struct probe *skeleton;
	enum attach_kind attached;
	struct kretprobe_event kretprobe; /* what its link hangs on, if not on libbpf's own */
	struct bpf_link *ssl_links[SSL_LINK_COUNT];
	int stats_fd; /* while it is open the kernel measures run times; -1: it does not */
	int cpu_count;
	struct probe_counts *cpu_counts; /* room for one read of the per-CPU counters */
};

/*
 * Which of tcp_recvmsg()'s parameters is `flags`?  It was the fifth of six
 * until 5.19 and is the fourth of five since.  The kernel's own description
 * says, so no version is compared.
 */
static int describe_function(struct probe_config *config)
{
	struct btf *btf = btf__load_vmlinux_btf();
	const struct btf_type *proto;
	const struct btf_param *params;
	int id;
	int err = 0;

	if (!btf)
		return -errno;
	id = btf__find_by_name_kind(btf, PROBED_FUNCTION, BTF_KIND_FUNC);
	if (id < 0) {
		err = id;
		goto out_free;
	}
	proto = btf__type_by_id(btf, btf__type_by_id(btf, (__u32)id)->type);
	params = btf_params(proto);
	config->param_count = btf_vlen(proto);
	config->flags_param_index = 0;
	for (__u32 i = 0; i < config->param_count; i++) {
		const char *name = btf__name_by_offset(btf, params[i].name_off);

		if (name && strcmp(name, "flags") == 0)
			config->flags_param_index = i;
	}
	if (config->flags_param_index != 3 && config->flags_param_index != 4)
		err = -EPROTO;
out_free:
	btf__free(btf);
	return err;
}

static void choose_programs(struct probe *skeleton, enum attach_kind kind)
{
	bool is_fentry = kind == ATTACH_FENTRY;

	(void)bpf_program__set_autoload(skeleton->progs.fentry_enter, is_fentry);
	(void)bpf_program__set_autoload(skeleton->progs.fexit_leave, is_fentry);
	(void)bpf_program__set_autoload(skeleton->progs.kprobe_enter, !is_fentry);
	(void)bpf_program__set_autoload(skeleton->progs.kretprobe_leave, !is_fentry);
}

static int attach_program(struct bpf_program *program, struct bpf_link **link)
{
	*link = bpf_program__attach(program);
	return *link ? 0 : -errno;
}

/* With room for many calls if tracefs is there and open to us, as it is to root. */
static int attach_kretprobe(struct probe *skeleton, struct kretprobe_event *ret_event)
{
	struct bpf_program *program = skeleton->progs.kretprobe_leave;
	int fd = kretprobe_event_open(PROBED_FUNCTION, ret_event);

	if (fd >= 0) {
		skeleton->links.kretprobe_leave = bpf_program__attach_perf_event(program, fd);
		if (skeleton->links.kretprobe_leave)
			return 0;
		(void)close(fd);
		kretprobe_event_close(ret_event);
	}
	return attach_program(program, &skeleton->links.kretprobe_leave);
}

/*
 * Returns before entries: a call whose return alone is seen is ignored, one
 * whose entry alone is seen would have to be counted as lost.
 */
static int attach_programs(struct probe *skeleton, enum attach_kind kind,
			   struct kretprobe_event *ret_event)
{
	bool is_fentry = kind == ATTACH_FENTRY;
	int err = 0;

	err = attach_program(skeleton->progs.thread_exited, &skeleton->links.thread_exited);
	if (!err && bpf_program__autoload(skeleton->progs.socket_closed))
		err = attach_program(skeleton->progs.socket_closed, &skeleton->links.socket_closed);
	if (!err && is_fentry)
		err = attach_program(skeleton->progs.fexit_leave, &skeleton->links.fexit_leave);
	if (!err && is_fentry)
		err = attach_program(skeleton->progs.fentry_enter, &skeleton->links.fentry_enter);
	if (!err && !is_fentry)
		err = attach_kretprobe(skeleton, ret_event);
	if (!err && !is_fentry)
		err = attach_program(skeleton->progs.kprobe_enter, &skeleton->links.kprobe_enter);
	return err;
}

/* Loads and attaches one way.  0 and the session's skeleton, or a negative errno. */
static int try_attach(const struct probe_config *config, enum attach_kind kind,
		      struct session *session)
{
	struct probe *skeleton = probe__open();
	int err;

	if (!skeleton)
		return -errno;
	memcpy((void *)&skeleton->rodata->probe_settings, config, sizeof(*config));
	choose_programs(skeleton, kind);
	/* Closing is told by the registry for the sockets that are in it. */
	(void)bpf_program__set_autoload(skeleton->progs.socket_closed,
					config->mode == PROBE_MODE_MATCHING);
	ssl_probes_choose(skeleton, config->has_ssl);
	err = probe__load(skeleton);
	if (!err)
		err = attach_programs(skeleton, kind, &session->kretprobe);
	if (err) {
		probe__destroy(skeleton);
		kretprobe_event_close(&session->kretprobe);
		return err;
	}
	session->skeleton = skeleton;
	session->attached = kind;
	return 0;
}

static int try_all(struct session *session, const struct session_options *options,
		   const struct probe_config *config, struct session_failure *ret_failure)
{
	if (options->attach != ATTACH_KPROBE) {
		ret_failure->fentry_err = try_attach(config, ATTACH_FENTRY, session);
		if (!ret_failure->fentry_err || options->attach == ATTACH_FENTRY)
			return ret_failure->fentry_err;
	}
	ret_failure->kprobe_err = try_attach(config, ATTACH_KPROBE, session);
	return ret_failure->kprobe_err;
}

int session_open(const struct session_options *options, struct session **ret_session,
		 struct session_failure *ret_failure)
{
	struct probe_config config = {
		.mode = (__u32)options->mode,
		.pid = options->pid,
		.pid_ns_dev = options->pid_ns_dev,
		.pid_ns_inode = options->pid_ns_inode,
		.remote_or_local_port = options->port,
	};
	struct session *session = calloc(1, sizeof(*session));
	int err;

	if (options->ssl)
		ssl_probes_configure(options->ssl, &config);
	memset(ret_failure, 0, sizeof(*ret_failure));
	if (!session)
		return -ENOMEM;
	session->stats_fd = -1;
	session->kretprobe.list_fd = -1;
	session->cpu_count = libbpf_num_possible_cpus();
	if (session->cpu_count <= 0 || session->cpu_count > CPU_COUNT_MAX) {
		err = -EPROTO;
		goto out_free;
	}
	session->cpu_counts = calloc((size_t)session->cpu_count, sizeof(struct probe_counts));
	if (!session->cpu_counts) {
		err = -ENOMEM;
		goto out_free;
	}
	err = describe_function(&config);
	if (err) {
		ret_failure->fentry_err = err;
		ret_failure->kprobe_err = err;
		goto out_free_counts;
	}
	err = try_all(session, options, &config, ret_failure);
	if (err)
		goto out_free_counts;
	if (options->ssl)
		err = ssl_probes_attach(session->skeleton, options->ssl, session->ssl_links,
					&ret_failure->ssl_library);
	if (err) {
		ret_failure->ssl_err = err;
		(void)session_close(session);
		return err;
	}
	*ret_session = session;
	return 0;

out_free_counts:
	free(session->cpu_counts);
out_free:
	free(session);
	return err;
}

static void detach_link(struct bpf_link **link)
{
	(void)bpf_link__destroy(*link); /* it is gone in any case */
	*link = NULL;
}

/* Entries first: every call that was entered may still return. */
void session_detach(struct session *session)
{
	for (int i = SSL_LINK_COUNT - 1; i >= 0; i--)
		detach_link(&session->ssl_links[i]);
	detach_link(&session->skeleton->links.fentry_enter);
	detach_link(&session->skeleton->links.kprobe_enter);
	detach_link(&session->skeleton->links.fexit_leave);
	detach_link(&session->skeleton->links.kretprobe_leave);
	kretprobe_event_close(&session->kretprobe);
	detach_link(&session->skeleton->links.socket_closed);
	detach_link(&session->skeleton->links.thread_exited);
}

struct session *session_close(struct session *session)
{
	if (!session)
		return NULL;
	session_detach(session);
	if (session->stats_fd >= 0)
		(void)close(session->stats_fd);
	probe__destroy(session->skeleton);
	free(session->cpu_counts);
	free(session);
	return NULL;
}

enum attach_kind session_attach_kind(const struct session *session)
{
	return session->attached;
}

int session_ring_fd(const struct session *session)
{
	return bpf_map__fd(session->skeleton->maps.probe_records);
}

int session_want_socket(struct session *session, uint64_t cookie)
{
	struct probe_socket_state fresh = { 0 };
	__u64 key = cookie;
	int err = bpf_map_update_elem(bpf_map__fd(session->skeleton->maps.probe_sockets), &key,
				      &fresh, BPF_NOEXIST);

	return err == -EEXIST ? 0 : err;
}

int session_forget_socket(struct session *session, uint64_t cookie)
{
	__u64 key = cookie;
	int err = bpf_map_delete_elem(bpf_map__fd(session->skeleton->maps.probe_sockets), &key);

	return err == -ENOENT ? 0 : err;
}

int session_read_counts(const struct session *session, struct probe_counts *ret_counts)
{
	__u32 zero = 0;
	int err = bpf_map_lookup_elem(bpf_map__fd(session->skeleton->maps.probe_counters), &zero,
				      session->cpu_counts);

	if (err)
		return err;
	memset(ret_counts, 0, sizeof(*ret_counts));
	for (int cpu = 0; cpu < session->cpu_count; cpu++)
		for (int kind = 0; kind < PROBE_COUNT_KIND_COUNT; kind++)
			ret_counts->count[kind] += session->cpu_counts[cpu].count[kind];
	return 0;
}

/* What the kernel says of a program; all 0 of one that is not loaded. */
static struct bpf_prog_info info_of(const struct bpf_program *program)
{
	struct bpf_prog_info info = { 0 };
	__u32 info_bytes = sizeof(info);

	if (bpf_program__autoload(program))
		(void)bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &info_bytes);
	return info;
}

/* include/uapi/linux/bpf.h from 6.7 on: what the kernel says of a link to a kretprobe. */
struct kretprobe_link_info {
	__u32 type;
	__u32 id;
	__u32 program_id;
	__u32 reserved;
	__u32 event_type;
	__u32 reserved_event;
	__u64 function_name;
	__u32 name_bytes;
	__u32 offset;
	__u64 address;
	__u64 missed_count; /* left as it was by older kernels */
	__u64 cookie;
};

#define EVENT_TYPE_KRETPROBE 4 /* BPF_PERF_EVENT_KRETPROBE */

/* How many returns found no kretprobe instance free; 0 from kernels that do not tell. */
static uint64_t exhausted_count(const struct bpf_link *link)
{
	struct kretprobe_link_info info = { 0 };
	__u32 info_bytes = sizeof(info);

	if (!link || bpf_obj_get_info_by_fd(bpf_link__fd(link), &info, &info_bytes) ||
	    info.event_type != EVENT_TYPE_KRETPROBE)
		return 0;
	return info.missed_count;
}

/* Recursion: the program was already running on that CPU. */
uint64_t session_missed_count(const struct session *session)
{
	const struct probe *skeleton = session->skeleton;

	return exhausted_count(skeleton->links.kretprobe_leave) +
	       info_of(skeleton->progs.fentry_enter).recursion_misses +
	       info_of(skeleton->progs.fexit_leave).recursion_misses +
	       info_of(skeleton->progs.kprobe_enter).recursion_misses +
	       info_of(skeleton->progs.kretprobe_leave).recursion_misses;
}

int session_measure(struct session *session)
{
	session->stats_fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
	return session->stats_fd < 0 ? session->stats_fd : 0;
}

struct session_cost session_cost(const struct session *session)
{
	struct bpf_program *program;
	struct session_cost cost = { 0 };

	bpf_object__for_each_program(program, session->skeleton->obj)
	{
		struct bpf_prog_info info = info_of(program);

		cost.run_time_ns += info.run_time_ns;
		cost.run_count += info.run_cnt;
	}
	return cost;
}
