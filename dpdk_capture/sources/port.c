/* SPDX-License-Identifier: BSD-2-Clause */
#include "port.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_lcore.h>
#include <rte_log.h>
#include <rte_mbuf.h>

#include "dpdk_capture/port_clock/port_clock.h"

/* A queue that takes nothing for so many attempts is taken to be stuck. */
#define SEND_RETRY_COUNT_MAX 64

#define POOL_CACHE_COUNT 128

/*
 * net_af_packet complains that it cannot set a loopback's address, net_tap
 * that the kernel lacks queueing disciplines it would like for rte_flow: both
 * go on unharmed.  While a port comes up they are told to keep quiet.
 */
static void set_quiet(bool is_quiet)
{
	(void)rte_log_set_level_pattern("pmd.net.af_packet", is_quiet ? RTE_LOG_CRIT : RTE_LOG_ERR);
	(void)rte_log_set_level_pattern("pmd.net.tap", is_quiet ? RTE_LOG_CRIT : RTE_LOG_ERR);
}

static int create_device(const struct port_options *options, struct port *port, struct fault *fault)
{
	char what[96];
	int err;

	(void)snprintf(what, sizeof(what), "port %s", options->device);
	if (options->arguments) {
		err = rte_eal_hotplug_add("vdev", options->device, options->arguments);
		if (err < 0)
			return fault_set(fault, err, what, rte_strerror(-err),
					 "dpdk_capture --verbose shows what the driver says");
		port->is_created = true;
	}
	err = rte_eth_dev_get_port_by_name(options->device, &port->id);
	if (err < 0)
		return fault_set(fault, err, what, "DPDK has no such port",
				 "install the driver (Debian: dpdk, librte-net-*) or name another");
	return 0;
}

static int create_pool(const struct port_options *options, struct port *port, struct fault *fault)
{
	char name[RTE_MEMPOOL_NAMESIZE];

	if (options->buffer_count == 0) {
		port->pool = options->pool;
		return 0;
	}
	(void)snprintf(name, sizeof(name), "frames%u", port->id);
	port->pool = rte_pktmbuf_pool_create(
		name, options->buffer_count, POOL_CACHE_COUNT, 0,
		(uint16_t)(options->frame_bytes_max + RTE_PKTMBUF_HEADROOM), (int)rte_socket_id());
	if (!port->pool)
		return fault_set(fault, -rte_errno, "packet buffers", rte_strerror(rte_errno),
				 "give EAL more memory: -m 512");
	port->is_pool_own = true;
	return 0;
}

static int start(const struct port_options *options, struct port *port)
{
	/* All offloads off: checksums "offloaded" between veth, tap and virtio break TCP. */
	struct rte_eth_conf conf = { 0 };
	uint16_t rx_count = options->queue_frame_count;
	uint16_t tx_count = options->queue_frame_count;
	int err;

	port->is_stamping = options->is_stamping && port_clock_is_offered(port->id);
	if (port->is_stamping)
		conf.rxmode.offloads = RTE_ETH_RX_OFFLOAD_TIMESTAMP;
	err = rte_eth_dev_configure(port->id, 1, 1, &conf);
	if (err == 0)
		err = rte_eth_dev_adjust_nb_rx_tx_desc(port->id, &rx_count, &tx_count);
	if (err == 0)
		err = rte_eth_rx_queue_setup(port->id, 0, rx_count, rte_socket_id(), NULL,
					     port->pool);
	if (err == 0)
		err = rte_eth_tx_queue_setup(port->id, 0, tx_count, rte_socket_id(), NULL);
	if (err == 0)
		err = rte_eth_dev_start(port->id);
	if (err)
		return err;
	port->is_started = true;
	if (options->is_promiscuous)
		(void)rte_eth_promiscuous_enable(port->id); /* some have no such mode */
	return 0;
}

int port_open(const struct port_options *options, struct port *ret_port, struct fault *ret_fault)
{
	struct port port = { 0 };
	char what[96];
	int err;

	(void)snprintf(port.device, sizeof(port.device), "%s", options->device);
	set_quiet(!options->is_verbose);
	err = create_device(options, &port, ret_fault);
	if (err == 0)
		err = create_pool(options, &port, ret_fault);
	if (err == 0) {
		err = start(options, &port);
		(void)snprintf(what, sizeof(what), "port %s", options->device);
		if (err)
			(void)fault_set(ret_fault, err, what, rte_strerror(-err),
					"dpdk_capture --verbose shows what the driver says");
	}
	set_quiet(false);
	if (err) {
		port_close(&port);
		return err;
	}
	*ret_port = port;
	return 0;
}

void port_close(struct port *port)
{
	if (port->is_started) {
		(void)rte_eth_dev_stop(port->id); /* nothing else can be done on the way out */
		(void)rte_eth_dev_close(port->id);
	}
	if (port->is_created)
		(void)rte_eal_hotplug_remove("vdev", port->device); /* likewise */
	if (port->is_pool_own)
		rte_mempool_free(port->pool);
	memset(port, 0, sizeof(*port));
}

uint16_t port_receive(const struct port *port, struct rte_mbuf **buffers, uint16_t count_max)
{
	return rte_eth_rx_burst(port->id, 0, buffers, count_max);
}

/*
 * Nobody else holds a buffer that was received and only looked at, so all that
 * rte_pktmbuf_free_bulk() would look for in each is whether it is a chain.
 */
void port_free(const struct port *port, struct rte_mbuf **buffers, uint16_t count)
{
	bool is_any_chained = false;

	for (uint16_t i = 0; i < count; i++)
		is_any_chained |= buffers[i]->nb_segs != 1;
	if (is_any_chained)
		rte_pktmbuf_free_bulk(buffers, count);
	else
		rte_mempool_put_bulk(port->pool, (void **)buffers, count);
}

uint16_t port_send(const struct port *port, struct rte_mbuf **buffers, uint16_t count)
{
	uint16_t sent = 0;

	for (int i = 0; i < SEND_RETRY_COUNT_MAX && sent < count; i++)
		sent = (uint16_t)(sent + rte_eth_tx_burst(port->id, 0, buffers + sent,
							  (uint16_t)(count - sent)));
	if (sent < count)
		rte_pktmbuf_free_bulk(buffers + sent, (unsigned int)(count - sent));
	return sent;
}

void port_count(const struct port *port, struct source_counters *counters)
{
	struct rte_eth_stats stats;

	if (!port->is_started || rte_eth_stats_get(port->id, &stats) != 0)
		return;
	counters->missed_count += stats.imissed;
	counters->error_count += stats.ierrors;
	counters->nombuf_count += stats.rx_nombuf;
	counters->handon_drop_count += stats.oerrors;
}

void port_mac_text(const struct port *port, char text[18])
{
	struct rte_ether_addr mac = { 0 };

	(void)rte_eth_macaddr_get(port->id, &mac); /* a started port has one */
	(void)snprintf(text, 18, "%02x:%02x:%02x:%02x:%02x:%02x", mac.addr_bytes[0],
		       mac.addr_bytes[1], mac.addr_bytes[2], mac.addr_bytes[3], mac.addr_bytes[4],
		       mac.addr_bytes[5]);
}
