/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Passive: the kernel keeps the interface and net_af_packet listens beside it.
 *
 * Slots of 256 bytes are enough for every header we read and make the ring
 * deep: the driver's default of 512 frames loses packets at 300 kpps.
 */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <rte_mbuf.h>

#include "packet_socket.h"
#include "port.h"
#include "prof/clock.h"
#include "source.h"

#define ARGUMENTS "framesz=256,blocksz=65536,framecnt=65536"
#define DEVICE "net_af_packet_passive"
#define BUFFER_COUNT 8191
#define BUFFER_BYTES 512 /* a slot, and a VLAN tag put back */
#define ETHERNET_HEADER_BYTES 14

struct passive {
	struct port port;
	struct packet_socket socket;
	bool is_busy;
	uint32_t mtu_bytes;
	uint64_t poll_ns; /* when the ring was last seen empty, or looked at */
	uint16_t buffer_count;
	struct rte_mbuf *buffers[BURST_FRAME_COUNT_MAX];
	char interface[IF_NAMESIZE];
};

/* What an interface is before we touch it. */
static int check_interface(const char *name, uint32_t *ret_mtu_bytes, bool *ret_is_loopback,
			   struct fault *fault)
{
	struct ifreq request = { 0 };
	char what[96];
	int err = 0;
	int fd;

	(void)snprintf(what, sizeof(what), "interface '%.64s'", name);
	if (strlen(name) >= sizeof(request.ifr_name) || if_nametoindex(name) == 0)
		return fault_set(fault, -ENODEV, what, "there is none of that name here",
				 "ip link shows those of this network namespace");
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return fault_set(fault, -errno, what, strerror(errno),
				 "run as root, or give the program CAP_NET_RAW");
	memcpy(request.ifr_name, name, strlen(name));
	if (ioctl(fd, SIOCGIFFLAGS, &request) < 0)
		err = -errno;
	else if (!(request.ifr_flags & IFF_UP))
		err = fault_set(fault, -ENETDOWN, what, "is down", "ip link set it up");
	*ret_is_loopback = request.ifr_flags & IFF_LOOPBACK;
	if (err == 0 && ioctl(fd, SIOCGIFMTU, &request) == 0)
		*ret_mtu_bytes = (uint32_t)request.ifr_mtu;
	(void)close(fd);
	return err;
}

static int open_socket(struct passive *passive, bool is_loopback, struct fault *fault)
{
	int err = packet_socket_find(if_nametoindex(passive->interface), &passive->socket);

	if (err)
		return fault_set(fault, err, "net_af_packet",
				 "its socket is not among our descriptors", "");
	if (!is_loopback)
		return 0;
	err = packet_socket_ignore_outgoing(&passive->socket);
	if (err)
		return fault_set(fault, err, passive->interface,
				 "this kernel shows each frame of a loopback twice",
				 "Linux 4.20 or later, or another interface");
	return 0;
}

static void passive_close(void *state)
{
	struct passive *passive = state;

	if (!passive)
		return;
	port_close(&passive->port);
	free(passive);
}

static int passive_open(const struct source_options *options, void **ret_state,
			struct fault *ret_fault)
{
	char arguments[128];
	struct port_options port_options = {
		.device = DEVICE,
		.arguments = arguments,
		.frame_bytes_max = BUFFER_BYTES,
		.queue_frame_count = 512,
		.buffer_count = BUFFER_COUNT,
		.is_verbose = options->is_verbose,
	};
	struct passive *passive;
	bool is_loopback = false;
	uint32_t mtu_bytes = 0;
	int err = check_interface(options->interface, &mtu_bytes, &is_loopback, ret_fault);

	if (err)
		return err;
	passive = calloc(1, sizeof(*passive));
	if (!passive)
		return fault_set(ret_fault, -ENOMEM, "passive source", "out of memory", "");
	(void)snprintf(passive->interface, sizeof(passive->interface), "%s", options->interface);
	(void)snprintf(arguments, sizeof(arguments), "iface=%s," ARGUMENTS, passive->interface);
	passive->mtu_bytes = mtu_bytes;
	passive->is_busy = options->is_busy;
	err = port_open(&port_options, &passive->port, ret_fault);
	if (err == 0)
		err = open_socket(passive, is_loopback, ret_fault);
	if (err) {
		passive_close(passive);
		return err;
	}
	passive->poll_ns = prof_now_ns();
	*ret_state = passive;
	return 0;
}

static void fill_frame(const struct passive *passive, const struct rte_mbuf *buffer,
		       const struct sighting *sighting, struct frame *frame)
{
	(void)passive;
	frame->bytes = rte_pktmbuf_mtod(buffer, const uint8_t *);
	frame->captured_bytes = rte_pktmbuf_data_len(buffer);
	frame->wire_bytes = rte_pktmbuf_pkt_len(buffer);
	frame->sighting = *sighting;
}

static void passive_poll(void *state, struct burst *ret_burst)
{
	struct passive *passive = state;
	struct sighting sighting = { .stamp_source = PROF_STAMP_POLL };

	passive->buffer_count =
		port_receive(&passive->port, passive->buffers, BURST_FRAME_COUNT_MAX);
	sighting.time_ns = prof_now_ns();
	/* A frame can have come at any time since the ring was looked at before. */
	sighting.uncertainty_log2_ns = prof_uncertainty_log2(
		(uint64_t)prof_delta_ns(passive->poll_ns, sighting.time_ns));
	ret_burst->frame_count = passive->buffer_count;
	ret_burst->is_drained = passive->buffer_count < BURST_FRAME_COUNT_MAX;
	ret_burst->is_over = false;
	for (size_t i = 0; i < passive->buffer_count; i++)
		fill_frame(passive, passive->buffers[i], &sighting, &ret_burst->frames[i]);
	if (ret_burst->is_drained)
		passive->poll_ns = sighting.time_ns;
}

static void passive_release(void *state)
{
	struct passive *passive = state;

	rte_pktmbuf_free_bulk(passive->buffers, passive->buffer_count);
	passive->buffer_count = 0;
}

static void passive_wait(void *state, uint32_t timeout_us)
{
	struct passive *passive = state;

	if (!passive->is_busy)
		packet_socket_wait(&passive->socket, timeout_us);
}

static void passive_count(void *state, struct source_counters *ret_counters)
{
	struct passive *passive = state;

	memset(ret_counters, 0, sizeof(*ret_counters));
	port_count(&passive->port, ret_counters);
	ret_counters->ring_drop_count = packet_socket_drop_count(&passive->socket);
}

static void passive_describe(void *state, char *text, size_t size_bytes)
{
	const struct passive *passive = state;

	(void)snprintf(text, size_bytes, "passive: %s, stamps: at the poll", passive->interface);
}

static uint64_t passive_lag_ns(void *state)
{
	(void)state;
	return 0;
}

const struct source_ops source_passive = {
	.open = passive_open,
	.poll = passive_poll,
	.release = passive_release,
	.wait = passive_wait,
	.count = passive_count,
	.describe = passive_describe,
	.lag_ns = passive_lag_ns,
	.close = passive_close,
};
