/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which stream a message came on.  A combined connection says it; on a bare
 * one it follows from what was asked for.
 */
#ifndef WS_CLIENT_NAMING_H
#define WS_CLIENT_NAMING_H

#include "feed/feed.h"
#include "feed/streams.h"

struct client;
struct conn;
struct link;

/* Enters a link's streams, so that the first message of each costs no more than the others. */
void naming_enter(struct client *client, struct link *link);

/* The stream of a message, or NULL if it cannot be told.  Allocates nothing. */
struct stream *naming_find(struct conn *conn, const struct feed_message *feed);

#endif
