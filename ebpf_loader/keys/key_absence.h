/* SPDX-License-Identifier: BSD-2-Clause */
/* Why a program's TLS secrets cannot be had from outside, and what works instead.  Pure. */
#ifndef EBPF_LOADER_KEY_ABSENCE_H
#define EBPF_LOADER_KEY_ABSENCE_H

#include <stdbool.h>
#include <stddef.h>

/* What the files tell that have neither of the probed functions. */
struct key_absence {
	bool has_java;
	bool has_gnutls;
	bool has_nss;
	bool has_old_openssl; /* before 3.0: EVP_KDF_derive() is not there, or not used */
	bool has_openssl;     /* or BoringSSL, inside a file, without symbols */
	bool has_rustls;
	bool is_go;
};

void key_absence_note(struct key_absence *absence, const char *name, const void *bytes,
		      size_t size_bytes);

struct key_absence_words {
	const char *why;
	const char *remedy;
};

struct key_absence_words key_absence_explain(const struct key_absence *absence);

#endif
