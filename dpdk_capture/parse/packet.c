/* SPDX-License-Identifier: BSD-2-Clause */
#include "packet.h"

#include <stdbool.h>
#include <string.h>

#include "prof/event.h"

/* Numbers of the protocols (RFC 791, 8200, 9293). */
enum {
	PROTOCOL_HOP_BY_HOP = 0,
	PROTOCOL_TCP = 6,
	PROTOCOL_ROUTING = 43,
	PROTOCOL_FRAGMENT = 44,
	PROTOCOL_AUTH = 51,
	PROTOCOL_DESTINATION = 60,
	PROTOCOL_MOBILITY = 135,
	PROTOCOL_HIP = 139,
	PROTOCOL_SHIM6 = 140,

	OPTION_PAD1 = 0,
	OPTION_JUMBO = 0xc2,

	TCP_OPTION_END = 0,
	TCP_OPTION_NOTHING = 1,
	TCP_OPTION_MSS = 2,

	/* What a SYN without the option announces (RFC 9293, 3.7.1). */
	MSS_DEFAULT_IPV4 = 536,
	MSS_DEFAULT_IPV6 = 1220,

	IPV4_HEADER_BYTES = 20,
	IPV6_HEADER_BYTES = 40,
	TCP_HEADER_BYTES = 20,

	JUMBO_BYTES_MAX = 1 << 24, /* far more than any stack makes */

	EXTENSION_COUNT_MAX = 16,
};

/*
 * The same as prof_endpoint_set_ipv4(), in whole words: the selector reads
 * words, and a word pieced together from bytes just stored makes it wait.
 */
static void set_ipv4(struct prof_endpoint *end, const uint8_t *addr_be)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	const uint64_t tail = (uint64_t)addr_be[0] << 32 | (uint64_t)addr_be[1] << 40 |
			      (uint64_t)addr_be[2] << 48 | (uint64_t)addr_be[3] << 56 | 0xffff0000;
#else
	const uint64_t tail = (uint64_t)0xffff << 32 | span_u32(addr_be);
#endif
	const uint64_t head = 0;

	memcpy(end->addr, &head, sizeof(head));
	memcpy(end->addr + sizeof(head), &tail, sizeof(tail));
	memset(end->reserved, 0, sizeof(end->reserved));
}

/* What the IP header says about the bytes behind it. */
struct ip_payload {
	uint8_t protocol;
	uint16_t mss_default_bytes;
	uint32_t left_bytes; /* of the datagram, behind the headers taken so far */
};

/* The MSS among a SYN's options, or the default; 0 if the capture ends before it is found. */
static uint16_t find_mss(struct span *span, uint32_t size_bytes, uint16_t default_bytes)
{
	bool is_cut = size_bytes > span->left_bytes;
	const uint8_t *options = span->at;
	size_t at = 0;

	if (is_cut)
		size_bytes = (uint32_t)span->left_bytes;
	while (at < size_bytes && options[at] != TCP_OPTION_END) {
		if (options[at] == TCP_OPTION_NOTHING) {
			at++;
			continue;
		}
		if (at + 2 > size_bytes || options[at + 1] < 2 || options[at + 1] > size_bytes - at)
			break;
		if (options[at] == TCP_OPTION_MSS && options[at + 1] == 4 &&
		    span_u16(options + at + 2))
			return span_u16(options + at + 2);
		at += options[at + 1];
	}
	return is_cut ? 0 : default_bytes;
}

static enum packet_verdict parse_tcp(struct span *span, const struct ip_payload *ip,
				     struct packet_tcp *tcp)
{
	const uint8_t *header;
	uint32_t header_bytes;
	uint32_t option_bytes;

