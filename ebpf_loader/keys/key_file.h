/* SPDX-License-Identifier: BSD-2-Clause */
/* The key-log file that secrets are appended to: nobody else can read it. */
#ifndef EBPF_LOADER_KEY_FILE_H
#define EBPF_LOADER_KEY_FILE_H

#include <stddef.h>

struct key_file_words {
	const char *why;
	const char *remedy; /* NULL: none is known */
};

/*
 * Opens the file for appending, or makes it with mode 0600.  Returns its
 * descriptor, or a negative errno and words: a symbolic link, no regular file,
 * somebody else's, or one that others can read or write.
 */
int key_file_open(const char *path, struct key_file_words *ret_words);

/* Appends a line, whole.  0 or a negative errno. */
int key_file_append(int fd, const char *line, size_t size_bytes);

#endif
