/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How much of a TCP stream has been read from its socket, asked of the kernel:
 * what has come in order less what still lies there.
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

#endif
