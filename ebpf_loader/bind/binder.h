/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which bytes of which socket a call of SSL_read() returned.
 *
 * What is concluded is proven by what the kernel has seen, or not said:
 * - The socket is the one that was read within the call.  Where the client
 *   feeds OpenSSL itself, it is the only one of the process on which a record
 *   ends where OpenSSL's count says that it has read up to; while there are
 *   several, or others of which that is not known, the calls are unbound.
 * - The range ends where a record ends whose bytes came with the call.  Where
 *   there are several (read-ahead), how many bytes the call returned tells.
 * No number of OpenSSL's is taken for an offset in the TCP stream unless a
 * record ends there.  Pure; one thread.
 */
#ifndef EBPF_LOADER_BINDER_H
#define EBPF_LOADER_BINDER_H

#include <stdint.h>

#include <linux/types.h>

#include "ebpf/probe.h"
#include "streams.h"

enum bind_verdict {
	BIND_RANGED,   /* *ret_range says where its bytes were */
	BIND_UNBOUND,  /* its socket is not known */
	BIND_UNRANGED, /* its socket is, its record is not */
	BIND_NOTHING,  /* it took nothing: SSL_peek(), SSL_free() and their kin */
};

/* [start_offset, end_offset) of the stream; with whole records in front that returned nothing. */
struct bind_range {
	uint64_t cookie;
	uint64_t start_offset;
	uint64_t end_offset;
};

struct binder;

/* Streams whose records are remembered, 32 KiB each once they are: what the loader takes. */
#define BINDER_STREAM_COUNT 2048u

/* With room for stream_count, at least 1.  Returns NULL if there is no memory. */
struct binder *binder_create(uint32_t stream_count);

/* NULL is allowed.  Always returns NULL. */
struct binder *binder_free(struct binder *binder);

/* What the probe tells, in its order. */
void binder_note_record(struct binder *binder, const struct probe_tls_record *record);
/* Up to there a socket was read without anybody looking; of which process is not known. */
void binder_note_blank(struct binder *binder, uint64_t cookie, uint64_t end_offset);
void binder_note_read(struct binder *binder, uint64_t cookie, uint64_t end_offset);
void binder_forget_socket(struct binder *binder, uint64_t cookie);

/* *ret_range is written with BIND_RANGED only. */
enum bind_verdict binder_take_call(struct binder *binder, const struct probe_ssl_call *call,
				   struct bind_range *ret_range);

#endif
