/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes behind any link (the first byte says which): no read out of bounds,
 * and the same IP datagram is the same segment whatever stands before it.
 */
#include "dpdk_capture/parse/packet.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes);

/* All but for where the datagrams themselves lie. */
static bool is_same_segment(struct packet_tcp *a, const uint8_t *a_datagram, struct packet_tcp *b,
			    const uint8_t *b_datagram)
{
	if (a->captured_bytes && a->payload - a_datagram != b->payload - b_datagram)
		return false;
	a->payload = NULL;
	b->payload = NULL;
	return memcmp(a, b, sizeof(*a)) == 0;
}

/* A datagram without a link is what it is behind Ethernet. */
static void check_against_ethernet(const uint8_t *bytes, size_t size_bytes)
{
	static const uint8_t types[2][2] = { { 0x08, 0x00 }, { 0x86, 0xdd } };
	struct packet_tcp raw;
	struct packet_tcp ethernet;
	uint8_t *frame;
	enum packet_verdict verdict;

	if (size_bytes == 0 || (bytes[0] >> 4 != 4 && bytes[0] >> 4 != 6))
		return;
	frame = calloc(1, size_bytes + 14);
	if (!frame)
		abort();
	memcpy(frame + 12, types[bytes[0] >> 4 == 6], 2);
	memcpy(frame + 14, bytes, size_bytes);
	memset(&raw, 0, sizeof(raw));
	memset(&ethernet, 0, sizeof(ethernet));
	verdict = packet_parse(PACKET_LINK_RAW, bytes, size_bytes, size_bytes, &raw);
	if (verdict !=
	    packet_parse(PACKET_LINK_ETHERNET, frame, size_bytes + 14, size_bytes + 14, &ethernet))
		abort();
	if ((verdict == PACKET_TCP_DATA || verdict == PACKET_TCP_EMPTY) &&
	    !is_same_segment(&raw, bytes, &ethernet, frame + 14))
		abort();
	free(frame);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes)
{
	struct packet_tcp tcp;
	enum packet_verdict verdict;

	if (size_bytes < 1)
		return 0;
	verdict = packet_parse((enum packet_link)(bytes[0] % (PACKET_LINK_UNKNOWN + 1)), bytes + 1,
			       size_bytes - 1, size_bytes - 1, &tcp);
	if (verdict >= PACKET_VERDICT_COUNT)
		abort();
	if (verdict == PACKET_TCP_DATA &&
	    (tcp.payload_bytes == 0 || tcp.payload_bytes + 40 > tcp.ip_bytes))
		abort();
	check_against_ethernet(bytes + 1, size_bytes - 1);
	return 0;
}
