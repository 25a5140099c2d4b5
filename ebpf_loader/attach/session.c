/* SPDX-License-Identifier: BSD-2-Clause */
#include "session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "ebpf_loader/kernel/function.h"
#include "kretprobe_event.h"
#include "probe.skel.h"
#include "ssl_probes.h"
#include "tables.h"

#define CPU_COUNT_MAX 4096

struct session {
	struct probe *skeleton;
	struct tables tables;
	unsigned int attached; /* pairs of programs: bits by enum attach_kind */
	unsigned int loaded;
	bool is_mptcp_unseen;
	bool is_preemptible;
	bool is_bare;			  /* without the programs that a kernel might not take */
	struct kretprobe_event kretprobe; /* what its link hangs on, if not on libbpf's own */
	struct bpf_link *ssl_links[SSL_LINK_COUNT];
	int stats_fd; /* while it is open the kernel measures run times; -1: it does not */
	int cpu_count;
};

/* Which pairs of programs are loaded: bits by enum attach_kind. */
#define PAIR(kind) (1u << (kind))
#define PAIRS_BOTH (PAIR(ATTACH_FENTRY) | PAIR(ATTACH_KPROBE))

static void choose_programs(const struct session *session, struct probe *skeleton,
			    unsigned int pairs, const struct probe_config *config)
{
	bool is_fentry = pairs & PAIR(ATTACH_FENTRY);
	bool is_kprobe = pairs & PAIR(ATTACH_KPROBE);

	(void)bpf_program__set_autoload(skeleton->progs.fentry_enter, is_fentry);
	(void)bpf_program__set_autoload(skeleton->progs.fexit_leave, is_fentry);
	(void)bpf_program__set_autoload(skeleton->progs.kprobe_enter, is_kprobe);
	(void)bpf_program__set_autoload(skeleton->progs.kretprobe_leave, is_kprobe);
	(void)bpf_program__set_autoload(skeleton->progs.mptcp_leave, config->mptcp_param_count);
	(void)bpf_program__set_autoload(skeleton->progs.receive_over, session->is_preemptible);
	(void)bpf_program__set_autoload(skeleton->progs.sweep, !session->is_bare);
}

static int attach_program(struct bpf_program *program, struct bpf_link **link)
{
	*link = bpf_program__attach(program);
	return *link ? 0 : -errno;
}

static void detach_link(struct bpf_link **link)
{
	(void)bpf_link__destroy(*link); /* it is gone in any case */
	*link = NULL;
}

/* Entries first: every call that was entered may still return. */
static void detach_pair(struct session *session, enum attach_kind kind)
{
	struct probe *skeleton = session->skeleton;

	if (kind == ATTACH_FENTRY) {
		detach_link(&skeleton->links.fentry_enter);
		detach_link(&skeleton->links.fexit_leave);
		return;
	}
	detach_link(&skeleton->links.kprobe_enter);
	detach_link(&skeleton->links.kretprobe_leave);
	kretprobe_event_close(&session->kretprobe);
}

