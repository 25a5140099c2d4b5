/* SPDX-License-Identifier: BSD-2-Clause */
#include "key_absence.h"

#include <string.h>

static bool has_text(const void *bytes, size_t size_bytes, const char *text)
{
	return memmem(bytes, size_bytes, text, strlen(text)) != NULL;
}

static bool begins(const char *name, const char *beginning)
{
	return strncmp(name, beginning, strlen(beginning)) == 0;
}

void key_absence_note(struct key_absence *absence, const char *path, const void *bytes,
		      size_t size_bytes)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;

	absence->has_java |= begins(name, "libjvm.so");
	absence->has_gnutls |= begins(name, "libgnutls");
	absence->has_nss |= begins(name, "libssl3.so");
	absence->has_old_openssl |= begins(name, "libcrypto.so.1") || begins(name, "libssl.so.1");
	if (begins(name, "lib")) /* what follows is about programs that have it inside */
		return;
	absence->has_rustls |= has_text(bytes, size_bytes, "rustls");
	absence->is_go |= has_text(bytes, size_bytes, "Go build ID:") ||
			  has_text(bytes, size_bytes, "Go buildinf:");
	absence->has_openssl |= has_text(bytes, size_bytes, "ssl/record/") ||
				has_text(bytes, size_bytes, "ssl/ssl_lib.c");
}

struct key_absence_words key_absence_explain(const struct key_absence *absence)
{
	static const char own_log[] = "start it with SSLKEYLOGFILE=FILE set, and give FILE to "
				      "dpdk_capture --keylog";

	if (absence->has_java)
		return (struct key_absence_words){
			"Java derives its TLS secrets in code that it compiles as it runs",
			"run it with a Java agent that writes a key log, and give that to "
			"dpdk_capture --keylog"
		};
	if (absence->has_rustls)
		return (struct key_absence_words){
			"it uses rustls, which gives its secrets only to its own program",
			"have the program use rustls's KeyLogFile and set SSLKEYLOGFILE, and give "
			"that file to dpdk_capture --keylog"
		};
	if (absence->is_go)
		return (struct key_absence_words){
			"it is a Go program without crypto/tls's writeKeyLog, or with a table of "
			"functions that cannot be read",
			"set KeyLogWriter in its tls.Config, and give that file to dpdk_capture "
			"--keylog"
		};
	if (absence->has_gnutls)
		return (struct key_absence_words){
			"it uses GnuTLS, whose secrets pass no function that could be probed",
			own_log
		};
	if (absence->has_nss)
		return (struct key_absence_words){
			"it uses NSS, whose secrets pass no function that could be probed", own_log
		};
	if (absence->has_old_openssl)
		return (struct key_absence_words){
			"its OpenSSL is older than 3.0 and has no EVP_KDF_derive",
			"ebpf_loader --ssl sees its SSL_read; or have the program write a key log "
			"(SSL_CTX_set_keylog_callback) for dpdk_capture --keylog"
		};
	if (absence->has_openssl)
		return (struct key_absence_words){
			"an OpenSSL or BoringSSL is linked into it, and nothing says where its "
			"EVP_KDF_derive is",
			"run a build with symbols, or have it write a key log (SSLKEYLOGFILE, "
			"--tls-keylog) for dpdk_capture --keylog"
		};
	return (struct key_absence_words){
		"no file it has mapped so far has EVP_KDF_derive (OpenSSL from 3.0 on) or is a Go "
		"program with TLS",
		"start this once it has connected, or name the library that it will load with "
		"--ssl PATH"
	};
}
