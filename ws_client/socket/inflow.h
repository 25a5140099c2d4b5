/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What came in on one connection, byte for byte, seen beside libwebsockets.
 *
 * Under TLS a callback on the connection's read BIO follows the records as
 * OpenSSL takes them from the socket, and the decrypted bytes of each
 * SSL_read() are followed as WebSocket frames; without TLS the bytes of each
 * recv() are.  Together they say, for each message, which stretch of the TCP
 * stream carried it.
 *
 * What makes it exact: with read-ahead off OpenSSL takes the header and then
 * the body of one record and no more, and SSL_read() returns bytes of one
 * record, which is the one completed last.
 */
#ifndef WS_CLIENT_INFLOW_H
#define WS_CLIENT_INFLOW_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "anchor.h"
#include "wire/tls_records.h"
#include "wire/ws_frames.h"

#define INFLOW_END_BYTES 96

struct outflow;

/* Zeroed memory is an inflow before its first byte. */
struct inflow {
	void (*on_breach)(void *context); /* NULL: nobody wants to know */
	void *context;
	bool is_breach_told;
	bool is_tls;
	bool is_ktls; /* the kernel decrypts: no offset can be known */
	bool is_lost; /* two counts disagreed: no offset is known any more */
	int fd;
	struct outflow *outflow; /* of the same connection, whose BIO is the same; NULL: none */
	struct anchor anchor;	 /* where the first byte of those below lay in the TCP stream */
	uint64_t received_bytes; /* without TLS: the same as records.offset with it */
	uint64_t recv_ns;	 /* when recv() brought the last record, or bytes, whole */
	uint64_t read_count;	 /* SSL_read() or recv() with data */
	uint64_t mismatch_count; /* BIO_number_read() disagreed, or no record was seen */
	char end_why[INFLOW_END_BYTES]; /* why nothing comes any more; empty: it is not known to */
	struct tls_records records;
	struct ws_frames frames;
};

/*
 * Puts the inflow's callback on the BIO of a connection whose handshake has not
 * begun; before_bytes are known to have been read from its socket, a proxy's
 * answer for instance.  The inflow must outlive the SSL.
 */
void inflow_attach(struct inflow *inflow, SSL *ssl, uint64_t before_bytes);

/* The same for a connection without TLS, from which nothing but that has been read. */
void inflow_begin_plain(struct inflow *inflow, int fd, uint64_t before_bytes);

/*
 * Asks the kernel whether it has given as many bytes as were counted.  Costs
 * some system calls; where the kernel does not say, nothing changes.
 */
void inflow_check(struct inflow *inflow);

/* What was followed is not what the library was given: no offset is known any more. */
void inflow_give_up(struct inflow *inflow);

/* NULL if offsets can be relied upon; else why not. */
const char *inflow_doubt(const struct inflow *inflow);

/* The inflow attached to a connection, or NULL. */
struct inflow *inflow_of(const SSL *ssl);

/* SSL_read() has returned these decrypted bytes. */
void inflow_take_decrypted(struct inflow *inflow, const SSL *ssl, const void *bytes,
			   size_t size_bytes);

/* SSL_read() has failed; `result` is what it returned. */
void inflow_note_failure(struct inflow *inflow, const SSL *ssl, int result);

/* recv() has returned these bytes of a connection without TLS. */
void inflow_take_plain(struct inflow *inflow, const void *bytes, size_t size_bytes);

/* recv() has failed, or has nothing more to give; `result` is what it returned. */
void inflow_note_plain_failure(struct inflow *inflow, ssize_t result);

#endif
