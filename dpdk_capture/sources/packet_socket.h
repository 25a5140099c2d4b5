/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The AF_PACKET socket inside DPDK's net_af_packet driver, and the interface it is for.
 *
 * The driver does not say what the kernel dropped (its imissed is always 0 in
 * 22.11) and offers no filter, but its socket does.  It is found among our own
 * descriptors by the interface it is bound to.
 */
#ifndef CAPTURE_PACKET_SOCKET_H
#define CAPTURE_PACKET_SOCKET_H

#include <stdbool.h>
#include <stdint.h>

#include "dpdk_capture/fault/fault.h"
#include "dpdk_capture/parse/link.h"

struct packet_socket {
	int fd; /* the driver's, not ours to close */
	uint64_t drop_count;
};

/*
 * What an interface is before it is listened at.  Returns 0, or a negative errno and *ret_fault if
 * that cannot be: there is none, it is down, we may not, its frames are of a kind not known.
 */
int packet_socket_check(const char *name, bool *ret_is_loopback, enum packet_link *ret_link,
			struct fault *ret_fault);

/* True if the default route leaves by this interface. */
bool packet_socket_carries_default_route(const char *interface);

/* Returns 0, -ENOENT if there is none, or a negative errno. */
int packet_socket_find(unsigned int interface_index, struct packet_socket *ret_socket);

/*
 * Has the kernel stamp each frame where it enters the network stack.  Without
 * this the stamp is taken when the socket's turn comes, microseconds later,
 * behind every other listener.  TCP's frames from the other end of a veth get none
 * (findings/linux_veth_tcp_stamp, Linux 6.18).  Returns 0 or a negative errno.
 */
int packet_socket_stamp_early(const struct packet_socket *socket);

/* Asks for the adapter's stamps where packets have one.  Returns 0 or a negative errno. */
int packet_socket_stamp_by_adapter(const struct packet_socket *socket);

/* True once its interface has gone for good; one of the same name that comes later is another. */
bool packet_socket_is_orphaned(const struct packet_socket *socket);

/* Frames dropped because the ring was full, since the socket was opened. */
uint64_t packet_socket_drop_count(struct packet_socket *socket);

/* Sleeps until a frame is there or timeout_us is over; a signal ends it too. */
void packet_socket_wait(const struct packet_socket *socket, uint32_t timeout_us);

#endif
