/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files in /dev/shm: found with care, created without a name, removed only
 * when nobody uses them.  Internal to shm/.
 */
#ifndef SHM_BUS_FILE_H
#define SHM_BUS_FILE_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "bus_layout.h"

/* A slash, then 1 to 254 characters that are no slash. */
bool bus_name_is_valid(const char *name);

/* The path of a valid name. */
void bus_name_to_path(const char *name, char ret_path[PATH_MAX]);

/* Does the path still lead to the file behind fd? */
bool bus_file_is_named(int fd, const char *path);

/* Opens what is there, without creating or following anything.  A descriptor or an errno. */
int bus_file_open(const char *path);

/*
 * A regular file that not everybody may write to, and owned by somebody we
 * trust?  0 and its size, -EPROTO, -EACCES, or another negative errno.
 */
int bus_file_check(int fd, uint64_t *ret_size_bytes);

/* Checks the header as bus_header_check() does, by a system call, which a shrunk file cannot hurt.
 */
int bus_file_read_header(int fd, uint64_t file_bytes, struct bus_shape *ret_shape);

/*
 * Removes the file at path if nobody uses it.  Returns 0 if the name is free
 * now, -EEXIST if it is in use, -EPROTO if it is no bus at all and only a bus
 * is meant.
 */
int bus_file_remove_unused(const char *path, bool is_anything_meant);

/*
 * Creates a file without a name, or with a temporary one where the file system
 * knows no other way; empty in the first case.  A descriptor or an errno.
 */
int bus_file_create(char ret_temporary[PATH_MAX]);

/* Gives the finished file its name; -EEXIST if somebody else has it. */
int bus_file_link(int fd, const char *temporary, const char *path);

#endif
