/* SPDX-License-Identifier: BSD-2-Clause */
#include "resolve.h"

#include <stddef.h>
#include <sys/socket.h>

#include "feed/target.h"

enum resolve_verdict resolve_start(struct resolve *resolve, const char *host)
{
	struct gaicb *list[] = { &resolve->request };

	resolve->hints = (struct addrinfo){
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_ADDRCONFIG,
	};
	/* An address needs no name server, and no configured network either. */
	if (target_is_address(host))
		resolve->hints.ai_flags = AI_NUMERICHOST;
	resolve->request = (struct gaicb){ .ar_name = host, .ar_request = &resolve->hints };
	resolve->is_busy = getaddrinfo_a(GAI_NOWAIT, list, 1, NULL) == 0;
	return resolve->is_busy ? RESOLVE_WAIT : RESOLVE_FAILED;
}

/* The address whose turn it is, as text. */
static bool pick(struct resolve *resolve, char *ret_address)
{
	const struct addrinfo *found = resolve->request.ar_result;

	resolve->count = 0;
	for (const struct addrinfo *at = found; at; at = at->ai_next)
		resolve->count++;
	if (!resolve->count)
		return false;
	for (uint32_t skip = resolve->turn % resolve->count; skip; skip--)
		found = found->ai_next;
	return getnameinfo(found->ai_addr, found->ai_addrlen, ret_address, RESOLVE_ADDRESS_BYTES,
			   NULL, 0, NI_NUMERICHOST) == 0;
}

enum resolve_verdict resolve_check(struct resolve *resolve, char ret_address[RESOLVE_ADDRESS_BYTES],
				   const char **ret_why)
{
	bool is_picked;
	int err = gai_error(&resolve->request);

	if (err == EAI_INPROGRESS)
		return RESOLVE_WAIT;
	resolve->is_busy = false;
	if (err) {
		*ret_why = gai_strerror(err);
		return RESOLVE_FAILED;
	}
	is_picked = pick(resolve, ret_address);
	resolve->turn++;
	freeaddrinfo(resolve->request.ar_result);
	resolve->request.ar_result = NULL;
	*ret_why = "no address of it can be written down";
	return is_picked ? RESOLVE_DONE : RESOLVE_FAILED;
}

bool resolve_cancel(struct resolve *resolve)
{
	if (!resolve->is_busy)
		return true;
	resolve->is_busy = gai_cancel(&resolve->request) == EAI_NOTCANCELED;
	return !resolve->is_busy;
}
