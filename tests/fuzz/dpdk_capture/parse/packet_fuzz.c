/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes: no read out of bounds, and what is said to be a segment holds together. */
#include "dpdk_capture/parse/packet.h"
#include "dpdk_capture/parse/packet_quick.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes);

/* The quick look shrugs, or says the same. */
static void check_quick(const uint8_t *bytes, size_t size_bytes, enum packet_verdict verdict,
			const struct packet_tcp *tcp)
{
	struct packet_quick quick;
	struct packet_quick_tcp quick_tcp;

	if (!packet_quick(bytes, size_bytes, &quick) || !packet_quick_tcp(bytes, &quick_tcp))
		return;
	if (verdict != (quick_tcp.payload_bytes ? PACKET_TCP_DATA : PACKET_TCP_EMPTY) ||
	    quick_tcp.payload_bytes != tcp->payload_bytes || packet_quick_seq(bytes) != tcp->seq ||
	    quick_tcp.flags != tcp->flags || quick.hash != flow_hash(&tcp->src, &tcp->dst))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes)
{
	struct packet_tcp tcp;
	enum packet_verdict verdict = packet_parse(PACKET_LINK_ETHERNET, bytes, size_bytes,
						   size_bytes, &tcp);

	if (verdict >= PACKET_VERDICT_COUNT)
		abort();
	check_quick(bytes, size_bytes, verdict, &tcp);
	if (verdict == PACKET_TCP_EMPTY && tcp.payload_bytes != 0)
		abort();
	if (verdict == PACKET_TCP_DATA &&
	    (tcp.payload_bytes == 0 || tcp.payload_bytes + 40 > tcp.ip_bytes))
		abort();
	/* A longer wire never makes a cut frame worse or a whole one different in kind. */
	if (verdict == PACKET_TRUNCATED &&
	    packet_parse(PACKET_LINK_ETHERNET, bytes, size_bytes, size_bytes + 100000, &tcp) !=
		    PACKET_TRUNCATED)
		abort();
	return 0;
}
