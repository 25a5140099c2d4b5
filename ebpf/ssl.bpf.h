/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * SSL_read() and its kin in somebody's client: one record for each call that
 * returned bytes, with what can be seen from here: the thread's latest read of
 * a socket, and how far OpenSSL has read its input BIO.  Which bytes of which
 * socket they were is concluded by the loader (ebpf_loader/bind/).
 */
#ifndef EBPF_SSL_BPF_H
#define EBPF_SSL_BPF_H

#include "sockets.bpf.h"
#include "tls_walk.bpf.h"

/* A thread inside a probed function of OpenSSL's. */
struct probe_ssl_frame {
	__u64 enter_ns; /* 0: that call has ended, and those around it have not */
	__u64 ssl;
	__u64 position; /* bytes OpenSSL had taken from its BIO at entry */
	__u64 requested_bytes;
	__u64 returned_address; /* where the _ex functions store their count; 0: they return it */
	__u64 stack;		/* the caller's: a call within this one has a lower one */
	__u64 outer_stack;	/* that of the call around it, if outer_count */
	__u32 function;		/* enum probe_ssl_function */
	__u32 outer_count;	/* calls around it, of other connections: TLS within TLS */
};

/* The thread's latest tcp_recvmsg() that brought bytes. */
struct probe_last_read {
	__u64 cookie;
	__u64 start_offset;
	__u64 end_offset;
	__u64 return_ns;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, PROBE_CALL_COUNT_MAX);
	__type(key, __u32); /* tid */
	__type(value, struct probe_ssl_frame);
} probe_ssl_frames SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, PROBE_CALL_COUNT_MAX);
	__type(key, __u32); /* tid */
	__type(value, struct probe_last_read);
} probe_last_reads SEC(".maps");

static __always_inline void note_read(__u32 tid, const struct probe_last_read *read)
{
	(void)bpf_map_update_elem(&probe_last_reads, &tid, read, BPF_ANY);
}

/* Which of the probed libraries this is. */
static __always_inline __u64 ssl_library(void *ctx)
{
	return probe_settings.has_ssl_links ? bpf_get_attach_cookie(ctx) : 0;
}

/* How much OpenSSL has taken from its BIO; 0 where that cannot be told. */
static __always_inline __u64 ssl_position(void *ctx, __u64 ssl)
{
	__u64 library = ssl_library(ctx);
	__u64 position = 0;
	__u64 bio = 0;
	__u32 bio_offset;
	__u32 count_offset;

	if (library >= PROBE_SSL_LIBRARY_COUNT_MAX)
		return 0;
	bio_offset = probe_settings.ssl_layouts[library].bio_offset;
	count_offset = probe_settings.ssl_layouts[library].count_offset;
	if (!count_offset)
		return 0;
	if (bpf_probe_read_user(&bio, sizeof(bio), (void *)(unsigned long)(ssl + bio_offset)) ||
	    !bio)
		return 0;
	(void)bpf_probe_read_user(&position, sizeof(position),
				  (void *)(unsigned long)(bio + count_offset));
	return position;
}

static __always_inline int enter_ssl(struct pt_regs *ctx, enum probe_ssl_function function,
				     bool is_ex)
{
	__u32 tid = (__u32)bpf_get_current_pid_tgid();
	struct probe_ssl_frame *around;
	struct probe_ssl_frame frame = {};

	if (!is_process_wanted())
		return 0;
	frame.ssl = PT_REGS_PARM1(ctx);
	frame.stack = PT_REGS_SP(ctx);
	frame.requested_bytes = PT_REGS_PARM3(ctx);
	frame.returned_address = is_ex ? PT_REGS_PARM4(ctx) : 0;
	frame.function = function;
	around = bpf_map_lookup_elem(&probe_ssl_frames, &tid);
	if (around && around->stack > frame.stack) {
		/* Some libraries make one of these functions of another: that is one call. */
		frame.outer_count = around->outer_count +
				    (around->enter_ns && around->ssl != frame.ssl);
		frame.outer_stack = around->stack;
	}
	frame.position = ssl_position(ctx, frame.ssl);
	frame.enter_ns = bpf_ktime_get_ns();
	(void)bpf_map_update_elem(&probe_ssl_frames, &tid, &frame, BPF_ANY);
	return 0;
}

