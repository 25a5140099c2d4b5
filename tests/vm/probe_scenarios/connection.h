/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A TCP connection over loopback whose bytes say where they are: the word at
 * stream offset 4 n is n, in network order.  So the reader knows from what it
 * got which range of the stream it was, whatever the probe says.
 */
#ifndef PROBE_SCENARIOS_CONNECTION_H
#define PROBE_SCENARIOS_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "prof/flow.h"

#define WRITER_PORT 17000

struct connection {
	int family;    /* AF_INET or AF_INET6 */
	int reader_fd; /* the client's end */
	int writer_fd; /* the server's end, WRITER_PORT */
	uint64_t written_bytes;
	uint32_t base_seq;     /* of the bytes the reader gets, as seen on the wire */
	struct prof_flow flow; /* as seen from the reader */
};

/*
 * Connects.  base_seq comes from the SYN-ACK, caught on the wire.  These
 * functions end the program with a message if the system fails them.
 */
void connection_open(struct connection *connection, int family);

/*
 * The same, but without a handshake and from a sequence number of our choice
 * (TCP_REPAIR).  IPv4.
 */
void connection_open_at(struct connection *connection, uint32_t base_seq);

void connection_close(struct connection *connection);

/* Sends the next size_bytes, a multiple of 4, of the stream. */
void connection_write(struct connection *connection, size_t size_bytes);

/* The stream offset of bytes received, at least 4 of them, beginning on a word. */
uint64_t stream_offset_of(const void *bytes);

/* Ends the program: "what: strerror(errno)". */
_Noreturn void die(const char *what);

#endif
