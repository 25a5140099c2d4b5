/* SPDX-License-Identifier: BSD-2-Clause */
/* A message as a line of text, and what was counted as another.  Pure. */
#ifndef CAPTURE_LINE_H
#define CAPTURE_LINE_H

#include <stddef.h>

#include "messages.h"

#define LINE_BYTES_MAX	    512
#define LINE_COUNTERS_BYTES 768

/* Both ends as text; they are the same from message to message.  Zeroed memory knows none. */
struct line_ends {
	struct prof_endpoint src;
	struct prof_endpoint dst;
	size_t text_bytes; /* 0: none yet */
	char text[128];
};

/*
 * time_ns first_ns src_ip src_port dst_ip dst_port start end seq opcode
 * payload_bytes stream exchange_ms, separated by tabs, with a newline; "-" for
 * what is not known.  exchange_ms is how long after the exchange's own stamp
 * time_ns is, where that is wall-clock time.  Returns the line's length;
 * `line` has room for LINE_BYTES_MAX.
 */
size_t line_format(const struct message *message, struct line_ends *ends, char *line);

/* The counters in one line, terminated, without a newline.  Returns text. */
char *line_counters(const struct messages_counters *counters, const struct key_log_counters *keys,
		    char *text, size_t size_bytes);

#endif
