/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How much of a TCP stream has been read from its socket, and written to it, asked
 * of the kernel: what has come in order less what still lies there; what has
 * left for the first time and what still waits for that.
 */
#ifndef WS_CLIENT_CONSUMED_H
#define WS_CLIENT_CONSUMED_H

#include <stdbool.h>
#include <stdint.h>

/*
 * For a socket that nobody else reads meanwhile.  False if the kernel does not
 * say: another kind of socket, a kernel older than 4.1, an end of stream that
 * counts like a byte, or so much coming in that it would not hold still.
 */
bool consumed_read(int fd, uint64_t *ret_bytes);

/*
 * How many bytes have been written to the socket.  The kernel counts some twice
 * that its own queue has refused to carry (net/ipv4/tcp_output.c counts before it
 * knows): see sent_is().  False if it does not say, as before 5.5.
 */
bool sent_read(int fd, uint64_t *ret_bytes);

/* Is it so many?  By what was acknowledged and what was not; for an end that has connected. */
bool sent_is(int fd, uint64_t expected_bytes);

#endif
