/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is known of each connection of OpenSSL's, by process and address of its
 * object.  A fixed table; the one used longest ago makes room.  Pure; one thread.
 */
#ifndef EBPF_LOADER_CONNS_H
#define EBPF_LOADER_CONNS_H

#include <stdbool.h>
#include <stdint.h>

#include "streams.h"

#define SSL_CANDIDATE_COUNT_MAX 8u

struct ssl_conn {
	uint64_t ssl; /* 0: the place is free */
	uint64_t used_at;
	uint32_t pid;
	uint32_t doubt_count; /* calls in a row that could not be placed */
	uint64_t position;    /* of its BIO after the latest call */

	/* Its socket. */
	uint64_t cookie; /* 0: not known */
	bool is_fed;	 /* by its client, not by reads within its calls */
	uint64_t shift;	 /* if fed: where its BIO's first byte lies in the stream */
	uint64_t candidates[SSL_CANDIDATE_COUNT_MAX]; /* the sockets it may be, if it was asked */
	uint32_t candidate_count;
	uint32_t agreed_count; /* calls in a row for which there was one candidate */

	/* The record its latest call returned bytes of. */
	bool has_record;
	bool is_drained; /* of all its bytes */
	struct tls_record record;
	uint64_t taken_bytes;  /* of its plain text */
	uint64_t start_offset; /* of what is published for it */
	uint64_t end_offset;   /* of the last record known; 0: none, or one was missed since */

	/* How much larger a record is than what it carries. */
	bool is_overhead_known;
	bool is_overhead_varying; /* padded: sizes tell nothing */
	uint32_t overhead_bytes;
	bool is_ahead; /* it has been seen to take more than a record at once */
};

struct ssl_conns;

/* Returns NULL if there is no memory. */
struct ssl_conns *ssl_conns_create(void);

/* NULL is allowed.  Always returns NULL. */
struct ssl_conns *ssl_conns_free(struct ssl_conns *conns);

/* NULL if it is not there. */
struct ssl_conn *ssl_conns_find(struct ssl_conns *conns, uint32_t pid, uint64_t ssl);

/* A fresh one if it was not there. */
struct ssl_conn *ssl_conns_get(struct ssl_conns *conns, uint32_t pid, uint64_t ssl);

/* Leaves of it what it is called. */
void ssl_conn_renew(struct ssl_conn *conn);

#endif
