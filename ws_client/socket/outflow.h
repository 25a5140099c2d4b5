/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What goes out on one connection, byte for byte, seen beside libwebsockets:
 * the counterpart of inflow.h.
 *
 * Under TLS the records are followed as the socket takes them from OpenSSL's
 * write BIO - what it took, not what it was offered -, and the plaintext of
 * each SSL_write() as WebSocket frames; without TLS the bytes that each send()
 * took.  Together they say for each frame which stretch of the TCP stream
 * carries it.
 *
 * What makes it exact: SSL_write() succeeds only when the socket has taken all
 * of its records, and nothing of a later one has been made by then.
 */
#ifndef WS_CLIENT_OUTFLOW_H
#define WS_CLIENT_OUTFLOW_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>

#include "anchor.h"
#include "wire/tls_records.h"
#include "wire/ws_sent.h"

/* Zeroed memory is an outflow before its first byte. */
struct outflow {
	bool is_tls;
	bool is_ktls;
	bool is_lost; /* two counts disagreed: no offset is known any more */
	bool is_open; /* an SSL_write() has begun and has not yet succeeded */
	int fd;
	struct anchor anchor;	     /* where the first byte of those below lies in the stream */
	uint64_t sent_bytes;	     /* without TLS: taken by the socket */
	uint64_t write_start_offset; /* of the records of the SSL_write() at hand */
	uint64_t sent_ns;	     /* when the socket had taken the last record whole */
	uint64_t mismatch_count;     /* BIO_number_written() disagreed */
	struct tls_records records;
	struct ws_sent frames;
};

/*
 * Before the library's first byte; the kernel says what was sent before.
 * is_proxied: something was, so that a kernel that does not say leaves every place unknown.
 */
void outflow_begin(struct outflow *outflow, int fd, bool is_tls, bool is_proxied);

/* The socket took these bytes of the write BIO. */
void outflow_take_record_bytes(struct outflow *outflow, const void *bytes, size_t size_bytes);

/* SSL_write() is about to be called, again with the same bytes if it failed before ... */
void outflow_begin_write(struct outflow *outflow);
/* ... and has taken these, which are decrypted still. */
void outflow_end_write(struct outflow *outflow, const SSL *ssl, const void *bytes,
		       size_t size_bytes);

/* send() took these bytes of a connection without TLS. */
void outflow_take_plain(struct outflow *outflow, const void *bytes, size_t size_bytes);

/* Asks the kernel whether it was given as many bytes as were counted; some system calls. */
void outflow_check(struct outflow *outflow);

/* Can offsets be relied upon? */
bool outflow_is_placed(const struct outflow *outflow);

#endif
