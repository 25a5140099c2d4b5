/* SPDX-License-Identifier: BSD-2-Clause */
#include "link.h"

#include <stddef.h>
#include <string.h>

/* Numbers of the protocols (IEEE 802.3, 802.1Q, 802.1ad; RFC 1661, 2516, 3032, 8200). */
enum {
	ETHERTYPE_IPV4 = 0x0800,
	ETHERTYPE_IPV6 = 0x86dd,
	ETHERTYPE_VLAN = 0x8100,
	ETHERTYPE_QINQ = 0x88a8,
	ETHERTYPE_QINQ_OLD = 0x9100,
	ETHERTYPE_MPLS = 0x8847,
	ETHERTYPE_PPPOE = 0x8864, /* of a session (RFC 2516) */

	PPP_IPV4 = 0x21,
	PPP_IPV6 = 0x57,
	PPP_CONTROL = 0x03,

	/* Each system numbers IPv6's address family as it likes; IPv4's is 2 everywhere. */
	FAMILY_IPV4 = 2,
	FAMILY_IPV6_LINUX = 10,
	FAMILY_IPV6_NETBSD = 24,
	FAMILY_IPV6_FREEBSD = 28,
	FAMILY_IPV6_DARWIN = 30,

	ETHERNET_ADDRESSES_BYTES = 12,
	SLL_BEFORE_TYPE_BYTES = 14,
	SLL2_BEHIND_TYPE_BYTES = 18,
	CHDLC_BEFORE_TYPE_BYTES = 2,
	CHDLC_UNICAST = 0x0f,
	CHDLC_BROADCAST = 0x8f,
	LENGTH_MAX = 1500, /* of IEEE 802.3, where a type stands otherwise */
	VLAN_TAG_BYTES = 4,
	VLAN_TAG_COUNT_MAX = 8,
	PPPOE_HEADER_BYTES = 6,
	MPLS_LABEL_BYTES = 4,
	MPLS_LABEL_COUNT_MAX = 8,
};

/* ARPHRD_... of those whose frames carry IP behind Ethernet's header or behind none. */
enum {
	HARDWARE_ETHERNET = 1,
	HARDWARE_SLIP = 256,
	HARDWARE_CSLIP = 257,
	HARDWARE_SLIP6 = 258,
	HARDWARE_CSLIP6 = 259,
	HARDWARE_PPP = 512,    /* the driver takes PPP's own header off before anybody sees it */
	HARDWARE_RAWIP = 519,  /* modems */
	HARDWARE_TUNNEL = 768, /* ipip, vti, xfrm */
	HARDWARE_TUNNEL6 = 769,
	HARDWARE_LOOPBACK = 772,
	HARDWARE_SIT = 776,
	HARDWARE_IPGRE = 778,
	HARDWARE_IP6GRE = 823,
	HARDWARE_NONE = 65534, /* tun, WireGuard */
};

static const struct {
	uint32_t file_type;
	enum packet_link link;
	const char *name;
} file_types[] = {
	{ 1, PACKET_LINK_ETHERNET, "Ethernet" },
	{ 0, PACKET_LINK_NULL, "BSD loopback" },
	{ 108, PACKET_LINK_NULL, "OpenBSD loopback" },
	{ 9, PACKET_LINK_PPP, "PPP" },
	{ 50, PACKET_LINK_PPP, "PPP over serial" },
	{ 51, PACKET_LINK_PPPOE, "PPP over Ethernet" },
	{ 166, PACKET_LINK_PPP, "PPP by pppd" },
	{ 104, PACKET_LINK_CHDLC, "Cisco HDLC" },
	{ 12, PACKET_LINK_RAW, "raw IP" },
	{ 14, PACKET_LINK_RAW, "raw IP" },
	{ 101, PACKET_LINK_RAW, "raw IP" },
	{ 228, PACKET_LINK_RAW, "raw IPv4" },
	{ 229, PACKET_LINK_RAW, "raw IPv6" },
	{ 113, PACKET_LINK_SLL, "Linux cooked" },
	{ 276, PACKET_LINK_SLL2, "Linux cooked v2" },
	/* Met, and not read: only their names. */
	{ 105, PACKET_LINK_UNKNOWN, "802.11" },
	{ 127, PACKET_LINK_UNKNOWN, "802.11 with radiotap" },
	{ 192, PACKET_LINK_UNKNOWN, "PPI" },
	{ 201, PACKET_LINK_UNKNOWN, "Bluetooth" },
	{ 220, PACKET_LINK_UNKNOWN, "Linux USB" },
	{ 227, PACKET_LINK_UNKNOWN, "CAN" },
	{ 239, PACKET_LINK_UNKNOWN, "Netfilter log" },
	{ 242, PACKET_LINK_UNKNOWN, "IP over InfiniBand" },
	{ 247, PACKET_LINK_UNKNOWN, "InfiniBand" },
	{ 249, PACKET_LINK_UNKNOWN, "Windows USB" },
	{ 253, PACKET_LINK_UNKNOWN, "Netlink" },
};

