/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libwebsockets' HTTP server, in a thread of its own, for one page: /metrics.
 */
#ifndef CORR_METRICS_SERVER_H
#define CORR_METRICS_SERVER_H

#include "metrics_text.h"
#include "prof/address.h"

struct metrics_server;

/*
 * "9464", ":9464", "0.0.0.0:9464", "[::1]:9464": a port alone is on the
 * loopback, as what is measured is nobody else's business.  0 or -EINVAL.
 */
int metrics_parse_address(const char *path, struct prof_address *ret_address);

/* Writes the page; called in the server's thread. */
typedef void metrics_page(void *context, struct text *text, enum metrics_format format);

/*
 * Listens and serves until closed.  0 and the server, to be released with
 * metrics_server_close(); or a negative errno.
 */
int metrics_server_open(const struct prof_address *address, metrics_page *page, void *context,
			struct metrics_server **ret_server);

/* Where it listens, which port 0 leaves open. */
uint16_t metrics_server_port(const struct metrics_server *server);

/* NULL is allowed.  Returns NULL; page is not called any more. */
struct metrics_server *metrics_server_close(struct metrics_server *server);

#endif
