/* SPDX-License-Identifier: BSD-2-Clause */
#include "address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "prof/cli.h"

int address_parse(const char *text, struct address *ret_address)
{
	struct address address = { .is_ipv6 = text[0] == '[' };
	const char *colon = strrchr(text, ':');
	size_t bracket_bytes = address.is_ipv6 ? 1 : 0;
	uint8_t binary[sizeof(struct in6_addr)];
	size_t host_bytes;
	uint32_t port;

	if (!colon || prof_parse_u32(colon + 1, 0, UINT16_MAX, &port) < 0)
		return -EINVAL;
	host_bytes = (size_t)(colon - text);
	if (host_bytes < 2 * bracket_bytes + 1 || (address.is_ipv6 && colon[-1] != ']'))
		return -EINVAL;
	host_bytes -= 2 * bracket_bytes;
	if (host_bytes >= sizeof(address.host))
		return -EINVAL;
	memcpy(address.host, text + bracket_bytes, host_bytes);
	address.port = (uint16_t)port;
	if (inet_pton(address.is_ipv6 ? AF_INET6 : AF_INET, address.host, binary) != 1)
		return -EINVAL;
	*ret_address = address;
	return 0;
}

void address_format(const struct address *address, char *text, size_t room_bytes)
{
	(void)snprintf(text, room_bytes, address->is_ipv6 ? "[%s]:%u" : "%s:%u", address->host,
		       (unsigned int)address->port);
}
