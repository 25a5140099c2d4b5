/* SPDX-License-Identifier: BSD-2-Clause */
#include "dump.h"

#include <arpa/inet.h>
#include <inttypes.h>

static const char *format_address(const struct prof_endpoint *end, char *text, socklen_t size_bytes)
{
	if (prof_endpoint_is_ipv4(end))
		return inet_ntop(AF_INET, &end->addr[12], text, size_bytes);
	return inet_ntop(AF_INET6, end->addr, text, size_bytes);
}

void dump_segment(FILE *out, uint64_t time_ns, const struct packet_tcp *tcp)
{
	char src[INET6_ADDRSTRLEN];
	char dst[INET6_ADDRSTRLEN];

	(void)fprintf(out, "%" PRIu64 "\t%s\t%u\t%s\t%u\t%" PRIu32 "\t%" PRIu32 "\n", time_ns,
		      format_address(&tcp->src, src, sizeof(src)), tcp->src.port,
		      format_address(&tcp->dst, dst, sizeof(dst)), tcp->dst.port, tcp->seq,
		      tcp->payload_bytes);
}
