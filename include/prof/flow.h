/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A TCP connection by its addresses.
 *
 * Addresses are always 16 bytes: IPv4 is written IPv4-mapped (::ffff:a.b.c.d,
 * RFC 4291, 2.5.5.2), so that an IPv4 peer of an AF_INET6 socket and the same
 * peer seen on the wire are equal.
 */
#ifndef PROF_FLOW_H
#define PROF_FLOW_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct prof_endpoint {
	uint8_t addr[16]; /* network order; IPv4 as IPv4-mapped */
	uint16_t port;    /* host order */
	uint16_t reserved[3]; /* written as 0 */
};

/* "Local" is the end under measurement: the one that receives the messages. */
struct prof_flow {
	struct prof_endpoint local;
	struct prof_endpoint remote;
};

/* Room for prof_endpoint_format(): "[" IPv6 "]:65535" and the terminator. */
#define PROF_ENDPOINT_TEXT_BYTES 64

/* Sets an endpoint from an IPv4 address of 4 bytes in network order. */
static inline void prof_endpoint_set_ipv4(struct prof_endpoint *ret_endpoint, const void *addr_be,
					  uint16_t port)
{
	memset(ret_endpoint, 0, sizeof(*ret_endpoint));
	ret_endpoint->addr[10] = 0xff;
	ret_endpoint->addr[11] = 0xff;
	memcpy(&ret_endpoint->addr[12], addr_be, 4);
	ret_endpoint->port = port;
}

/* Sets an endpoint from an IPv6 address of 16 bytes in network order. */
static inline void prof_endpoint_set_ipv6(struct prof_endpoint *ret_endpoint, const void *addr_be,
					  uint16_t port)
{
	memset(ret_endpoint, 0, sizeof(*ret_endpoint));
	memcpy(ret_endpoint->addr, addr_be, 16);
	ret_endpoint->port = port;
}

/* True if the endpoint holds an IPv4-mapped address. */
int prof_endpoint_is_ipv4(const struct prof_endpoint *endpoint);

/*
 * The connection's 64-bit identity on the bus, never 0.  Both directions give
 * the same value: swapping local and remote does not change it.  Equal flows
 * have equal ids; different ones collide with probability 2^-64 (mixing by
 * the finalizer of SplitMix64, Steele, Lea and Flood 2014).  Pure.
 */
uint64_t prof_flow_id(const struct prof_flow *flow);

/*
 * Writes "1.2.3.4:443" or "[::1]:443" into text, cut to size_bytes and always
 * terminated.  Returns text.
 */
char *prof_endpoint_format(const struct prof_endpoint *endpoint, char *text, size_t size_bytes);

#endif
