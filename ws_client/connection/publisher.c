/* SPDX-License-Identifier: BSD-2-Clause */
#include "publisher.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "prof/clock.h"

int publisher_open(struct publisher *publisher, const char *name,
		   const struct prof_bus_options *bus_options)
{
	const struct prof_producer_options options = {
		.name = "websocket_client",
		.layer = PROF_LAYER_USER,
	};
	int err = prof_bus_join(name, bus_options, &publisher->bus);

	if (err < 0)
		return err;
	err = prof_producer_attach(publisher->bus, &options, &publisher->producer);
	if (err < 0)
		publisher->bus = prof_bus_close(publisher->bus);
	return err;
}

void publisher_close(struct publisher *publisher)
{
	publisher->producer = prof_producer_detach(publisher->producer);
	publisher->bus = prof_bus_close(publisher->bus);
}

void publisher_event(struct publisher *publisher, const struct prof_event *event)
{
	if (!publisher->producer)
		return;
	if (prof_publish(publisher->producer, event))
		publisher->published_count++;
	else
		publisher->dropped_count++;
}

void publisher_mark(struct publisher *publisher)
{
	if (publisher->producer)
		prof_publish_mark(publisher->producer, prof_now_ns());
}

int publisher_check(const struct publisher *publisher)
{
	return publisher->bus ? prof_bus_check(publisher->bus) : 0;
}

static int set_endpoint(struct prof_endpoint *ret_endpoint, const struct sockaddr_storage *address)
{
	const struct sockaddr_in *ipv4 = (const void *)address;
	const struct sockaddr_in6 *ipv6 = (const void *)address;

	if (address->ss_family == AF_INET) {
		prof_endpoint_set_ipv4(ret_endpoint, &ipv4->sin_addr, ntohs(ipv4->sin_port));
		return 0;
	}
	if (address->ss_family == AF_INET6) {
		prof_endpoint_set_ipv6(ret_endpoint, &ipv6->sin6_addr, ntohs(ipv6->sin6_port));
		return 0;
	}
	return -EAFNOSUPPORT;
}

/* Asks the kernel who the two ends of a connection are, and for its cookie. */
static int describe(int fd, struct prof_socket *ret_socket)
{
	struct sockaddr_storage local = { 0 };
	struct sockaddr_storage remote = { 0 };
	socklen_t local_bytes = sizeof(local);
	socklen_t remote_bytes = sizeof(remote);
	socklen_t cookie_bytes = sizeof(ret_socket->cookie);
	int err;

	if (getsockname(fd, (struct sockaddr *)&local, &local_bytes) < 0 ||
	    getpeername(fd, (struct sockaddr *)&remote, &remote_bytes) < 0)
		return -errno;
	/* Asking makes the kernel choose the cookie, which probes then find in the socket. */
	if (getsockopt(fd, SOL_SOCKET, SO_COOKIE, &ret_socket->cookie, &cookie_bytes) < 0)
		return -errno;
	err = set_endpoint(&ret_socket->flow.local, &local);
	return err < 0 ? err : set_endpoint(&ret_socket->flow.remote, &remote);
}

int publisher_register(struct publisher *publisher, int fd, uint32_t conn_number, bool is_tls,
		       struct prof_socket *ret_socket, struct publisher_socket *ret_place)
{
	struct prof_socket entered = { 0 };
	int err;

	*ret_socket = (struct prof_socket){
		.pid = (uint32_t)getpid(),
		.tid = (uint32_t)syscall(SYS_gettid),
		.fd = fd,
		.conn_number = conn_number,
		.flags = is_tls ? PROF_SOCKET_TLS : 0,
	};
	*ret_place = (struct publisher_socket){ 0 };
	err = describe(fd, ret_socket);
	if (err < 0 || !publisher->bus)
		return err;
	err = prof_socket_register(publisher->bus, ret_socket, &ret_place->index);
	if (err < 0) {
		publisher->unregistered_count++;
		return err;
	}
	/* Only the registry knows the generation; without it the place cannot be closed. */
	ret_place->is_registered = prof_socket_read(publisher->bus, ret_place->index, &entered) &&
				   entered.cookie == ret_socket->cookie;
	ret_place->generation = entered.generation;
	return 0;
}

void publisher_unregister(struct publisher *publisher, struct publisher_socket *place)
{
	if (!publisher->bus || !place->is_registered)
		return;
	/* -ESTALE, that somebody took the place meanwhile, is as good as closed. */
	(void)prof_socket_close(publisher->bus, place->index, place->generation, prof_now_ns());
	place->is_registered = false;
}

uint16_t publisher_stream(struct publisher *publisher, const char *name)
{
	uint16_t index = 0;

	if (!publisher->bus || !*name || prof_stream_intern(publisher->bus, name, &index) < 0)
		return 0;
	return index;
}
