/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One clear line for each way in which a connection can fail.
 */
#ifndef WS_CLIENT_EXPLAIN_H
#define WS_CLIENT_EXPLAIN_H

struct conn;

/* What a server said goes to a terminal: '?' in place of what is not to get there. */
void explain_printable(char *text);

/* The connection was never established; `text` is what libwebsockets says. */
void explain_failure(const struct conn *conn, const char *text);

/* An established connection was lost. */
void explain_break(const struct conn *conn);

#endif
