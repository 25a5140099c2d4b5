/* SPDX-License-Identifier: BSD-2-Clause */
/* Why a process has no SSL_read() to probe, and what works instead.  Pure. */
#ifndef EBPF_LOADER_ABSENCE_H
#define EBPF_LOADER_ABSENCE_H

#include <stdbool.h>
#include <stddef.h>

#include "maps.h"

struct absence {
	char hidden_in[MAPS_PATH_BYTES]; /* a file with OpenSSL inside, and no symbols; or empty */
	bool has_gnutls;
	bool has_nss;
	bool is_go;
};

/* What a file that the process has mapped, and that has no SSL_read(), tells. */
void absence_note_file(struct absence *absence, const char *path, const void *bytes,
		       size_t size_bytes);

struct absence_words {
	char why[MAPS_PATH_BYTES + 128];
	const char *remedy;
};

void absence_explain(const struct absence *absence, struct absence_words *ret_words);

/* Why a process that has SSL_read() may not call it. */
void absence_suspect(const struct absence *absence, struct absence_words *ret_words);

#endif
