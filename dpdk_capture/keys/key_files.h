/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Key-log files read into memory that is locked where that is allowed, and
 * that no core dump shows.
 */
#ifndef CAPTURE_KEY_FILES_H
#define CAPTURE_KEY_FILES_H

#include <stddef.h>

#include "dpdk_capture/fault/fault.h"
#include "wire/tls/key_log.h"

/*
 * Makes an empty log, and sees to it that from here on this process leaves no
 * core dump.  Returns 0 and the log, to be released with key_files_close(), or
 * a negative errno and *ret_fault.
 */
int key_files_open(struct key_log **ret_log, struct fault *ret_fault);

/* Opens one to read.  Returns its descriptor, or as below. */
int key_files_open_one(const char *path, struct fault *ret_fault);

/*
 * Reads a whole file.  Returns 0, or a negative errno and *ret_fault: it
 * cannot be read, or is no regular file.
 */
int key_files_read(struct key_log *log, const char *path, struct fault *ret_fault);

/* Wipes and releases.  NULL is allowed.  Always returns NULL. */
struct key_log *key_files_close(struct key_log *log);

#endif
