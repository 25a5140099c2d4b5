/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * Where the TLS records of a socket's stream lie: one record for each of them,
 * told from its five bytes of header as they reach the reader's buffer.
 *
 * A stream's first record begins where a read begins: what stands in front of
 * TLS (a proxy's answer, STARTTLS) is an answer to the client, who sends its
 * hello only then.  From there on each header says where the next one is.  Who
 * comes late, or could not read a header, tries again at every read's start; if
 * no record has been told by then it is told that there may be some, so that
 * nothing is concluded from there being none.
 */
#ifndef EBPF_TLS_WALK_BPF_H
#define EBPF_TLS_WALK_BPF_H

#include "records.bpf.h"

#define TLS_HEADER_BYTES   5
#define TLS_BODY_BYTES_MAX (16384 + 2048) /* RFC 5246, 6.2.3; RFC 8446 has less */
#define TLS_TYPE_FIRST	   20		  /* change_cipher_spec */
#define TLS_TYPE_LAST	   24		  /* heartbeat */
#define TLS_MAJOR	   3
/*
 * Followed for each read: so many times so many.  The verifier goes through every turn
 * of a loop and compares each with those before it: 32 turns with all of a record's work
 * in each cost 2.3 s for each of two programs on 6.1 (emulated), and far more on 7.3.
 */
#define TLS_WALK_RECORDS  64
#define TLS_WALK_CALLS	  32
#define TLS_HEADER_ROOM	  16 /* more than a header: the verifier adds up the worst cases */
#define TLS_HANDSHAKE	  22
#define TLS_STRANGE_READS 256 /* begun with no header, in a row: it is not TLS */
#define MSG_TRUNC	  0x20

/* What has been told of a stream. */
enum tls_told {
	TLS_TOLD_NOTHING, /* and there was nothing */
	TLS_TOLD_BLANK,
	TLS_TOLD_NONE,
	TLS_TOLD_RECORDS,
};

struct tls_walk {
	__u64 next_offset;   /* of the next header's first byte */
	__u32 have_bytes;    /* of that header: reads may split it */
	__u32 is_synced;     /* it stands where the header before it said */
	__u32 told;	     /* enum tls_told */
	__u32 strange_count; /* reads that began with no header since it was told as blank */
	__u8 header[TLS_HEADER_ROOM];
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, PROBE_SOCKET_COUNT_MAX);
	__type(key, __u64); /* cookie */
	__type(value, struct tls_walk);
} probe_tls_walks SEC(".maps");

/* The members of kernel types that name a reader's buffer, whichever this kernel has. */
enum iter_type___buffer {
	ITER_IOVEC___buffer = 0,
	ITER_UBUF___buffer = 1, /* 6.0 and later */
};

