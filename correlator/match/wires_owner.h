/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose a message is that was read from the wire, and where it lies in that socket's stream. */
#ifndef CORR_WIRES_OWNER_H
#define CORR_WIRES_OWNER_H

#include "match.h"

/* The socket that the message came to; `flow`, the flow's own entry, if nobody knows it. */
struct conn *wires_owner(const struct matcher *matcher, struct conn *flow,
			 const struct prof_event *event);

/*
 * Where it lies in that socket's stream.  A capture that met the connection in
 * its middle counts from another byte: then it is taken to be within 2 GiB of
 * what others have told of it.  False if it can lie nowhere.
 */
bool wires_place(const struct conn *conn, const struct prof_event *event,
		 struct wire_place *ret_place);

#endif
