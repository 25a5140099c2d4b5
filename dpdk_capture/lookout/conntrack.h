/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel's own table of connections (/proc/net/nf_conntrack): who is translated to what.  Pure.
 */
#ifndef CAPTURE_CONNTRACK_H
#define CAPTURE_CONNTRACK_H

#include <stdbool.h>

#include "prof/flow.h"

/*
 * True if this line is about a TCP connection that a socket with these ends
 * has, whichever end began it, and whose address is translated: *ret_other is
 * what it is called on the other side.
 */
bool conntrack_translates(const char *line, const struct prof_flow *ends,
			  struct prof_flow *ret_other);

#endif
