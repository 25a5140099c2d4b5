/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sees what libwebsockets reads and writes.
 *
 * libwebsockets has no hook between the socket and its frame parser, and its
 * receive callback does not tell where in the TCP stream a message lay.  But
 * it calls SSL_read() and recv(), SSL_write() and send() through the dynamic linker, which looks
 * into the program first: tap.c defines them - and connect() -, does what the originals do, and
 * shows the bytes to the connection's inflow or outflow on their way.  A program must be linked
 * with tap.c itself, not with an archive that has it, and a build of libwebsockets that cannot be
 * tapped is noticed by inflow.read_count staying 0.
 */
#ifndef WS_CLIENT_TAP_H
#define WS_CLIENT_TAP_H

#include <stddef.h>

struct inflow;

/*
 * Shows the bytes that recv() takes from a connection without TLS to its
 * inflow; NULL ends it.  Returns 0, -ERANGE for a descriptor too large.  The
 * thread that serves the connections only.
 */
int tap_plain(int fd, struct inflow *inflow);

/*
 * Hands a connected socket to the next connect() that libwebsockets makes: it
 * takes the place of the one that was to be connected, and is closed with it.
 * libwebsockets cannot be given a socket in any other way.
 */
void tap_hand_over(int fd);

/* Takes back what no connect() has taken; -1 if it has been. */
int tap_take_back(void);

#endif
