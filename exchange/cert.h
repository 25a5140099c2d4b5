/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The exchange's throw-away certificates: a CA made at start-up, whose key is
 * forgotten at once, and one server certificate signed by it.
 */
#ifndef EXCHANGE_CERT_H
#define EXCHANGE_CERT_H

#include <limits.h>
#include <stdbool.h>

#include "prof/cli.h"

/* What is wrong with the server's certificate, for clients' tests. */
enum cert_kind {
	CERT_GOOD,
	CERT_EXPIRED,
	CERT_WRONG_HOST, /* for another name */
	CERT_UNKNOWN_CA, /* signed by another CA than the one in ca.pem */
};

struct cert_files {
	char folder[PATH_MAX];
	char ca[PATH_MAX];     /* ca.pem */
	char server[PATH_MAX]; /* server.pem */
	char key[PATH_MAX];    /* server.key, mode 0600 */
	bool is_temporary;     /* the folder was made here and goes with cert_remove() */
};

/* Returns 0 and the kind, or -EINVAL: good, expired, wrong-host or unknown-ca. */
int cert_parse_kind(const char *text, enum cert_kind *ret_kind);

/*
 * Names the files in `folder`, which is made if it is not there; NULL: in a
 * fresh folder under TMPDIR or /tmp.  Returns 0 or a negative errno.
 */
int cert_open_folder(const char *folder, struct cert_files *ret_files);

/* Are all three files there? */
bool cert_is_there(const struct cert_files *files);

/* Can a server be opened with them: a certificate, and its key? */
bool cert_is_usable(const struct cert_files *files);

/* A name or a numeric address, that a certificate can be made for. */
bool cert_is_host(const char *host);

/*
 * Writes all three.  The certificate is for localhost, 127.0.0.1, ::1, every
 * numeric address this machine has if `host` is a wildcard, `host`, and the
 * names in `more_hosts`.
 *
 * Returns 0 or a negative errno, -EPROTO if OpenSSL refused something.
 */
int cert_write(const struct cert_files *files, enum cert_kind kind, const char *host,
	       const struct prof_text_list *more_hosts);

/* Removes what is temporary. */
void cert_remove(const struct cert_files *files);

#endif
