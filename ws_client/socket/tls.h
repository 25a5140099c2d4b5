/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The client's TLS settings: whom to trust, and the key log.
 */
#ifndef WS_CLIENT_TLS_H
#define WS_CLIENT_TLS_H

struct client;

/*
 * Makes client->ssl_ctx.  Returns 0; -EINVAL after it has been complained
 * about: an unusable CA file, or OpenSSL's own reason.
 */
int tls_open(struct client *client);
void tls_close(struct client *client);

#endif
