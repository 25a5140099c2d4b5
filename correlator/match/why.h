/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Why a layer does not know a byte.  Each answer is given only if the fact that
 * message.h names for it holds; without any, it is UNSEEN or HOLE, which say
 * what is known.
 */
#ifndef CORR_WHY_H
#define CORR_WHY_H

#include "correlator/seen/conns.h"
#include "correlator/seen/lanes.h"
#include "correlator/seen/tracks.h"

/* A byte of a message, and what the layers know of its connection. */
struct why {
	const struct lanes *lanes;
	struct tracks *tracks; /* looked through only */
	const struct conns *conns;
	const struct conn *conn;      /* NULL: there was no room to remember the socket */
	const struct track *track;    /* NULL: none is bound to it */
	enum corr_reason bind_reason; /* why not */
	uint64_t cookie;
	uint64_t offset; /* of the byte */
	uint64_t nic_ns; /* it, or a later one, had arrived by then; 0 unknown */
	uint64_t user_ns;
};

enum corr_reason why_no_nic(const struct why *why);

/* is_unseen: an UNSEEN event covers the byte. */
enum corr_reason why_no_kernel(const struct why *why, bool is_unseen);

#endif
