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
#include "ebpf_loader/library/ssl_target.h"

enum attach_kind {
	ATTACH_AUTO,
	ATTACH_FENTRY,
	ATTACH_KPROBE,
};

struct session_options {
	enum attach_kind attach;
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
};

struct session;

/*
 * Loads and attaches the probe.  Returns 0 and the session, to be released
 * with session_close(), or the negative errno of the last way tried, with
 * *ret_failure filled in.
 */
int session_open(const struct session_options *options, struct session **ret_session,
		 struct session_failure *ret_failure);

/* Takes the probe off, so that no new record comes; records and counts can still be read. */
void session_detach(struct session *session);

/* NULL is allowed.  Always returns NULL. */
struct session *session_close(struct session *session);

/* How it is attached: ATTACH_FENTRY or ATTACH_KPROBE. */
enum attach_kind session_attach_kind(const struct session *session);

/* Map of the ring buffer, for ring_open() and poll(2). */
int session_ring_fd(const struct session *session);

/* Makes the probe report a socket or leave it alone.  0 or a negative errno. */
int session_want_socket(struct session *session, uint64_t cookie);
int session_forget_socket(struct session *session, uint64_t cookie);

/* Sums the probe's counters over the CPUs.  0 or a negative errno. */
int session_read_counts(const struct session *session, struct probe_counts *ret_counts);

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

/*
 * How often the kernel could not run the probe at all: kretprobe instances
 * exhausted (kernels that tell, from 6.7 on) and recursion.
 */
uint64_t session_missed_count(const struct session *session);

#endif
