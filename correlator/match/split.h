/* SPDX-License-Identifier: BSD-2-Clause */
/* NIC->Kernel of a message taken apart, from what is known of its bytes and of its reader. */
#ifndef CORR_SPLIT_H
#define CORR_SPLIT_H

#include "match.h"

/* After its other stages are known.  conn NULL: there was no room to remember its socket. */
void match_split(const struct matcher *matcher, struct conn *conn, struct corr_message *message);

#endif
