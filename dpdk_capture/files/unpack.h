/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bytes of a capture file as they were before somebody compressed them:
 * plain, or unpacked by zlib, libzstd or liblz4 on the way.
 */
#ifndef CAPTURE_UNPACK_H
#define CAPTURE_UNPACK_H

#include <stddef.h>
#include <stdint.h>

struct unpack;

/*
 * Opens a file, "-" being standard input.  Returns 0, or a negative errno and
 * *ret_why, a constant text or NULL where the errno says it all.
 */
int unpack_open(const char *path, struct unpack **ret_unpack, const char **ret_why);

/*
 * The next bytes, up to size_bytes.  Returns how many, 0 at the end, or a
 * negative errno with *ret_why, as above; -EINTR if a signal came while it
 * waited (for a pipe's writer).
 */
int64_t unpack_read(struct unpack *unpack, uint8_t *bytes, size_t size_bytes, const char **ret_why);

/* "plain", "gzip", ... */
const char *unpack_name(const struct unpack *unpack);

/* NULL is allowed. */
void unpack_close(struct unpack *unpack);

#endif
