/* SPDX-License-Identifier: BSD-2-Clause */
/* A secret as a line of a key-log file (RFC 9850).  Any record will do.  Pure. */
#ifndef EBPF_LOADER_KEY_LINE_H
#define EBPF_LOADER_KEY_LINE_H

#include <stddef.h>

#include <linux/types.h>

#include "ebpf/keys.h"

/* Label, 64 digits, at most 96 digits, and what stands between and behind them. */
#define KEY_LINE_BYTES_MAX (KEYS_LABEL_BYTES_MAX + 2 * KEYS_RANDOM_BYTES + 2 * 48 + 4)

/*
 * Writes the line, with its end and a NUL.  A traffic secret whose connection is
 * not known has a client random of zeroes, which readers take for "find it by
 * trying", and the label of the server's, though it may be the client's.
 *
 * Returns its bytes without the NUL, or 0: it is no secret that TLS has.
 */
size_t key_line_write(const struct keys_record *record, char ret_line[KEY_LINE_BYTES_MAX]);

#endif
