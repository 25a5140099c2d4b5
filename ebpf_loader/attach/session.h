/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The probe in the kernel: loaded, attached, configured, counted.  Only
 * here and in ssl_probes.c is libbpf called.  One thread.
 */
#ifndef EBPF_LOADER_SESSION_H
#define EBPF_LOADER_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include <linux/types.h>

#include "ebpf/probe.h"
#include "ebpf_loader/kernel/function.h"
#include "ebpf_loader/library/ssl_target.h"

enum attach_kind {
	ATTACH_AUTO,
	ATTACH_FENTRY,
	ATTACH_KPROBE,
	ATTACH_BOTH, /* each stands in where the kernel skips the other */
};

struct session_options {
	enum attach_kind attach; /* not ATTACH_BOTH */
	bool is_preemptible;	 /* this kernel is, and so skips programs at times */
	enum probe_mode mode;
	uint32_t pid; /* as its own pid namespace numbers it; 0: every process */
	uint64_t pid_ns_dev;
	uint64_t pid_ns_inode;
	uint32_t port;		      /* 0: every port */
	const struct ssl_target *ssl; /* where SSL_read() is probed too; NULL: nowhere */
};

/* Why each way to attach failed; 0 where it was not tried. */
struct session_failure {
	int fentry_err;
	int kprobe_err;
	int ssl_err;
	const struct ssl_library *ssl_library; /* that would not have the probes */
	bool is_function_strange; /* tcp_recvmsg() has other parameters than the probe knows ... */
	struct function_params params; /* ... namely these */
};

struct session;

/*
 * Loads and attaches the probe.  Returns 0 and the session, to be released
 * with session_close(), or the negative errno of the last way tried, with
 * *ret_failure filled in; also on success, where a first choice of ATTACH_AUTO's failed.
 */
int session_open(const struct session_options *options, struct session **ret_session,
		 struct session_failure *ret_failure);

/* Takes the probe off, so that no new record comes; records and counts can still be read. */
void session_detach(struct session *session);

/* NULL is allowed.  Always returns NULL. */
struct session *session_close(struct session *session);

/* How it is attached now: ATTACH_FENTRY, ATTACH_KPROBE or ATTACH_BOTH. */
enum attach_kind session_attach_kind(const struct session *session);

/* There is MPTCP, and the kernel would not take the program that counts its reads. */
bool session_is_mptcp_unseen(const struct session *session);

/*
 * Attaches the other pair of programs too, which ATTACH_AUTO has kept ready.  fentry takes
 * CAP_BPF alone, kprobes the rights that are given up after the start.
 * 0, -EALREADY if both are attached, -ENOTSUP if none is ready, or another negative errno.
 */
int session_reinforce(struct session *session);

/* Map of the ring buffer, for ring_open() and poll(2). */
int session_ring_fd(const struct session *session);

/* Its maps of wanted sockets, for programs that share them. */
struct session_maps {
	int rows_fd;
	int sockets_fd;
	int substitutes_fd;
};

struct session_maps session_maps(const struct session *session);

/* Makes the probe report a registered socket or leave it alone.  -ENOSPC: there is no room. */
int session_want_socket(struct session *session, uint64_t cookie);
void session_forget_socket(struct session *session, uint64_t cookie);

/*
 * Has the probe tell of a matching socket again.  The only bpf() call on a map that is made
 * while it runs: for a socket that 16 later ones have pushed out of the loader's table.
 */
void session_readmit_socket(struct session *session, uint64_t cookie);

/*
 * Has the probe tell how far each open socket that it wants has been read, by PROBE_RECORD_SWEPT,
 * unless that is known: a walk over all open files.  0 or a negative errno.
 */
int session_sweep(struct session *session);

/* Sums the probe's counters over the CPUs. */
void session_read_counts(const struct session *session, struct probe_counts *ret_counts);

/* What the kernel has measured of the probe's programs. */
struct session_cost {
	uint64_t run_time_ns;
	uint64_t run_count;
};

/*
 * Has the kernel measure the programs' run time, until the session is closed;
 * costs some 50 ns a run.  Before capabilities are dropped.  0 or a negative errno.
 */
int session_measure(struct session *session);

/* What has been measured so far. */
struct session_cost session_cost(const struct session *session);

/* How often no kretprobe instance was free for a call (kernels that tell, from 6.7 on). */
uint64_t session_exhausted_count(const struct session *session);

/*
 * How often the kernel skipped one of the programs, because another thread had been
 * preempted inside it or inside a bpf() call on a hash map.  Of kprobes: from 6.7 on.
 */
uint64_t session_skipped_count(const struct session *session);

#endif
