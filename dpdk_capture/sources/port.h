/* SPDX-License-Identifier: BSD-2-Clause */
/* One DPDK port with one receive and one transmit queue, no offloads but stamps, and its buffers.
 */
#ifndef CAPTURE_PORT_H
#define CAPTURE_PORT_H

#include "source.h"

struct rte_mbuf;
struct rte_mempool;

struct port_options {
	const char *device;	  /* DPDK's name of it: "net_tap0" */
	const char *arguments;	  /* to create it with; NULL: it is there already */
	uint32_t frame_bytes_max; /* room in one buffer */
	uint16_t queue_frame_count;
	uint32_t buffer_count; /* 0: use those of `pool` */
	struct rte_mempool *pool;
	bool is_promiscuous;
	bool is_stamping; /* have the adapter stamp what it receives, if it can */
	bool is_verbose;  /* let the driver speak */
};

struct port {
	uint16_t id;
	bool is_created; /* by us: to be removed again */
	bool is_started;
	bool is_stamping; /* packets may have the adapter's stamps */
	char device[64];
	struct rte_mempool *pool;
	bool is_pool_own;
};

/* Creates, configures and starts it.  Returns 0, or a negative errno and *ret_fault. */
int port_open(const struct port_options *options, struct port *ret_port, struct fault *ret_fault);

/* Stops and removes it.  A port that is all zeroes is left alone. */
void port_close(struct port *port);

uint16_t port_receive(const struct port *port, struct rte_mbuf **buffers, uint16_t count_max);

/* Gives them back.  All must be received from this port. */
void port_free(const struct port *port, struct rte_mbuf **buffers, uint16_t count);

/*
 * Sends, trying again a bounded number of times; what is not taken then is
 * freed.  Returns how many were sent.
 */
uint16_t port_send(const struct port *port, struct rte_mbuf **buffers, uint16_t count);

/* The driver's counters, added to *counters. */
void port_count(const struct port *port, struct source_counters *counters);

/* "aa:bb:cc:dd:ee:ff", terminated, into 18 bytes. */
void port_mac_text(const struct port *port, char text[18]);

#endif
