/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The head of an HTTP response: where it ends, its status line, and whether
 * WebSocket's compression was agreed upon (RFC 9112, 2; RFC 7692, 7.1).  A line
 * feed alone ends a line, too.  Pure: fed with the bytes as they come.
 */
#ifndef WIRE_HTTP_HEAD_H
#define WIRE_HTTP_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_STATUS_LINE_BYTES 96
#define HTTP_LINE_BYTES	       256 /* of any other line, so much is looked at */

/* Zeroed memory is a head that has not yet begun. */
struct http_head {
	bool is_whole;
	bool is_status_whole;
	bool has_deflate; /* permessage-deflate */
	bool has_line;	  /* one has ended: an empty one is the end */
	uint8_t status_bytes;
	uint16_t line_bytes;
	char status_line[HTTP_STATUS_LINE_BYTES]; /* terminated */
	char line[HTTP_LINE_BYTES];		  /* the one at hand, in lower case */
};

/* Takes bytes up to the end of the head; returns how many. */
size_t http_head_feed(struct http_head *head, const uint8_t *bytes, size_t size_bytes);

/* The status line's code, 0 if it has none. */
uint32_t http_head_status(const struct http_head *head);

#endif