enum packet_link link_of_file(uint32_t file_type)
{
	for (size_t i = 0; i < sizeof(file_types) / sizeof(file_types[0]); i++) {
		if (file_types[i].file_type == file_type)
			return file_types[i].link;
	}
	return PACKET_LINK_UNKNOWN;
}

uint16_t link_to_file(enum packet_link link)
{
	if (link == PACKET_LINK_RAW)
		return 101; /* 12 and 14 mean something else to some systems */
	for (size_t i = 0; i < sizeof(file_types) / sizeof(file_types[0]); i++) {
		if (file_types[i].link == link)
			return (uint16_t)file_types[i].file_type;
	}
	return 0;
}

const char *link_file_name(uint32_t file_type)
{
	for (size_t i = 0; i < sizeof(file_types) / sizeof(file_types[0]); i++) {
		if (file_types[i].file_type == file_type)
			return file_types[i].name;
	}
	return NULL;
}

enum packet_link link_of_hardware(uint16_t hardware_type)
{
	switch (hardware_type) {
	case HARDWARE_ETHERNET:
	case HARDWARE_LOOPBACK:
		return PACKET_LINK_ETHERNET;
	case HARDWARE_NONE:
	case HARDWARE_PPP:
	case HARDWARE_SLIP:
	case HARDWARE_CSLIP:
	case HARDWARE_SLIP6:
	case HARDWARE_CSLIP6:
	case HARDWARE_RAWIP:
	case HARDWARE_TUNNEL:
	case HARDWARE_TUNNEL6:
	case HARDWARE_SIT:
	case HARDWARE_IPGRE:
	case HARDWARE_IP6GRE:
		return PACKET_LINK_RAW;
	default:
		return PACKET_LINK_UNKNOWN;
	}
}

static enum link_content look_at_version(const struct span *span)
{
	if (span->left_bytes == 0)
		return LINK_CUT;
	if (span->at[0] >> 4 == 4)
		return LINK_IPV4;
	return span->at[0] >> 4 == 6 ? LINK_IPV6 : LINK_OTHER;
}

/*
 * "All stations" and "unnumbered information" may be left out, and the
 * protocol's upper byte as well (RFC 1661, 6.5, 6.6).  pppd's own captures
 * have the direction instead of the address.
 */
static enum link_content skip_ppp(struct span *span)
{
	uint32_t number;
	const uint8_t *byte;

	if (span->left_bytes < 2)
		return LINK_CUT;
	if (span->at[1] == PPP_CONTROL && (span->at[0] == 0xff || span->at[0] <= 1))
		(void)span_take(span, 2); /* both are there */
	byte = span_take(span, 1);
	if (!byte)
		return LINK_CUT;
	number = *byte;
	if (!(number & 1)) {
		byte = span_take(span, 1);
		if (!byte)
			return LINK_CUT;
		number = number << 8 | *byte;
	}
	if (number == PPP_IPV4)
		return LINK_IPV4;
	return number == PPP_IPV6 ? LINK_IPV6 : LINK_OTHER;
}

/* Up to the label that says it is the last; what follows is IP, or nothing that says what it is. */
static enum link_content skip_labels(struct span *span)
{
	for (int i = 0; i < MPLS_LABEL_COUNT_MAX; i++) {
		const uint8_t *label = span_take(span, MPLS_LABEL_BYTES);

		if (!label)
			return LINK_CUT;
		if (label[2] & 1)
			return look_at_version(span);
	}
	return LINK_OTHER;
}

