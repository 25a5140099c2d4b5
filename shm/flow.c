/* SPDX-License-Identifier: BSD-2-Clause */
#include "prof/flow.h"

#include <arpa/inet.h>
#include <stdio.h>

static const uint8_t ipv4_mapped_prefix[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

int prof_endpoint_is_ipv4(const struct prof_endpoint *endpoint)
{
	return memcmp(endpoint->addr, ipv4_mapped_prefix, sizeof(ipv4_mapped_prefix)) == 0;
}

/* The finalizer of SplitMix64: a bijection in which every input bit reaches every output bit. */
static uint64_t mix64(uint64_t value)
{
	value ^= value >> 30;
	value *= UINT64_C(0xbf58476d1ce4e5b9);
	value ^= value >> 27;
	value *= UINT64_C(0x94d049bb133111eb);
	value ^= value >> 31;
	return value;
}

static uint64_t endpoint_hash(const struct prof_endpoint *endpoint)
{
	uint64_t words[2];
	uint64_t hash = UINT64_C(0x9e3779b97f4a7c15);

	memcpy(words, endpoint->addr, sizeof(words));
	hash = mix64(hash + words[0]);
	hash = mix64(hash + words[1]);
	return mix64(hash + endpoint->port);
}

static int endpoint_compare(const struct prof_endpoint *a, const struct prof_endpoint *b)
{
	int order = memcmp(a->addr, b->addr, sizeof(a->addr));

	return order ? order : (int)a->port - (int)b->port;
}

uint64_t prof_flow_id(const struct prof_flow *flow)
{
	int is_local_first = endpoint_compare(&flow->local, &flow->remote) <= 0;
	uint64_t first = endpoint_hash(is_local_first ? &flow->local : &flow->remote);
	uint64_t second = endpoint_hash(is_local_first ? &flow->remote : &flow->local);
	uint64_t id = mix64(mix64(first) + second);

	return id ? id : 1;
}

char *prof_endpoint_format(const struct prof_endpoint *endpoint, char *text, size_t size_bytes)
{
	char addr[INET6_ADDRSTRLEN] = "?";

	if (size_bytes == 0)
		return text;
	if (prof_endpoint_is_ipv4(endpoint)) {
		(void)inet_ntop(AF_INET, &endpoint->addr[12], addr, sizeof(addr));
		(void)snprintf(text, size_bytes, "%s:%u", addr, endpoint->port);
	} else {
		(void)inet_ntop(AF_INET6, endpoint->addr, addr, sizeof(addr));
		(void)snprintf(text, size_bytes, "[%s]:%u", addr, endpoint->port);
	}
	return text;
}
