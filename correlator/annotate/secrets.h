/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The lines of key logs that belong to connections one knows, and no others:
 * what is handed on shall not open anything else.  Pure.
 */
#ifndef CORR_ANNOTATE_SECRETS_H
#define CORR_ANNOTATE_SECRETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SECRETS_BYTES_MAX      ((size_t)4 << 20)
#define SECRETS_LINE_BYTES_MAX 512

/* Whether a connection whose hello had this random (of 32 bytes) is wanted. */
typedef bool secrets_is_wanted(const void *context, const uint8_t *random);

struct secrets {
	secrets_is_wanted *is_wanted;
	const void *context;
	size_t line_bytes; /* of a line that is not whole yet */
	bool is_too_long;  /* it will not be kept */
	size_t text_bytes;
	uint64_t crowded_count; /* lines without room */
	char line[SECRETS_LINE_BYTES_MAX];
	char text[SECRETS_BYTES_MAX];
};

/* Takes the next bytes of a log; secrets_end() behind its last ones. */
void secrets_feed(struct secrets *secrets, const char *bytes, size_t size_bytes);
void secrets_end(struct secrets *secrets);

#endif
