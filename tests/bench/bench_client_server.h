/* SPDX-License-Identifier: BSD-2-Clause */
/* A server for bench_client: TLS, one WebSocket message a record, as fast as it is read. */
#ifndef BENCH_CLIENT_SERVER_H
#define BENCH_CLIENT_SERVER_H

#include <stdint.h>

/*
 * Starts it in a process of its own on a free port of 127.0.0.1: messages of
 * 170 bytes, in bursts of burst_count with a pause of pause_us between.
 * Returns its pid and writes the port, or returns a negative errno.
 */
int bench_server_start(uint32_t message_count, uint32_t burst_count, uint32_t pause_us,
		       uint16_t *ret_port);

#endif
