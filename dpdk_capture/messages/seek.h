/* SPDX-License-Identifier: BSD-2-Clause */
/* Where TLS records begin, in bytes of which that is not known.  Pure. */
#ifndef CAPTURE_SEEK_H
#define CAPTURE_SEEK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum seek_verdict {
	SEEK_FOUND,   /* three headers in a row; or, at the end of all, a chain up to there */
	SEEK_PENDING, /* it may be, but it takes more bytes to tell */
	SEEK_NOTHING, /* nowhere, unless in the last bytes */
};

/* *ret_at is where records begin, may begin, or what has to be kept to tell. */
enum seek_verdict seek_records(const uint8_t *bytes, size_t size_bytes, bool is_end,
			       size_t *ret_at);

#endif
