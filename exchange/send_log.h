/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The log of what was sent, so that a test can check that nothing was lost
 * or doubled on the way.
 *
 * One line a message, separated by tabs: connection, stream, id, bytes,
 * CLOCK_MONOTONIC ns when it was handed to TLS.  Lines with # in front
 * say when connections come and go, and with what close code of the client's:
 * 0 if it sent no close frame.
 */
#ifndef EXCHANGE_SEND_LOG_H
#define EXCHANGE_SEND_LOG_H

#include <stddef.h>
#include <stdint.h>

struct send_log;

/* Returns 0 or a negative errno. */
int send_log_open(const char *path, struct send_log **ret_log);

/*
 * Returns 0, or the negative errno for which the file lacks some lines.  NULL is
 * allowed, here and below: then there is no log.
 */
int send_log_close(struct send_log *log);

void send_log_message(struct send_log *log, uint32_t conn_number, const char *stream, uint64_t id,
		      size_t size_bytes, uint64_t time_ns);
void send_log_event(struct send_log *log, uint32_t conn_number, const char *event,
		    uint64_t time_ns);

/* Puts everything into the file: what is there survives a kill. */
void send_log_flush(struct send_log *log);

#endif
