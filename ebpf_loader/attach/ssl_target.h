/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the OpenSSL of --ssl lies, and where it keeps what the probe reads of it. */
#ifndef EBPF_LOADER_SSL_TARGET_H
#define EBPF_LOADER_SSL_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SSL_PATH_BYTES 512

/* Offsets within OpenSSL's structs; bio_count_offset is 0 where they are not known. */
struct ssl_layout {
	uint32_t ssl_bio_offset;   /* of an SSL's input BIO */
	uint32_t bio_count_offset; /* of a BIO's count of bytes read */
};

struct ssl_target {
	uint32_t pid; /* 0: every process that uses the file */
	char path[SSL_PATH_BYTES];
	unsigned int version_major; /* of OpenSSL; 0 unknown */
	unsigned int version_minor;
	struct ssl_layout layout;
};

/*
 * Finds the target of --ssl: a process's number or a file's path.  symbol_file
 * (NULL allowed) is where the process's SSL_read() lies, if not in a libssl.
 *
 * Returns 0, -ESRCH if there is no such process, or another negative errno.
 */
int ssl_target_find(const char *pid_or_path, const char *symbol_file,
		    struct ssl_target *ret_target);

/* The offsets for a version.  Measured, not promised by OpenSSL.  Pure. */
struct ssl_layout ssl_layout_of(unsigned int major, unsigned int minor);

/*
 * Copies the path of a line of /proc/PID/maps if it is that of a libssl.
 * Returns false otherwise.  Pure.
 */
bool ssl_parse_maps_line(const char *line, char *ret_path, size_t path_bytes);

/*
 * Finds "OpenSSL <major>.<minor>." in a file's bytes.  Returns false if it is
 * not there.  Pure.
 */
bool ssl_parse_version(const void *bytes, size_t size_bytes, unsigned int *ret_major,
		       unsigned int *ret_minor);

#endif