static enum link_content skip_pppoe(struct span *span)
{
	return span_take(span, PPPOE_HEADER_BYTES) ? skip_ppp(span) : LINK_CUT;
}

/*
 * A length may stand for the type: then that follows behind a header of SNAP
 * (RFC 1042), or nothing says what it is.  NULL: cut off.
 */
static const uint8_t *find_type(struct span *span, const uint8_t *type)
{
	static const uint8_t snap[6] = { 0xaa, 0xaa, 0x03 };
	size_t there_bytes = span->left_bytes < sizeof(snap) ? span->left_bytes : sizeof(snap);

	if (!type || span_u16(type) > LENGTH_MAX || memcmp(span->at, snap, there_bytes) != 0)
		return type;
	return span_take(span, sizeof(snap)) ? span_take(span, 2) : NULL;
}

/* From a type (NULL: cut off) over any tags to the IP header. */
static enum link_content skip_tags(struct span *span, const uint8_t *type)
{
	for (int i = 0; type && i < VLAN_TAG_COUNT_MAX; i++) {
		uint16_t number = span_u16(type);

		if (number != ETHERTYPE_VLAN && number != ETHERTYPE_QINQ &&
		    number != ETHERTYPE_QINQ_OLD)
			break;
		/* The two bytes of the tag itself, then the next type. */
		type = span_take(span, VLAN_TAG_BYTES);
		if (type)
			type += 2;
	}
	type = find_type(span, type);
	if (!type)
		return LINK_CUT;
	switch (span_u16(type)) {
	case ETHERTYPE_IPV4:
		return LINK_IPV4;
	case ETHERTYPE_IPV6:
		return LINK_IPV6;
	case ETHERTYPE_PPPOE:
		return skip_pppoe(span);
	case ETHERTYPE_MPLS:
		return skip_labels(span);
	default:
		return LINK_OTHER;
	}
}

static enum link_content skip_typed(struct span *span, size_t before_bytes)
{
	if (!span_take(span, before_bytes))
		return LINK_CUT;
	return skip_tags(span, span_take(span, 2));
}

/* Cisco's framing on the same kind of line is known by an address of its own. */
static bool is_cisco(const struct span *span)
{
	return span->left_bytes && (span->at[0] == CHDLC_UNICAST || span->at[0] == CHDLC_BROADCAST);
}

static enum link_content skip_sll2(struct span *span)
{
	const uint8_t *type = span_take(span, 2);

	if (!type || !span_take(span, SLL2_BEHIND_TYPE_BYTES))
		return LINK_CUT;
	return skip_tags(span, type);
}

static enum link_content skip_family(struct span *span)
{
	const uint8_t *family = span_take(span, 4);
	uint32_t number;

	if (!family)
		return LINK_CUT;
	number = span_u32(family);
	if (number > UINT16_MAX) /* small numbers, so it was written the other way round */
		number = (uint32_t)family[1] << 8 | family[0];
	switch (number) {
	case FAMILY_IPV4:
		return LINK_IPV4;
	case FAMILY_IPV6_LINUX:
	case FAMILY_IPV6_NETBSD:
	case FAMILY_IPV6_FREEBSD:
	case FAMILY_IPV6_DARWIN:
		return LINK_IPV6;
	default:
		return LINK_OTHER;
	}
}

enum link_content link_skip(enum packet_link link, struct span *span)
{
	switch (link) {
	case PACKET_LINK_ETHERNET:
		return skip_typed(span, ETHERNET_ADDRESSES_BYTES);
	case PACKET_LINK_SLL:
		return skip_typed(span, SLL_BEFORE_TYPE_BYTES);
	case PACKET_LINK_CHDLC:
		return skip_typed(span, CHDLC_BEFORE_TYPE_BYTES);
	case PACKET_LINK_SLL2:
		return skip_sll2(span);
	case PACKET_LINK_RAW:
		return look_at_version(span);
	case PACKET_LINK_NULL:
		return skip_family(span);
	case PACKET_LINK_PPP:
		return is_cisco(span) ? skip_typed(span, CHDLC_BEFORE_TYPE_BYTES) : skip_ppp(span);
	case PACKET_LINK_PPPOE:
		return skip_pppoe(span);
	case PACKET_LINK_UNKNOWN:
		break;
	}
	return LINK_OTHER;
}