/* With room for many calls if tracefs is there and open to us, as it is to root. */
static int attach_kretprobe(struct probe *skeleton, struct kretprobe_event *ret_event)
{
	struct bpf_program *program = skeleton->progs.kretprobe_leave;
	int fd = kretprobe_event_open(FUNCTION_RECVMSG, ret_event);

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
static int attach_pair(struct session *session, enum attach_kind kind)
{
	struct probe *skeleton = session->skeleton;
	int err;

	if (kind == ATTACH_FENTRY) {
		err = attach_program(skeleton->progs.fexit_leave, &skeleton->links.fexit_leave);
		if (!err)
			err = attach_program(skeleton->progs.fentry_enter,
					     &skeleton->links.fentry_enter);
	} else {
		err = attach_kretprobe(skeleton, &session->kretprobe);
		if (!err)
			err = attach_program(skeleton->progs.kprobe_enter,
					     &skeleton->links.kprobe_enter);
	}
	if (err)
		detach_pair(session, kind);
	return err;
}

/* Whatever may be read past tcp_recvmsg() is told by trace points, which every kernel has. */
static int attach_programs(struct session *session, enum attach_kind kind)
{
	struct probe *skeleton = session->skeleton;
	int err = attach_program(skeleton->progs.thread_exited, &skeleton->links.thread_exited);

	if (!err)
		err = attach_program(skeleton->progs.socket_moved, &skeleton->links.socket_moved);
	if (!err)
		err = attach_pair(session, kind);
	if (!err) /* last: what a pair does not see yet would pass for a read elsewhere */
		err = attach_program(skeleton->progs.bytes_consumed,
				     &skeleton->links.bytes_consumed);
	if (!err && bpf_program__autoload(skeleton->progs.mptcp_leave))
		err = attach_program(skeleton->progs.mptcp_leave, &skeleton->links.mptcp_leave);
	if (!err && bpf_program__autoload(skeleton->progs.sweep))
		err = attach_program(skeleton->progs.sweep, &skeleton->links.sweep);
	if (!err && bpf_program__autoload(skeleton->progs.receive_over)) /* may not be there */
		(void)attach_program(skeleton->progs.receive_over, &skeleton->links.receive_over);
	return err;
}

static struct probe *load_programs(const struct session *session, const struct probe_config *config,
				   unsigned int pairs, int *ret_err)
{
	struct probe *skeleton = probe__open();
	int err;

	if (!skeleton) {
		*ret_err = -errno;
		return NULL;
	}
	memcpy((void *)&skeleton->rodata->probe_settings, config, sizeof(*config));
	choose_programs(session, skeleton, pairs, config);
	ssl_probes_choose(skeleton, config->has_ssl);
	err = bpf_map__set_max_entries(skeleton->maps.probe_counters, (__u32)session->cpu_count);
	if (!err)
		err = probe__load(skeleton);
	if (err) {
		probe__destroy(skeleton);
		skeleton = NULL;
	}
	*ret_err = err;
	return skeleton;
}

/* Loads some pairs and attaches one.  0 and the session's skeleton, or a negative errno. */
static int try_attach(struct session *session, const struct probe_config *config,
		      enum attach_kind kind, unsigned int pairs)
{
	int err;

	session->skeleton = load_programs(session, config, pairs, &err);
	if (!session->skeleton)
		return err;
	err = tables_open(&session->tables, bpf_map__fd(session->skeleton->maps.probe_rows),
			  bpf_map__fd(session->skeleton->maps.probe_row_states),
			  bpf_map__fd(session->skeleton->maps.probe_counters), session->cpu_count);
	if (!err)
		err = attach_programs(session, kind);
	if (err) {
		session_detach(session);
		tables_close(&session->tables);
		probe__destroy(session->skeleton);
		session->skeleton = NULL;
		return err;
	}
	session->attached = PAIR(kind);
	session->loaded = pairs;
	return 0;
}

/* With whatever else the kernel takes beside it: the other pair as a reserve, MPTCP. */
static int try_kind(struct session *session, const struct probe_config *config,
		    enum attach_kind kind, bool has_reserve)
{
	struct probe_config plain = *config;
	int err = -ENOTSUP;

	if (has_reserve)
		err = try_attach(session, config, kind, PAIRS_BOTH);
	if (err)
		err = try_attach(session, config, kind, PAIR(kind));
	if (err) {
		plain.mptcp_param_count = 0;
		session->is_bare = true;
		err = try_attach(session, &plain, kind, PAIR(kind));
		session->is_bare = !err;
		session->is_mptcp_unseen = !err && config->mptcp_param_count;
	}
	return err;
}

/* fentry costs least, but on a kernel that preempts it is skipped where a kprobe is not. */
static int try_all(struct session *session, const struct session_options *options,
		   const struct probe_config *config, struct session_failure *ret_failure)
{
	bool is_auto = options->attach == ATTACH_AUTO;
	enum attach_kind first = options->attach;
	enum attach_kind second;
	int *errs[] = { [ATTACH_FENTRY] = &ret_failure->fentry_err,
			[ATTACH_KPROBE] = &ret_failure->kprobe_err };

	if (is_auto)
		first = options->is_preemptible ? ATTACH_KPROBE : ATTACH_FENTRY;
	*errs[first] = try_kind(session, config, first, is_auto);
	if (!*errs[first] || !is_auto)
		return *errs[first];
	second = first == ATTACH_KPROBE ? ATTACH_FENTRY : ATTACH_KPROBE;
	*errs[second] = try_kind(session, config, second, is_auto);
	return *errs[second];
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
	session->is_preemptible = options->is_preemptible;
	session->kretprobe.list_fd = -1;
	session->cpu_count = libbpf_num_possible_cpus();
	if (session->cpu_count <= 0 || session->cpu_count > CPU_COUNT_MAX) {
		err = -EPROTO;
		goto out_free;
	}
	err = function_describe(&config, &ret_failure->params);
	if (err) {
		ret_failure->is_function_strange = err == -EPROTO;
		ret_failure->fentry_err = err;
		ret_failure->kprobe_err = err;
		goto out_free;
	}
	err = try_all(session, options, &config, ret_failure);
	if (err)
		goto out_free;
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

out_free:
	free(session);
	return err;
}

void session_detach(struct session *session)
{
	struct probe *skeleton = session->skeleton;

	for (int i = SSL_LINK_COUNT - 1; i >= 0; i--)
		detach_link(&session->ssl_links[i]);
	/* First: a call that is under way and has lost its entry would pass for a read elsewhere.
	 */
	detach_link(&skeleton->links.bytes_consumed);
	detach_link(&skeleton->links.mptcp_leave);
	detach_link(&skeleton->links.receive_over);
	detach_link(&skeleton->links.sweep);
	detach_pair(session, ATTACH_FENTRY);
	detach_pair(session, ATTACH_KPROBE);
	detach_link(&skeleton->links.socket_moved);
	detach_link(&skeleton->links.thread_exited);
}

struct session *session_close(struct session *session)
{
	if (!session)
		return NULL;
	session_detach(session);
	if (session->stats_fd >= 0)
		(void)close(session->stats_fd);
	tables_close(&session->tables);
	probe__destroy(session->skeleton);
	free(session);
	return NULL;
}

enum attach_kind session_attach_kind(const struct session *session)
{
	if (session->attached == PAIRS_BOTH)
		return ATTACH_BOTH;
	return session->attached & PAIR(ATTACH_FENTRY) ? ATTACH_FENTRY : ATTACH_KPROBE;
}

bool session_is_mptcp_unseen(const struct session *session)
{
	return session->is_mptcp_unseen;
}

int session_reinforce(struct session *session)
{
	enum attach_kind other = session->attached & PAIR(ATTACH_FENTRY) ? ATTACH_KPROBE
									 : ATTACH_FENTRY;
	int err;

	if (session->attached == PAIRS_BOTH)
		return -EALREADY;
	if (!(session->loaded & PAIR(other)))
		return -ENOTSUP;
	err = attach_pair(session, other);
	if (!err)
		session->attached = PAIRS_BOTH;
	return err;
}

int session_ring_fd(const struct session *session)
{
	return bpf_map__fd(session->skeleton->maps.probe_records);
}

struct session_maps session_maps(const struct session *session)
{
	const struct probe *skeleton = session->skeleton;

	return (struct session_maps){ .rows_fd = bpf_map__fd(skeleton->maps.probe_rows),
				      .sockets_fd = bpf_map__fd(skeleton->maps.probe_sockets),
				      .substitutes_fd =
					      bpf_map__fd(skeleton->maps.probe_substitutes) };
}

int session_want_socket(struct session *session, uint64_t cookie)
{
	return tables_want(&session->tables, cookie);
}

void session_forget_socket(struct session *session, uint64_t cookie)
{
	tables_forget(&session->tables, cookie);
}

void session_readmit_socket(struct session *session, uint64_t cookie)
{
	__u64 key = cookie;

	(void)bpf_map_delete_elem(bpf_map__fd(session->skeleton->maps.probe_sockets), &key);
}

int session_sweep(struct session *session)
{
	const struct bpf_link *walk = session->skeleton->links.sweep;
	int fd = walk ? bpf_iter_create(bpf_link__fd(walk)) : -ENOTSUP;
	char text[64]; /* there is none: reading is what makes the walk */
	ssize_t got;
	int err;

	if (fd < 0)
		return fd;
	do
		got = read(fd, text, sizeof(text));
	while (got > 0 || (got < 0 && errno == EAGAIN)); /* it pauses after a million */
	err = got < 0 ? -errno : 0;
	(void)close(fd);
	return err;
}

void session_read_counts(const struct session *session, struct probe_counts *ret_counts)
{
	tables_sum(&session->tables, ret_counts);
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

uint64_t session_exhausted_count(const struct session *session)
{
	return kretprobe_event_missed(session->skeleton->links.kretprobe_leave);
}

uint64_t session_skipped_count(const struct session *session)
{
	struct bpf_program *program;
	uint64_t count = 0;

	bpf_object__for_each_program(program, session->skeleton->obj)
		count += info_of(program).recursion_misses;
	return count;
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
