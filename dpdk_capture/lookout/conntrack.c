/* SPDX-License-Identifier: BSD-2-Clause */
#include "conntrack.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One direction of a connection: who sends to whom. */
struct tuple {
	struct prof_endpoint src;
	struct prof_endpoint dst;
};

static bool is_same_end(const struct prof_endpoint *a, const struct prof_endpoint *b)
{
	return a->port == b->port && memcmp(a->addr, b->addr, sizeof(a->addr)) == 0;
}

static bool read_address(const char *text, struct prof_endpoint *end)
{
	uint8_t bytes[16];

	if (inet_pton(AF_INET, text, bytes) == 1)
		prof_endpoint_set_ipv4(end, bytes, 0);
	else if (inet_pton(AF_INET6, text, bytes) == 1)
		prof_endpoint_set_ipv6(end, bytes, 0);
	else
		return false;
	return true;
}

/* From "src=A dst=B sport=P dport=Q" at or behind *line; *line is then behind it. */
static bool read_tuple(const char **line, struct tuple *tuple)
{
	char src[64];
	char dst[64];
	unsigned int src_port;
	unsigned int dst_port;
	int size;

	*line = strstr(*line, "src=");
	if (!*line || sscanf(*line, "src=%63s dst=%63s sport=%u dport=%u%n", src, dst, &src_port,
			     &dst_port, &size) != 4)
		return false;
	*line += size;
	if (!read_address(src, &tuple->src) || !read_address(dst, &tuple->dst))
		return false;
	tuple->src.port = (uint16_t)src_port;
	tuple->dst.port = (uint16_t)dst_port;
	return true;
}

bool conntrack_translates(const char *line, const struct prof_flow *ends,
			  struct prof_flow *ret_other)
{
	struct tuple original;
	struct tuple reply;

	if (!strstr(line, " tcp ") || !read_tuple(&line, &original) || !read_tuple(&line, &reply))
		return false;
	if (is_same_end(&original.src, &reply.dst) && is_same_end(&original.dst, &reply.src))
		return false;
	if (is_same_end(&original.src, &ends->local) && is_same_end(&original.dst, &ends->remote)) {
		*ret_other = (struct prof_flow){ .local = reply.dst, .remote = reply.src };
		return true;
	}
	/* Others began it: they know it by what they asked for. */
	if (is_same_end(&reply.src, &ends->local) && is_same_end(&reply.dst, &ends->remote)) {
		*ret_other = (struct prof_flow){ .local = original.dst, .remote = original.src };
		return true;
	}
	return false;
}
