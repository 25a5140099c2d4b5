/* SPDX-License-Identifier: BSD-2-Clause */
#include "prof/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "prof/cli.h"

int prof_address_parse(const char *text, struct prof_address *ret_address)
{
	struct prof_address address = { .is_ipv6 = text[0] == '[' };
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

void prof_address_format(const struct prof_address *address, char *text, size_t room_bytes)
{
	(void)snprintf(text, room_bytes, address->is_ipv6 ? "[%s]:%u" : "%s:%u", address->host,
		       (unsigned int)address->port);
}

int prof_address_try(const struct prof_address *address)
{
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(address->port) };
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(address->port) };
	int fd = socket(address->is_ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int is_on = 1;
	int err = 0;

	if (fd < 0)
		return -errno;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &is_on, sizeof(is_on));
	if (address->is_ipv6) {
		(void)inet_pton(AF_INET6, address->host, &v6.sin6_addr);
		if (bind(fd, (const struct sockaddr *)&v6, sizeof(v6)) < 0)
			err = -errno;
	} else {
		(void)inet_pton(AF_INET, address->host, &v4.sin_addr);
		if (bind(fd, (const struct sockaddr *)&v4, sizeof(v4)) < 0)
			err = -errno;
	}
	if (err == 0 && listen(fd, 1) < 0)
		err = -errno;
	(void)close(fd);
	return err;
}
