/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Header fields from a file, where nobody but its owner need see them.
 */
#ifndef WS_CLIENT_HEADER_FILE_H
#define WS_CLIENT_HEADER_FILE_H

#include "headers.h"

/*
 * Adds a field for each line of the file "NAME: VALUE"; empty lines and those
 * that begin with '#' are passed over.  Complains, also where others can read
 * the file, and never of a value.  Returns 0, or -EINVAL for a bad line, or
 * the negative errno of what could not be read.
 */
int header_file_read(struct headers *headers, const char *path);

#endif
