/* SPDX-License-Identifier: BSD-2-Clause */
#include "registry.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

static bool make_flow(const struct prof_socket *socket, uint32_t index, struct flow *flow)
{
	if (!socket->cookie)
		return false;
	*flow = (struct flow){
		.flow_id = prof_flow_id(&socket->flow),
		.local = socket->flow.local,
		.remote_port = socket->flow.remote.port,
		.hash = flow_hash(&socket->flow.local, &socket->flow.remote),
		.cookie = socket->cookie,
		.registry_index = index,
		.generation = socket->generation,
		.is_open = !(socket->flags & PROF_SOCKET_CLOSED),
		.is_base_known = socket->flags & PROF_SOCKET_BASE_KNOWN,
	};
	return true;
}

void registry_sync(struct registry *registry, struct selector *selector, registry_found found,
		   void *context)
{
	/* Read first: a change while we read the entries brings us back. */
	uint64_t epoch = prof_socket_epoch(registry->bus);
	struct flow fresh[PROF_SOCKET_COUNT_MAX > 64 ? 64 : 1];
	size_t fresh_count = 0;
	struct prof_socket socket;
	struct flow flow;

	if (registry->is_read && epoch == registry->epoch)
		return;
	registry->epoch = epoch;
	registry->is_read = true;
	selector_begin_update(selector);
	for (uint32_t i = 0; i < prof_bus_socket_count(registry->bus); i++) {
		if (!prof_socket_read(registry->bus, i, &socket) || !make_flow(&socket, i, &flow))
			continue;
		if (selector_add(selector, &flow) && fresh_count < sizeof(fresh) / sizeof(fresh[0]))
			fresh[fresh_count++] = flow;
	}
	selector_end_update(selector);
	for (size_t i = 0; i < fresh_count; i++)
		found(context, &fresh[i]);
}

static bool is_interface_address(const struct ifaddrs *entry, const struct prof_endpoint *end)
{
	struct prof_endpoint address;

	if (!entry->ifa_addr)
		return false;
	if (entry->ifa_addr->sa_family == AF_INET) {
		const struct sockaddr_in *in = (const void *)entry->ifa_addr;

		prof_endpoint_set_ipv4(&address, &in->sin_addr, 0);
	} else if (entry->ifa_addr->sa_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const void *)entry->ifa_addr;

		prof_endpoint_set_ipv6(&address, &in6->sin6_addr, 0);
	} else {
		return false;
	}
	return memcmp(address.addr, end->addr, sizeof(address.addr)) == 0;
}

static const char *find_interface(const struct ifaddrs *list, const struct prof_endpoint *end)
{
	for (const struct ifaddrs *entry = list; entry; entry = entry->ifa_next) {
		if (is_interface_address(entry, end))
			return entry->ifa_name;
	}
	return NULL;
}

void registry_guess(const struct prof_bus *bus, struct registry_guess *ret_guess)
{
	struct ifaddrs *list = NULL;
	struct prof_socket socket;

	*ret_guess = (struct registry_guess){ .interface = "lo" };
	if (getifaddrs(&list) < 0)
		return;
	for (uint32_t i = 0; i < prof_bus_socket_count(bus); i++) {
		const char *name;

		if (!prof_socket_read(bus, i, &socket) || (socket.flags & PROF_SOCKET_CLOSED))
			continue;
		ret_guess->socket_count++;
		/* Both ends on this machine: the kernel sends it through lo whatever the address.
		 */
		name = find_interface(list, &socket.flow.remote)
			       ? "lo"
			       : find_interface(list, &socket.flow.local);
		if (!name)
			continue;
		ret_guess->is_found = true;
		(void)snprintf(ret_guess->interface, sizeof(ret_guess->interface), "%s", name);
	}
	freeifaddrs(list);
}
