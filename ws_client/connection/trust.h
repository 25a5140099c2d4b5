/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whom a connection trusts: what libwebsockets and OpenSSL are told of the
 * server's certificate, by name, by address or not at all.
 */
#ifndef WS_CLIENT_TRUST_H
#define WS_CLIENT_TRUST_H

#include <openssl/ssl.h>
#include <stdbool.h>

/* libwebsockets' flags for a TLS connection. */
int trust_flags(bool is_insecure);

/* A handshake with this host is about to begin. */
void trust_prepare(SSL *ssl, const char *host, bool is_insecure);

/*
 * OpenSSL's verdict on one certificate of the chain.  *verify_error keeps the
 * first thing found wrong (X509_V_ERR_...), which is the one to be told.
 */
void trust_judge(X509_STORE_CTX *store, bool is_good, bool is_insecure, int *verify_error);

#endif