/* How many bytes a call brought. */
static __always_inline __u64 ssl_returned_bytes(const struct probe_ssl_frame *frame, int result)
{
	__u64 count = 0;

	if (result <= 0)
		return 0;
	if (!frame->returned_address)
		return result;
	(void)bpf_probe_read_user(&count, sizeof(count),
				  (void *)(unsigned long)frame->returned_address);
	return count;
}

static __always_inline void tell_ssl_call(void *ctx, const struct probe_ssl_frame *frame,
					  __u64 returned_bytes)
{
	__u64 pid_tgid = bpf_get_current_pid_tgid();
	__u32 tid = (__u32)pid_tgid;
	struct probe_last_read *last = bpf_map_lookup_elem(&probe_last_reads, &tid);
	__u64 position = ssl_position(ctx, frame->ssl);
	struct probe_ssl_call *record;

	record = bpf_ringbuf_reserve(&probe_records, sizeof(*record), 0);
	if (!record) {
		count_call(PROBE_COUNT_SSL_RESERVE_FAILED);
		return;
	}
	*record = (struct probe_ssl_call){
		.kind = PROBE_RECORD_SSL_CALL,
		.tid = tid,
		.pid = pid_tgid >> 32,
		.function = frame->function,
		.ssl = frame->ssl,
		.enter_ns = frame->enter_ns,
		.return_ns = bpf_ktime_get_ns(), /* after reserving: see ring.h */
		.requested_bytes = frame->requested_bytes,
		.returned_bytes = returned_bytes,
		.enter_position = frame->position,
		.return_position = position,
		.read_cookie = last ? last->cookie : 0,
		.read_start_offset = last ? last->start_offset : 0,
		.read_end_offset = last ? last->end_offset : 0,
		.read_ns = last ? last->return_ns : 0,
	};
	submit(record);
}

static __always_inline int leave_ssl(struct pt_regs *ctx)
{
	__u32 tid = (__u32)bpf_get_current_pid_tgid();
	struct probe_ssl_frame *frame = bpf_map_lookup_elem(&probe_ssl_frames, &tid);
	struct probe_ssl_frame ended;
	__u64 returned_bytes;

	if (!frame)
		return 0;
	ended = *frame;
	if (!ended.enter_ns) {
		/* What it returned came through another connection of OpenSSL's. */
		if ((int)PT_REGS_RC(ctx) > 0)
			count_call(PROBE_COUNT_SSL_NESTED);
		ended.outer_count--;
	}
	if (ended.outer_count && ended.outer_count < PROBE_CALL_COUNT_MAX) {
		frame->enter_ns = 0;
		frame->stack = ended.outer_stack;
		frame->outer_count = ended.outer_count;
	} else {
		(void)bpf_map_delete_elem(&probe_ssl_frames, &tid);
	}
	if (!ended.enter_ns)
		return 0;
	returned_bytes = ssl_returned_bytes(&ended, (int)PT_REGS_RC(ctx));
	if (!returned_bytes)
		return 0;
	if (ended.function == PROBE_SSL_READ)
		count_call(PROBE_COUNT_SSL_READ);
	tell_ssl_call(ctx, &ended, returned_bytes);
	return 0;
}

/* From now on the object at that address is another connection, or none. */
static __always_inline int renew_ssl(__u64 ssl)
{
	__u64 pid_tgid = bpf_get_current_pid_tgid();
	struct probe_ssl_call *record;

	if (!is_process_wanted())
		return 0;
	record = bpf_ringbuf_reserve(&probe_records, sizeof(*record), 0);
	if (!record) {
		count_call(PROBE_COUNT_SSL_RESERVE_FAILED);
		return 0;
	}
	*record = (struct probe_ssl_call){
		.kind = PROBE_RECORD_SSL_CALL,
		.tid = (__u32)pid_tgid,
		.pid = pid_tgid >> 32,
		.function = PROBE_SSL_RENEW,
		.ssl = ssl,
		.return_ns = bpf_ktime_get_ns(),
	};
	submit(record);
	return 0;
}

#endif
