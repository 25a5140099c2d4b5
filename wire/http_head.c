/* SPDX-License-Identifier: BSD-2-Clause */
#include "http_head.h"

#include <string.h>

static const char end_of_head[] = "\r\n\r\n";
static const char extensions[] = "sec-websocket-extensions:";
static const char deflate[] = "permessage-deflate";

static char to_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static void end_line(struct http_head *head)
{
	head->line[head->line_bytes] = '\0';
	if (strncmp(head->line, extensions, sizeof(extensions) - 1) == 0 &&
	    strstr(head->line, deflate))
		head->has_deflate = true;
	head->line_bytes = 0;
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
		if (c == '\n')
			end_line(head);
		else if (head->line_bytes < HTTP_LINE_BYTES - 1)
			head->line[head->line_bytes++] = to_lower(c);
		if (c == end_of_head[head->end_of_head_bytes])
			head->end_of_head_bytes++;
		else
			head->end_of_head_bytes = c == '\r';
		if (head->end_of_head_bytes == sizeof(end_of_head) - 1) {
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
