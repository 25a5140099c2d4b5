/* SPDX-License-Identifier: BSD-2-Clause */
/* A line of /proc/PID/maps.  Any text will do.  Pure. */
#ifndef EBPF_LOADER_MAPS_H
#define EBPF_LOADER_MAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAPS_PATH_BYTES 512

struct maps_file {
	uint64_t start_address;
	uint64_t end_address;
	uint64_t inode;
	bool is_code;
	bool is_deleted; /* its name is gone, or another file's by now */
	char path[MAPS_PATH_BYTES];
};

/* False if the line is not that of a file. */
bool maps_parse_line(const char *line, struct maps_file *ret_file);

#endif
