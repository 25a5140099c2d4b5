/* SPDX-License-Identifier: BSD-2-Clause */
/* What --ssl probes: each file of a process that has SSL_read(). */
#ifndef EBPF_LOADER_SSL_TARGET_H
#define EBPF_LOADER_SSL_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/types.h>

#include "absence.h"
#include "ebpf/probe.h"
#include "maps.h"

/* The functions of OpenSSL's that are probed. */
enum ssl_function {
	SSL_FUNCTION_READ,
	SSL_FUNCTION_READ_EX,
	SSL_FUNCTION_PEEK,
	SSL_FUNCTION_PEEK_EX,
	SSL_FUNCTION_FREE,
	SSL_FUNCTION_CLEAR,
	SSL_FUNCTION_SET_BIO,
	SSL_FUNCTION_SET0_RBIO,
	SSL_FUNCTION_SET_FD,
	SSL_FUNCTION_SET_RFD,
	SSL_FUNCTION_COUNT,
};

struct ssl_library {
	char name[MAPS_PATH_BYTES]; /* as its process calls it */
	char path[MAPS_PATH_BYTES]; /* as it is opened here: the very file that is mapped */
	uint64_t offsets[SSL_FUNCTION_COUNT]; /* in the file; 0: it lacks that function */
	struct probe_ssl_layout layout;	      /* offsets 0 where they could not be learnt */
};

struct ssl_target {
	uint32_t pid; /* 0: every process that uses the file */
	uint32_t library_count;
	uint32_t left_out_count; /* libraries beyond those */
	struct ssl_library libraries[PROBE_SSL_LIBRARY_COUNT_MAX];
	struct absence absence; /* what the process has instead, if there is no library */
};

/*
 * Finds the target of --ssl: a process's number or a file's path.  symbol_file
 * (NULL allowed) is where the process's SSL_read() lies, for one that has not
 * mapped it yet.
 *
 * Returns 0; -ESRCH if there is no such process; -ENOENT if there is no
 * SSL_read() in what was looked at, and if that was a process ret_target->absence
 * says more; or another negative errno.
 */
int ssl_target_find(const char *pid_or_path, const char *symbol_file,
		    struct ssl_target *ret_target);

#endif
