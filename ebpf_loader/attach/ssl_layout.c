/* SPDX-License-Identifier: BSD-2-Clause */
#include "ssl_target.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const char version_mark[] = "OpenSSL ";

struct ssl_layout ssl_layout_of(unsigned int major, unsigned int minor)
{
	/*
	 * struct ssl_st begins version, method, rbio in all of these; struct
	 * bio_st has its count last but one, and got a library context in front
	 * with 3.0.  From 3.2 on an SSL is laid out anew.
	 */
	if (major == 3 && minor <= 1)
		return (struct ssl_layout){ .ssl_bio_offset = 16, .bio_count_offset = 96 };
	if (major == 1 && minor == 1)
		return (struct ssl_layout){ .ssl_bio_offset = 16, .bio_count_offset = 88 };
	return (struct ssl_layout){ 0 };
}

bool ssl_parse_maps_line(const char *line, char *ret_path, size_t path_bytes)
{
	const char *path = strchr(line, '/');
	const char *name;
	size_t length;

	if (!path)
		return false;
	name = strrchr(path, '/') + 1;
	if (strncmp(name, "libssl", 6) != 0 || !strstr(name, ".so"))
		return false;
	length = strcspn(path, "\n");
	if (length >= path_bytes)
		return false;
	memcpy(ret_path, path, length);
	ret_path[length] = '\0';
	return true;
}

/* "3.0." at text, of which size_bytes may be read. */
static bool parse_numbers(const char *text, size_t size_bytes, unsigned int *ret_major,
			  unsigned int *ret_minor)
{
	if (size_bytes < 4 || !isdigit((unsigned char)text[0]) || text[1] != '.' ||
	    !isdigit((unsigned char)text[2]) || text[3] != '.')
		return false;
	*ret_major = (unsigned int)(text[0] - '0');
	*ret_minor = (unsigned int)(text[2] - '0');
	return true;
}

bool ssl_parse_version(const void *bytes, size_t size_bytes, unsigned int *ret_major,
		       unsigned int *ret_minor)
{
	const size_t mark_bytes = sizeof(version_mark) - 1;
	const char *at = bytes;
	const char *end = at + size_bytes;

	while (at < end && (at = memmem(at, (size_t)(end - at), version_mark, mark_bytes))) {
		at += mark_bytes;
		if (parse_numbers(at, (size_t)(end - at), ret_major, ret_minor))
			return true;
	}
	return false;
}
