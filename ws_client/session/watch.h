/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is looked for once a second: streams that were asked for and stay
 * silent, and connections on which nobody answers any more.
 */
#ifndef WS_CLIENT_WATCH_H
#define WS_CLIENT_WATCH_H

#include <stddef.h>
#include <stdint.h>

#include "link.h"

/* Tells of each silent stream once, until it speaks again; ends the dead connections. */
void watch_second(struct link *links, size_t link_count, struct streams *streams, uint64_t now_ns);

#endif