	if (ip->protocol != PROTOCOL_TCP)
		return PACKET_NOT_TCP;
	if (ip->left_bytes < TCP_HEADER_BYTES)
		return PACKET_MALFORMED;
	header = span_take(span, TCP_HEADER_BYTES);
	if (!header)
		return PACKET_TRUNCATED;
	header_bytes = (uint32_t)(header[12] >> 4) * 4;
	if (header_bytes < TCP_HEADER_BYTES || header_bytes > ip->left_bytes)
		return PACKET_MALFORMED;
	/*
	 * Only a SYN's options are read: a capture that ends within them still
	 * says almost everything we need.
	 */
	tcp->src.port = span_u16(header);
	tcp->dst.port = span_u16(header + 2);
	tcp->seq = span_u32(header + 4);
	tcp->ack = span_u32(header + 8);
	tcp->flags = header[13];
	tcp->option_bytes = (uint8_t)(header_bytes - TCP_HEADER_BYTES);
	tcp->mss_bytes = tcp->flags & PROF_TCP_SYN
				 ? find_mss(span, tcp->option_bytes, ip->mss_default_bytes)
				 : 0;
	tcp->payload_bytes = ip->left_bytes - header_bytes;
	option_bytes = header_bytes - TCP_HEADER_BYTES;
	if (option_bytes > span->left_bytes)
		option_bytes = (uint32_t)span->left_bytes;
	tcp->payload = span->at + option_bytes;
	tcp->captured_bytes = tcp->payload_bytes;
	if (tcp->captured_bytes > span->left_bytes - option_bytes)
		tcp->captured_bytes = (uint32_t)(span->left_bytes - option_bytes);
	return tcp->payload_bytes ? PACKET_TCP_DATA : PACKET_TCP_EMPTY;
}

static enum packet_verdict parse_ipv4(struct span *span, struct packet_tcp *tcp)
{
	size_t datagram_wire_bytes = span->wire_left_bytes;
	const uint8_t *header = span_take(span, IPV4_HEADER_BYTES);
	struct ip_payload ip;
	uint32_t header_bytes;
	uint32_t total_bytes;

	if (!header)
		return PACKET_TRUNCATED;
	header_bytes = (uint32_t)(header[0] & 0x0f) * 4;
	if (header[0] >> 4 != 4 || header_bytes < IPV4_HEADER_BYTES)
		return PACKET_MALFORMED;
	total_bytes = span_u16(header + 2);
	if (total_bytes == 0) /* not yet segmented, more than 64 KB or left to the adapter */
		total_bytes = (uint32_t)datagram_wire_bytes;
	if (total_bytes < header_bytes)
		return PACKET_MALFORMED;
	ip.protocol = header[9];
	if (span_u16(header + 6) & 0x3fff) /* more fragments, or not the first */
		return PACKET_FRAGMENT;
	if (ip.protocol != PROTOCOL_TCP)
		return PACKET_NOT_TCP;
	if (!span_take(span, header_bytes - IPV4_HEADER_BYTES))
		return PACKET_TRUNCATED;
	ip.left_bytes = total_bytes - header_bytes;
	ip.mss_default_bytes = MSS_DEFAULT_IPV4;
	tcp->ip_bytes = total_bytes;
	set_ipv4(&tcp->src, header + 12);
	set_ipv4(&tcp->dst, header + 16);
	return parse_tcp(span, &ip, tcp);
}

/* RFC 2675: the length of a datagram whose header says 0; 0 if there is no such option. */
static uint32_t find_jumbo_bytes(const uint8_t *options, size_t size_bytes)
{
	size_t at = 0;

	while (at < size_bytes) {
		if (options[at] == OPTION_PAD1) {
			at++;
			continue;
		}
		if (at + 2 > size_bytes || options[at + 1] > size_bytes - at - 2)
			return 0;
		if (options[at] == OPTION_JUMBO && options[at + 1] == 4)
			return span_u32(options + at + 2);
		at += 2u + options[at + 1];
	}
	return 0;
}

static bool is_extension(uint8_t protocol)
{
	switch (protocol) {
	case PROTOCOL_HOP_BY_HOP:
	case PROTOCOL_ROUTING:
	case PROTOCOL_FRAGMENT:
	case PROTOCOL_AUTH:
	case PROTOCOL_DESTINATION:
	case PROTOCOL_MOBILITY:
	case PROTOCOL_HIP:
	case PROTOCOL_SHIM6:
		return true;
	default:
		return false;
	}
}

/* How long an extension header is, from its first two bytes. */
static uint32_t extension_bytes(uint8_t protocol, const uint8_t *head)
{
	if (protocol == PROTOCOL_FRAGMENT)
		return 8;
	if (protocol == PROTOCOL_AUTH)
		return ((uint32_t)head[1] + 2) * 4;
	return ((uint32_t)head[1] + 1) * 8;
}

