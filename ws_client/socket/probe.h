/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Why could a server not be connected to?  libwebsockets does not tell why
 * connect() failed, so the kernel is asked once more.
 */
#ifndef WS_CLIENT_PROBE_H
#define WS_CLIENT_PROBE_H

#include <stdint.h>

/*
 * Connects to an address as text, and closes again.  Waits 300 ms at most.
 * Returns a positive errno; 0 if it would work now.
 */
int probe_connect(const char *address, uint16_t port);

#endif
