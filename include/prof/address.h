/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a server of ours listens: "127.0.0.1:9443" and "[::1]:9443".
 */
#ifndef PROF_ADDRESS_H
#define PROF_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROF_ADDRESS_HOST_BYTES 64

struct prof_address {
	char host[PROF_ADDRESS_HOST_BYTES]; /* numeric, without brackets */
	bool is_ipv6;
	uint16_t port; /* 0: any that is free */
};

/* Returns 0 or -EINVAL: not a numeric address, a colon and a port. */
int prof_address_parse(const char *text, struct prof_address *ret_address);

/* "127.0.0.1:9443", with brackets around an IPv6 address. */
void prof_address_format(const struct prof_address *address, char *text, size_t room_bytes);

/*
 * Listens there for a moment: 0, or a negative errno.  libwebsockets does not
 * say why it could not listen, this does.  That somebody else takes the port
 * in between is told by its own failure.
 */
int prof_address_try(const struct prof_address *address);

#endif
