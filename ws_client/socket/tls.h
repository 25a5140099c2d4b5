/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The TLS settings of all connections: whom to trust, and the key log.
 */
#ifndef WS_CLIENT_TLS_H
#define WS_CLIENT_TLS_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdio.h>

struct tls_settings {
	const char *ca_file;	 /* NULL: the system's */
	const char *keylog_file; /* NULL: none */
};

/* What the owner is told.  `owner` is his; none of these may be NULL. */
struct tls_operations {
	/* A connected socket is about to begin its handshake; nothing has been read from it. */
	void (*starting)(void *owner, const SSL *ssl);
	/* Something failed; `remedy` may be NULL. */
	void (*failed)(void *owner, const char *what, const char *why, const char *remedy);
};

struct tls {
	SSL_CTX *ctx; /* for libwebsockets; ours */
	FILE *keylog;
	bool is_keylog_told; /* that it cannot be written */
	const struct tls_operations *operations;
	void *owner;
};

/*
 * Makes tls->ctx; `tls` must be zeroed, and must not move until it is closed.
 * Returns 0; -EINVAL after the owner was told: an unusable CA file or key
 * log, or OpenSSL's own reason.
 */
int tls_open(struct tls *tls, const struct tls_settings *settings,
	     const struct tls_operations *operations, void *owner);

/* Frees what tls_open() made; zeroed memory is allowed. */
void tls_close(struct tls *tls);

#endif
