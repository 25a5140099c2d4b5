/* SPDX-License-Identifier: BSD-2-Clause */
#include "absence.h"

#include <stdio.h>
#include <string.h>

static bool has_text(const void *bytes, size_t size_bytes, const char *text)
{
	return memmem(bytes, size_bytes, text, strlen(text)) != NULL;
}

/* OpenSSL and BoringSSL name their source files in their errors. */
static bool is_openssl_inside(const void *bytes, size_t size_bytes)
{
	return has_text(bytes, size_bytes, "ssl/record/") ||
	       has_text(bytes, size_bytes, "ssl/ssl_lib.c");
}

void absence_note_file(struct absence *absence, const char *path, const void *bytes,
		       size_t size_bytes)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;

	absence->has_gnutls |= strncmp(name, "libgnutls", 9) == 0;
	absence->has_nss |= strncmp(name, "libssl3.so", 10) == 0;
	absence->is_go |= has_text(bytes, size_bytes, "Go build ID:") ||
			  has_text(bytes, size_bytes, "Go buildinf:");
	if (!absence->hidden_in[0] && is_openssl_inside(bytes, size_bytes))
		(void)snprintf(absence->hidden_in, sizeof(absence->hidden_in), "%s", path);
}

/* NULL if none was seen. */
static const char *other_library(const struct absence *absence)
{
	if (absence->has_gnutls)
		return "GnuTLS";
	if (absence->has_nss)
		return "NSS, whose libssl3 is another library";
	return absence->is_go ? "Go's own TLS" : NULL;
}

void absence_explain(const struct absence *absence, struct absence_words *ret_words)
{
	ret_words->remedy =
		"for other TLS libraries than OpenSSL there is no --ssl: --pid gives the "
		"reads of its sockets";
	if (absence->hidden_in[0]) {
		(void)snprintf(ret_words->why, sizeof(ret_words->why),
			       "OpenSSL is linked into %s statically, and it is stripped: nothing "
			       "says where its SSL_read is",
			       absence->hidden_in);
		ret_words->remedy = "run a build with symbols, or one that uses the shared libssl; "
				    "if it can write its TLS secrets, dpdk_capture --keylog FILE "
				    "--dump-messages needs no probe";
		return;
	}
	if (other_library(absence)) {
		(void)snprintf(ret_words->why, sizeof(ret_words->why),
			       "it uses %s, which has no SSL_read", other_library(absence));
		return;
	}
	(void)snprintf(ret_words->why, sizeof(ret_words->why),
		       "no file it has mapped so far has SSL_read");
	ret_words->remedy = "start --ssl once it has connected, or name the library that it will "
			    "load with --ssl-symbol-file";
}

void absence_suspect(const struct absence *absence, struct absence_words *ret_words)
{
	ret_words->remedy = "start --ssl again now that it is connected; lines come only for its "
			    "SSL_read";
	if (absence->hidden_in[0])
		(void)snprintf(ret_words->why, sizeof(ret_words->why),
			       "%s has an OpenSSL of its own inside, stripped", absence->hidden_in);
	else if (other_library(absence))
		(void)snprintf(ret_words->why, sizeof(ret_words->why), "it has %s, too",
			       other_library(absence));
	else
		(void)snprintf(ret_words->why, sizeof(ret_words->why),
			       "it uses another library, one loaded since, or no TLS, or is still "
			       "connecting");
}
