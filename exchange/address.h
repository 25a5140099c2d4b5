/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * "127.0.0.1:9443" and "[::1]:9443".
 */
#ifndef EXCHANGE_ADDRESS_H
#define EXCHANGE_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ADDRESS_HOST_BYTES 64

struct address {
	char host[ADDRESS_HOST_BYTES]; /* numeric, without brackets */
	bool is_ipv6;
	uint16_t port; /* 0: any that is free */
};

/* Returns 0 or -EINVAL: not a numeric address, a colon and a port. */
int address_parse(const char *text, struct address *ret_address);

/* "127.0.0.1:9443", with brackets around an IPv6 address. */
void address_format(const struct address *address, char *text, size_t room_bytes);

#endif
