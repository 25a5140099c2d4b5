/* SPDX-License-Identifier: BSD-2-Clause */
/* The files of code that a process has mapped, and what is in them. */
#ifndef EBPF_LOADER_CODE_FILES_H
#define EBPF_LOADER_CODE_FILES_H

#include <stddef.h>
#include <stdint.h>

/* A file, good for the call only. */
struct code_file {
	const char *path; /* as it is opened here: the very file that is mapped */
	const char *name; /* as its process calls it */
	const void *bytes;
	size_t size_bytes;
};

typedef void (*code_file_fn)(void *context, const struct code_file *file);

/* One file by its path.  0, or a negative errno and the function was not called. */
int code_files_visit_path(const char *path, code_file_fn visit, void *context);

/* Each file of code that the process has mapped so far, once.  0, -ESRCH or a negative errno. */
int code_files_visit_process(uint32_t pid, code_file_fn visit, void *context);

/* Each file, links apart, in the folder of `path` whose name begins so. */
void code_files_visit_beside(const char *path, const char *prefix, code_file_fn visit,
			     void *context);

#endif
