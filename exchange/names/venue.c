/* SPDX-License-Identifier: BSD-2-Clause */
#include "venue.h"

#include <string.h>
#include <strings.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const names[] = {
	[VENUE_SPOT] = "spot",
	[VENUE_FUTURES] = "futures",
	[VENUE_SBE] = "sbe",
};

/* The first label of a host name, or what it begins with before a '-'. */
static const struct {
	const char *begin;
	const char *domain; /* how it ends; NULL: however */
	enum venue venue;
} hosts[] = {
	{ "stream-sbe.", NULL, VENUE_SBE },
	{ "fstream.", NULL, VENUE_FUTURES },
	{ "fstream-", NULL, VENUE_FUTURES }, /* fstream-mm: market makers */
	{ "dstream.", NULL, VENUE_FUTURES },
	{ "dstream-", NULL, VENUE_FUTURES },
	{ "stream.", ".binancefuture.com", VENUE_FUTURES },
	{ "stream.", NULL, VENUE_SPOT },
	{ "data-stream.", NULL, VENUE_SPOT },
	{ "ws-api.", NULL, VENUE_SPOT },
	{ "demo-ws-api.", NULL, VENUE_SPOT },
	{ "demo-stream.", NULL, VENUE_SPOT },
};

bool venue_parse(const char *name, enum venue *ret_venue)
{
	for (size_t i = 0; i < COUNT(names); i++) {
		if (strcmp(name, names[i]) != 0)
			continue;
		*ret_venue = (enum venue)i;
		return true;
	}
	return false;
}

static bool ends_with(const char *host, size_t size_bytes, const char *domain)
{
	size_t domain_bytes = strlen(domain);

	return size_bytes >= domain_bytes &&
	       strncasecmp(host + size_bytes - domain_bytes, domain, domain_bytes) == 0;
}

enum venue venue_of_host(const char *host, size_t size_bytes, enum venue otherwise)
{
	const char *port = size_bytes ? memchr(host, ':', size_bytes) : NULL;

	if (port)
		size_bytes = (size_t)(port - host);
	for (size_t i = 0; i < COUNT(hosts); i++) {
		size_t begin_bytes = strlen(hosts[i].begin);

		if (size_bytes > begin_bytes &&
		    strncasecmp(host, hosts[i].begin, begin_bytes) == 0 &&
		    (!hosts[i].domain || ends_with(host, size_bytes, hosts[i].domain)))
			return hosts[i].venue;
	}
	return otherwise;
}
