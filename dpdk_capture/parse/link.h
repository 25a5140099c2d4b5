/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What stands before the IP header: an Ethernet header, somebody else's, or
 * nothing.  Pure.
 */
#ifndef CAPTURE_LINK_H
#define CAPTURE_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "span.h"

enum packet_link {
	PACKET_LINK_ETHERNET,
	PACKET_LINK_RAW,   /* nothing: the IP header's own version says which it is */
	PACKET_LINK_SLL,   /* what Linux puts before frames captured on "any" */
	PACKET_LINK_SLL2,  /* likewise, since libpcap 1.10 */
	PACKET_LINK_NULL,  /* BSD's loopback: an address family, in either byte order */
	PACKET_LINK_PPP,   /* with or without HDLC's address and control bytes; or Cisco's HDLC */
	PACKET_LINK_PPPOE, /* a session of it, without Ethernet's header */
	PACKET_LINK_CHDLC, /* Cisco's HDLC */
	PACKET_LINK_UNKNOWN,
};

/* What a capture file calls LINKTYPE_...; PACKET_LINK_UNKNOWN for what we do not read. */
enum packet_link link_of_file(uint32_t file_type);

/* The other way round: what frames of that link are called in a file that we write. */
uint16_t link_to_file(enum packet_link link);

/* LINKTYPE_...'s name, or NULL if it is none of those one is likely to meet. */
const char *link_file_name(uint32_t file_type);

/*
 * What a packet socket (SOCK_RAW) of a Linux interface of that ARPHRD_... type
 * sees before the IP header.
 */
enum packet_link link_of_hardware(uint16_t hardware_type);

/* What carries IP, or why not. */
enum link_content { LINK_IPV4, LINK_IPV6, LINK_OTHER, LINK_CUT };

/* Steps over what stands before the IP header. */
enum link_content link_skip(enum packet_link link, struct span *span);

#endif