struct iovec___buffer {
	void *iov_base;
	__u64 iov_len;
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct iov_iter___buffer {
	__u8 iter_type;
	__u32 type; /* with the direction in its lowest bit, before 5.14 */
	unsigned long iov_offset;
	unsigned long count;
	void *ubuf;
	const struct iovec___buffer *iov;
	const struct iovec___buffer *__iov; /* 6.4 and later */
};

struct msghdr___buffer {
	struct iov_iter___buffer msg_iter;
};

#pragma clang attribute pop

/* A buffer in the reader's memory; size 0 if it is none that can be looked into. */
struct tls_buffer {
	__u64 address;
	__u64 size_bytes;
};

static __always_inline void find_buffer(void *message, int flags, struct tls_buffer *ret_buffer)
{
	struct msghdr___buffer *msg = message;
	const struct iovec___buffer *iov = NULL;
	struct iovec___buffer first = {};
	__u32 type;

	ret_buffer->address = 0;
	ret_buffer->size_bytes = 0;
	if (flags & MSG_TRUNC)
		return; /* consumed, and put nowhere */
	if (bpf_core_field_exists(msg->msg_iter.iter_type))
		type = BPF_CORE_READ(msg, msg_iter.iter_type);
	else
		type = BPF_CORE_READ(msg, msg_iter.type) & ~1u;
	if (bpf_core_enum_value_exists(enum iter_type___buffer, ITER_UBUF___buffer) &&
	    type == bpf_core_enum_value(enum iter_type___buffer, ITER_UBUF___buffer)) {
		ret_buffer->address = (__u64)(unsigned long)BPF_CORE_READ(msg, msg_iter.ubuf) +
				      BPF_CORE_READ(msg, msg_iter.iov_offset);
		ret_buffer->size_bytes = BPF_CORE_READ(msg, msg_iter.count);
		return;
	}
	if (type != bpf_core_enum_value(enum iter_type___buffer, ITER_IOVEC___buffer))
		return;
	if (bpf_core_field_exists(msg->msg_iter.__iov))
		iov = BPF_CORE_READ(msg, msg_iter.__iov);
	else
		iov = BPF_CORE_READ(msg, msg_iter.iov);
	/* The first segment of several: readers of TLS hardly ever have more. */
	if (bpf_probe_read_kernel(&first, sizeof(first), iov))
		return;
	ret_buffer->address = (__u64)(unsigned long)first.iov_base +
			      BPF_CORE_READ(msg, msg_iter.iov_offset);
	ret_buffer->size_bytes = first.iov_len - BPF_CORE_READ(msg, msg_iter.iov_offset);
}

/* False if there is no room. */
static __always_inline bool tell_tls(__u64 cookie, const struct probe_tls_record *told)
{
	struct probe_tls_record record = *told;

	record.kind = PROBE_RECORD_TLS;
	record.cookie = cookie;
	record.pid = bpf_get_current_pid_tgid() >> 32;
	if (!bpf_ringbuf_output(&probe_records, &record, sizeof(record), BPF_RB_NO_WAKEUP))
		return true;
	count_call(PROBE_COUNT_SSL_RESERVE_FAILED);
	return false;
}

/* Up to there the stream has been read without being looked into. */
static __always_inline bool tell_blank(__u64 cookie, __u64 read_end)
{
	struct probe_tls_record record = { .type = PROBE_TLS_BLANK, .read_end = read_end };

	return tell_tls(cookie, &record);
}

static __always_inline void note_blank(__u64 cookie, struct tls_walk *walk, __u64 read_end)
{
	if (walk->told == TLS_TOLD_NOTHING && tell_blank(cookie, read_end))
		walk->told = TLS_TOLD_BLANK;
}

static __always_inline void note_strange(__u64 cookie, struct tls_walk *walk)
{
	struct probe_tls_record record = { .type = PROBE_TLS_NONE };

	if (walk->told == TLS_TOLD_BLANK && ++walk->strange_count == TLS_STRANGE_READS &&
	    tell_tls(cookie, &record))
		walk->told = TLS_TOLD_NONE;
}

static __always_inline void start_anew(struct tls_walk *walk, __u64 offset)
{
	walk->is_synced = 0;
	walk->have_bytes = 0;
	walk->next_offset = offset;
}

/* Of as many bytes as are there. */
static __always_inline bool is_header_plausible(const __u8 *header, __u64 have_bytes)
{
	if (header[0] < TLS_TYPE_FIRST || header[0] > TLS_TYPE_LAST)
		return false;
	if (have_bytes < TLS_HEADER_BYTES)
		return have_bytes < 2 || header[1] == TLS_MAJOR;
	return header[1] == TLS_MAJOR && header[2] <= 4 &&
	       ((__u32)header[3] << 8 | header[4]) <= TLS_BODY_BYTES_MAX;
}

/*
 * Follows the next record of a read of [start_offset, + size_bytes) of which
 * buffer_bytes lie at address.  1 if there may be more, else 0.  Not static, as the
 * next one: so the verifier looks at it once, not at every call.
 */
__noinline int follow_tls(__u64 cookie, __u64 address, __u64 buffer_bytes, __u64 start_offset,
			  __u64 size_bytes)
{
	struct tls_walk *walk = bpf_map_lookup_elem(&probe_tls_walks, &cookie);
	__u64 have;
	__u64 at;
	__u64 take;

	if (!walk)
		return 0;
	have = walk->have_bytes & 7;
	at = walk->next_offset + have - start_offset;
	take = (TLS_HEADER_BYTES - have) & 7;
	if (at >= size_bytes)
		return 0;
	if (take > size_bytes - at)
		take = size_bytes - at;
	barrier_var(take); /* else the compiler knows, and drops what the verifier needs */
	take &= 7;
	if (at + take > buffer_bytes ||
	    bpf_probe_read_user(&walk->header[have], take, (void *)(unsigned long)(address + at))) {
		note_blank(cookie, walk, start_offset + size_bytes);
		start_anew(walk, start_offset + size_bytes);
		return 0;
	}
	have += take;
	if (!is_header_plausible(walk->header, have)) {
		bool is_begun_before = !walk->is_synced && walk->next_offset < start_offset;

		if (walk->next_offset == start_offset)
			note_strange(cookie, walk);
		start_anew(walk, is_begun_before ? start_offset : start_offset + size_bytes);
		return 1;
	}
	walk->have_bytes = have;
	if (have < TLS_HEADER_BYTES)
		return 0;
	struct probe_tls_record record = {
		.type = walk->header[0],
		.offset = walk->next_offset,
		.read_end = start_offset + size_bytes,
		.size_bytes = TLS_HEADER_BYTES + ((__u32)walk->header[3] << 8 | walk->header[4]),
	};

	if (record.type == TLS_HANDSHAKE && at + take < size_bytes && at + take < buffer_bytes)
		(void)bpf_probe_read_user(&record.handshake_type, 1,
					  (void *)(unsigned long)(address + at + take));
	(void)tell_tls(cookie, &record);
	walk->told = TLS_TOLD_RECORDS;
	walk->is_synced = 1;
	walk->have_bytes = 0;
	walk->next_offset += record.size_bytes;
	return 1;
}

/* Some of them. */
__noinline int walk_tls(__u64 cookie, __u64 address, __u64 buffer_bytes, __u64 start_offset,
			__u64 size_bytes)
{
	for (int i = 0; i < TLS_WALK_RECORDS; i++)
		if (!follow_tls(cookie, address, buffer_bytes, start_offset, size_bytes))
			return 0;
	return 1;
}

/*
 * Tells the records that begin in a read whose bytes have just reached the buffer.
 * is_first: no byte left the socket before it.
 */
static __always_inline void note_tls(__u64 cookie, const struct tls_buffer *buffer,
				     __u64 start_offset, __u64 size_bytes, bool is_first)
{
	struct tls_walk *walk = bpf_map_lookup_elem(&probe_tls_walks, &cookie);
	struct tls_walk fresh = { .next_offset = start_offset };
	bool is_fresh = !walk;

	if (is_fresh) {
		(void)bpf_map_update_elem(&probe_tls_walks, &cookie, &fresh, BPF_ANY);
		walk = bpf_map_lookup_elem(&probe_tls_walks, &cookie);
	}
	if (!walk)
		return;
	if (is_fresh && !is_first)
		note_blank(cookie, walk, start_offset + size_bytes);
	if (walk->next_offset + walk->have_bytes < start_offset) {
		/* Bytes went another way. */
		note_blank(cookie, walk, start_offset + size_bytes);
		start_anew(walk, start_offset);
	}
	for (int i = 0; i < TLS_WALK_CALLS; i++)
		if (!walk_tls(cookie, buffer->address, buffer->size_bytes, start_offset,
			      size_bytes))
			return;
	start_anew(walk, start_offset + size_bytes);
}

#endif
