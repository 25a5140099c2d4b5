/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The payload of wanted connections from an interface: a ring of its own, whose
 * filter lets pass what may be of one of them, and the bus's registry, which
 * says what is.
 *
 * A connection is wanted if it is registered, or of the port asked for, or if
 * all are.  Before it is registered nobody knows it: so until the first one is,
 * every TCP connection passes the filter, and from then on those of the ports
 * that registered ones were made to, as the next is likely to be, too.
 */
#ifndef CAPTURE_LISTENER_H
#define CAPTURE_LISTENER_H

#include "dpdk_capture/fault/fault.h"
#include "dpdk_capture/parse/packet.h"
#include "payload_ring.h"
#include "prof/bus.h"

struct listener;

/* One TCP segment, and the frame that brought it; good until give() returns. */
struct heard {
	const struct packet_tcp *tcp;
	const struct payload_frame *frame;
	enum packet_link link;
	uint64_t flow_id; /* prof_flow_id() of its connection */
	uint64_t time_ns;
	bool is_clock_step;
	bool is_wanted;
};

struct listener_options {
	struct prof_bus *bus;
	bool is_all;
	uint16_t port; /* 0: none */
	void (*give)(void *context, const struct heard *heard);
	/* A connection has been registered: what is heard from here on is wanted.  May be NULL. */
	void (*found)(void *context, uint64_t flow_id);
	void *context;
};

/* Listens nowhere yet.  NULL if there is no memory. */
struct listener *listener_create(const struct listener_options *options);

/* Listens there, and no longer where it did.  Not while another thread polls. */
int listener_open(struct listener *listener, const char *interface, struct fault *ret_fault);
void listener_close(struct listener *listener);

/* Gives what has come, a few hundred segments at most.  True if there was anything. */
bool listener_poll(struct listener *listener, uint64_t now_ns);

/*
 * After a poll that began at now_ns: up to when everything has been
 * given, but for what the kernel has stamped and not yet put into the ring.
 */
uint64_t listener_told_ns(const struct listener *listener, uint64_t now_ns);

/* Nothing has come that was not given. */
bool listener_is_empty(const struct listener *listener);

/* Frames that found no room, so far. */
uint64_t listener_drop_count(struct listener *listener);

/* NULL is allowed.  Always returns NULL. */
struct listener *listener_destroy(struct listener *listener);

#endif
