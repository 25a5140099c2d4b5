/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the bytes of a frame to one TCP segment.
 *
 * Pure: no I/O, no clock, no state.  Reads captured_bytes bytes and no more.
 */
#ifndef CAPTURE_PACKET_H
#define CAPTURE_PACKET_H

#include <stddef.h>
#include <stdint.h>

#include "link.h"
#include "prof/flow.h"

/* Why a frame was or was not used.  The capture counts each one apart. */
enum packet_verdict {
	PACKET_TCP_DATA,  /* a segment with payload */
	PACKET_TCP_EMPTY, /* a segment without: a pure ACK, SYN, FIN or RST */
	PACKET_NOT_IP,	  /* ARP, LLDP, tunnels: nothing we look into */
	PACKET_NOT_TCP,	  /* IP, but another protocol */
	PACKET_FRAGMENT, /* part of an IP datagram: no whole TCP header, or not the whole payload */
	PACKET_TRUNCATED, /* the captured bytes end within the headers */
	PACKET_MALFORMED, /* lengths that contradict each other */
	PACKET_VERDICT_COUNT,
};

/* A TCP segment as it was on the wire. */
struct packet_tcp {
	struct prof_endpoint src;
	struct prof_endpoint dst;
	uint32_t seq;		 /* of the header; a SYN's own number, not that of its payload */
	uint32_t ack;		 /* of the header */
	uint32_t payload_bytes;	 /* from the IP header: the frame may have been captured in part */
	uint32_t captured_bytes; /* of the payload; where it begins says `payload` */
	const uint8_t *payload;
	uint32_t ip_bytes;	/* IP header and all that follows it */
	uint16_t mss_bytes;	/* of a SYN: what its sender takes; 0: cut off, or no SYN */
	uint8_t option_bytes;	/* of the TCP header */
	uint8_t flags;		/* enum prof_tcp_flag bits */
};

/*
 * Looks at one frame, which begins with the header of its link.  wire_bytes is
 * its length on the wire, at least captured_bytes; it counts only where the IP
 * header leaves its length open (0: a frame that the kernel has yet to cut
 * into segments).
 *
 * *ret_tcp is whole for PACKET_TCP_DATA and PACKET_TCP_EMPTY only.
 */
enum packet_verdict packet_parse(enum packet_link link, const uint8_t *bytes, size_t captured_bytes,
				 size_t wire_bytes, struct packet_tcp *ret_tcp);

/* A verdict's name for counters: "tcp data", "truncated" ... */
const char *packet_verdict_name(enum packet_verdict verdict);

#endif