/*
 * Steps over one extension header.  Returns PACKET_TCP_DATA to go on, with
 * ip->protocol the header that follows.
 */
static enum packet_verdict skip_extension(struct span *span, bool is_length_open,
					  struct ip_payload *ip, struct packet_tcp *tcp)
{
	const uint8_t *head = span_take(span, 2);
	const uint8_t *rest;
	uint32_t size_bytes;

	if (!head)
		return PACKET_TRUNCATED;
	size_bytes = extension_bytes(ip->protocol, head);
	rest = span_take(span, size_bytes - 2);
	if (!rest)
		return PACKET_TRUNCATED;
	if (ip->protocol == PROTOCOL_HOP_BY_HOP && is_length_open) {
		uint32_t jumbo_bytes = find_jumbo_bytes(rest, size_bytes - 2);

		if (jumbo_bytes > JUMBO_BYTES_MAX)
			return PACKET_MALFORMED;
		if (jumbo_bytes) {
			ip->left_bytes = jumbo_bytes;
			tcp->ip_bytes = jumbo_bytes + IPV6_HEADER_BYTES;
		}
	}
	if (size_bytes > ip->left_bytes)
		return PACKET_MALFORMED;
	/* An "atomic" fragment (RFC 6946) is the whole datagram. */
	if (ip->protocol == PROTOCOL_FRAGMENT && (span_u16(head + 2) & 0xfff9))
		return PACKET_FRAGMENT;
	ip->protocol = head[0];
	ip->left_bytes -= size_bytes;
	return PACKET_TCP_DATA;
}

static enum packet_verdict parse_ipv6(struct span *span, struct packet_tcp *tcp)
{
	const uint8_t *header = span_take(span, IPV6_HEADER_BYTES);
	struct ip_payload ip;
	bool is_length_open;

	if (!header)
		return PACKET_TRUNCATED;
	if (header[0] >> 4 != 6)
		return PACKET_MALFORMED;
	ip.protocol = header[6];
	ip.left_bytes = span_u16(header + 4);
	ip.mss_default_bytes = MSS_DEFAULT_IPV6;
	is_length_open = ip.left_bytes == 0;
	if (is_length_open)
		ip.left_bytes = (uint32_t)span->wire_left_bytes;
	tcp->ip_bytes = ip.left_bytes + IPV6_HEADER_BYTES;
	prof_endpoint_set_ipv6(&tcp->src, header + 8, 0);
	prof_endpoint_set_ipv6(&tcp->dst, header + 24, 0);
	for (int i = 0; is_extension(ip.protocol); i++) {
		enum packet_verdict verdict;

		if (i == EXTENSION_COUNT_MAX)
			return PACKET_MALFORMED;
		verdict = skip_extension(span, is_length_open, &ip, tcp);
		if (verdict != PACKET_TCP_DATA)
			return verdict;
	}
	return parse_tcp(span, &ip, tcp);
}

enum packet_verdict packet_parse(enum packet_link link, const uint8_t *bytes, size_t captured_bytes,
				 size_t wire_bytes, struct packet_tcp *ret_tcp)
{
	struct span span = {
		.at = bytes,
		.left_bytes = captured_bytes,
		.wire_left_bytes = wire_bytes > captured_bytes ? wire_bytes : captured_bytes,
	};

	switch (link_skip(link, &span)) {
	case LINK_IPV4:
		return parse_ipv4(&span, ret_tcp);
	case LINK_IPV6:
		return parse_ipv6(&span, ret_tcp);
	case LINK_CUT:
		return PACKET_TRUNCATED;
	case LINK_OTHER:
		break;
	}
	return PACKET_NOT_IP;
}

const char *packet_verdict_name(enum packet_verdict verdict)
{
	static const char *const names[PACKET_VERDICT_COUNT] = {
		[PACKET_TCP_DATA] = "tcp data",	  [PACKET_TCP_EMPTY] = "tcp empty",
		[PACKET_NOT_IP] = "not ip",	  [PACKET_NOT_TCP] = "not tcp",
		[PACKET_FRAGMENT] = "fragment",	  [PACKET_TRUNCATED] = "truncated",
		[PACKET_MALFORMED] = "malformed",
	};

	return verdict < PACKET_VERDICT_COUNT ? names[verdict] : "?";
}
