/* SPDX-License-Identifier: BSD-2-Clause */
#include "maps.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char deleted_mark[] = " (deleted)";

bool maps_parse_line(const char *line, struct maps_file *ret_file)
{
	char permissions[8];
	const char *path = strchr(line, '/');
	size_t mark_bytes = sizeof(deleted_mark) - 1;
	size_t path_bytes;

	if (!path ||
	    sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s %*s %*s %" SCNu64, &ret_file->start_address,
		   &ret_file->end_address, permissions, &ret_file->inode) != 4)
		return false;
	path_bytes = strcspn(path, "\n");
	ret_file->is_deleted = path_bytes > mark_bytes && memcmp(path + path_bytes - mark_bytes,
								 deleted_mark, mark_bytes) == 0;
	if (ret_file->is_deleted)
		path_bytes -= mark_bytes;
	if (path_bytes >= sizeof(ret_file->path))
		return false;
	memcpy(ret_file->path, path, path_bytes);
	ret_file->path[path_bytes] = '\0';
	ret_file->is_code = strchr(permissions, 'x') != NULL;
	return true;
}
