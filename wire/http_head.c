/* SPDX-License-Identifier: BSD-2-Clause */
#include "http_head.h"

#include <string.h>

static const char extensions[] = "sec-websocket-extensions:";
static const char deflate[] = "permessage-deflate";

static char to_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Returns whether it was an empty one behind another: the end. */
static bool end_line(struct http_head *head)
{
	bool is_empty = !head->line_bytes || (head->line_bytes == 1 && head->line[0] == '\r');
	bool is_end = is_empty && head->has_line;

	head->has_line = true;
	head->line[head->line_bytes] = '\0';
	if (strncmp(head->line, extensions, sizeof(extensions) - 1) == 0 &&
	    strstr(head->line, deflate))
		head->has_deflate = true;
	head->line_bytes = 0;
	return is_end;
}

static void take_status(struct http_head *head, char c)
{
	if (c == '\r' || c == '\n')
		head->is_status_whole = true;
	else if (head->status_bytes < HTTP_STATUS_LINE_BYTES - 1)
		head->status_line[head->status_bytes++] = c;
}

size_t http_head_feed(struct http_head *head, const uint8_t *bytes, size_t size_bytes)
{
	for (size_t i = 0; i < size_bytes; i++) {
		char c = (char)bytes[i];

		if (!head->is_status_whole)
			take_status(head, c);
		if (c != '\n') {
			if (head->line_bytes < HTTP_LINE_BYTES - 1)
				head->line[head->line_bytes++] = to_lower(c);
		} else if (end_line(head)) {
			head->is_whole = true;
			return i + 1;
		}
	}
	return size_bytes;
}

uint32_t http_head_status(const struct http_head *head)
{
	const char *at = strchr(head->status_line, ' ');
	uint32_t status = 0;

	if (strncmp(head->status_line, "HTTP/", 5) != 0 || !at)
		return 0;
	for (at++; *at >= '0' && *at <= '9' && status < 1000; at++)
		status = status * 10 + (uint32_t)(*at - '0');
	return status;
}
