/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inline: DPDK owns the device, so the kernel would never see its traffic.
 * Every frame is stamped and handed on, mbuf for mbuf, to a new interface of
 * the kernel (a tap) that bears the device's own address, and back.
 *
 * Without an exception interface frames are looked at and freed: for a
 * mirror port, and for measuring.
 */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include "dpdk_capture/adapter/adapter.h"
#include "dpdk_capture/port_clock/port_clock.h"
#include "packet_ring.h"
#include "packet_socket.h"
#include "port.h"
#include "prof/cli.h"
#include "prof/clock.h"
#include "source.h"
#include "way.h"

#define BUFFER_COUNT	  16383
#define BUFFER_BYTES	  2176 /* a full frame with tags, or a slot of net_af_packet */
#define QUEUE_FRAME_COUNT 1024
#define TAP_DEVICE	  "net_tap_exception"
#define VHOST_DEVICE	  "net_virtio_user_exception"
#define VHOST_PATH	  "/dev/vhost-net"

/* A tap cannot be waited for beside a socket: sleep no longer than this. */
#define WAIT_US_MAX 100

/* A frame is polled within milliseconds of the adapter's stamp, or it finds no room. */
#define STAMP_LAG_NS ((uint64_t)5 * PROF_NS_PER_MS)

struct inline_source {
	struct port device;
	struct port kernel;
	struct way ways[2]; /* in, out */
	size_t way_count;
	size_t way_index; /* whose turn it is */
	bool has_socket;
	bool is_busy;
	bool is_verbose;
	bool is_forced;
	bool is_stamping; /* the adapter's stamps are asked for */
	bool is_emptied;  /* the device, by its last poll */
	struct port_clock clock;
	bool has_ring;
	uint32_t slot_bytes; /* what net_af_packet was told: the ring is known by it */
	uint32_t slot_count;
	struct packet_socket socket; /* the device's, if it is net_af_packet */
	struct packet_ring ring;     /* likewise: says which frames did not fit their slot */
	struct source_counters counters;
	bool has_vhost; /* the kernel's side is virtio, not a tap's read(2) and write(2) */
	char exception[IF_NAMESIZE];
	char device_name[64];
};

static void inline_close(void *state)
{
	struct inline_source *source = state;

	if (!source)
		return;
	port_close(&source->kernel);
	port_close(&source->device);
	free(source);
}

/* Two hosts would answer for the machine's own address. */
static int refuse_default_route(const struct inline_source *source, unsigned int interface_index,
				struct fault *fault)
{
	char name[IF_NAMESIZE];

	if (source->is_forced || !if_indextoname(interface_index, name) ||
	    !packet_socket_carries_default_route(name))
		return 0;
	return fault_set(fault, -EBUSY, name, "the default route leaves by it",
			 "name another, or --force if you can do without");
}

/* The one port that EAL has made from the user's words. */
static int find_device(struct inline_source *source, struct fault *fault)
{
	uint16_t port_id = rte_eth_find_next(0);
	struct rte_eth_dev_info info;

	if (rte_eth_dev_count_avail() != 1)
		return fault_set(fault, -ENODEV, "devices of EAL (-a, --vdev)",
				 rte_eth_dev_count_avail() ? "more than one port came up"
							   : "none of them came up",
				 "name one; a PCI device must be bound to vfio-pci");
	if (rte_eth_dev_get_name_by_port(port_id, source->device_name) != 0 ||
	    rte_eth_dev_info_get(port_id, &info) != 0)
		return fault_set(fault, -EIO, "port 0", "the driver does not describe it", "");
	source->has_socket = strstr(info.driver_name, "af_packet") && info.if_index &&
			     packet_socket_find(info.if_index, &source->socket) == 0;
	if (info.if_index && refuse_default_route(source, info.if_index, fault) < 0)
		return -EBUSY;
	source->has_ring = source->has_socket &&
			   packet_ring_find(source->socket.fd, source->slot_bytes,
					    source->slot_count, &source->ring) == 0;
	return 0;
}

/* The adapter's stamps, if they are to be had; else one line says why not. */
static void open_clock(struct inline_source *source)
{
	struct fault why;

	if (!source->device.is_stamping)
		prof_complain("dpdk_capture", source->device_name,
			      "its driver offers no stamps of received packets",
			      "the poll's stamps are used");
	else if (port_clock_open(source->device.id, &source->clock, &why) < 0)
		prof_complain("dpdk_capture", why.what, why.why, why.remedy);
}

static int open_device(struct inline_source *source, struct fault *fault)
{
	struct port_options options = {
		.device = source->device_name,
		.frame_bytes_max = BUFFER_BYTES,
		.queue_frame_count = QUEUE_FRAME_COUNT,
		.buffer_count = BUFFER_COUNT,
		.is_verbose = source->is_verbose,
	};
	int err = find_device(source, fault);

	if (err)
		return err;
	/* net_af_packet would leave the kernel's interface promiscuous behind us. */
	options.is_promiscuous = !source->has_socket;
	options.is_stamping = source->is_stamping;
	err = port_open(&options, &source->device, fault);
	if (err == 0 && source->is_stamping)
		open_clock(source);
	return err;
}

/* The kernel's side, which hands on the buffers that the device's side has filled. */
static int open_kernel(struct inline_source *source, const char *device, const char *arguments,
		       struct fault *fault)
{
	const struct port_options options = {
		.device = device,
		.arguments = arguments,
		.frame_bytes_max = BUFFER_BYTES,
		.queue_frame_count = QUEUE_FRAME_COUNT,
		.pool = source->device.pool,
		.is_verbose = source->is_verbose,
	};

	return port_open(&options, &source->kernel, fault);
}

/* Frames cross to the kernel in a thread of its own, without a system call each. */
static int open_vhost(struct inline_source *source, const char *mac, struct fault *fault)
{
	char arguments[128];

	(void)snprintf(arguments, sizeof(arguments),
		       "path=" VHOST_PATH ",iface=%s,mac=%s,queues=1,queue_size=%d",
		       source->exception, mac, QUEUE_FRAME_COUNT);
	return open_kernel(source, VHOST_DEVICE, arguments, fault);
}

static int open_tap(struct inline_source *source, const char *mac, struct fault *fault)
{
	char arguments[64];

	(void)snprintf(arguments, sizeof(arguments), "iface=%s,mac=%s", source->exception, mac);
	return open_kernel(source, TAP_DEVICE, arguments, fault);
}

static int open_exception(struct inline_source *source, struct fault *fault)
{
	char mac[18];

	if (access("/dev/net/tun", R_OK | W_OK) < 0)
		return fault_set(fault, -errno, "/dev/net/tun", strerror(errno),
				 "modprobe tun, and run as root");
	if (if_nametoindex(source->exception))
		return fault_set(fault, -EEXIST, source->exception,
				 "an interface of that name is there already",
				 "--exception names one to be made; ip link del removes it");
	port_mac_text(&source->device, mac);
	/* Beside net_af_packet the way through the kernel is long anyway. */
	source->has_vhost = !source->has_socket && access(VHOST_PATH, R_OK | W_OK) == 0 &&
			    open_vhost(source, mac, fault) == 0;
	return source->has_vhost ? 0 : open_tap(source, mac, fault);
}

static int inline_open(const struct source_options *options, void **ret_state,
		       struct fault *ret_fault)
{
	struct inline_source *source;
	int err;

	if (options->exception && strlen(options->exception) >= sizeof(source->exception))
		return fault_set(ret_fault, -EINVAL, "--exception", "the name is too long",
				 "15 characters at most");
	source = calloc(1, sizeof(*source));
	if (!source)
		return fault_set(ret_fault, -ENOMEM, "inline source", "out of memory", "");
	source->is_busy = options->is_busy;
	source->is_verbose = options->is_verbose;
	source->is_forced = options->is_forced || !options->exception;
	/* There is no "as it is set": the port is ours, and stamping costs some drivers their
	 * speed. */
	source->is_stamping = options->stamps == ADAPTER_ASKED;
	source->slot_bytes = options->inline_slot_bytes;
	source->slot_count = options->inline_slot_count;
	err = open_device(source, ret_fault);
	if (err == 0 && options->exception) {
		(void)snprintf(source->exception, sizeof(source->exception), "%s",
			       options->exception);
		err = open_exception(source, ret_fault);
	}
	if (err) {
		inline_close(source);
		return err;
	}
	source->ways[0] = (struct way){ .from = &source->device,
					.ring = source->has_ring ? &source->ring : NULL,
					.empty_ns = prof_now_ns() };
	source->ways[1] = (struct way){ .from = &source->kernel,
					.to = &source->device,
					.empty_ns = prof_now_ns() };
	source->way_count = options->exception ? 2 : 1;
	if (options->exception)
		source->ways[0].to = &source->kernel;
	*ret_state = source;
	return 0;
}

/* Where the adapter's stamp is not sure the poll's, which the sighting has already, stays. */
static void stamp_by_adapter(struct inline_source *source, const struct rte_mbuf *buffer,
			     struct sighting *sighting)
{
	struct port_stamp stamp;
	int64_t after_ns;

	if (!port_clock_stamp(&source->clock, buffer, &stamp))
		return;
	after_ns = prof_delta_ns(stamp.time_ns, sighting->time_ns);
	/* The driver handed it over to the poll. */
	if (after_ns >= INT32_MIN && after_ns <= INT32_MAX) {
		sighting->flags |= PROF_FLAG_HANDED;
		sighting->handed_after_ns = (int32_t)after_ns;
		sighting->handed_uncertainty_log2_ns = 0;
	}
	sighting->time_ns = stamp.time_ns;
	sighting->stamp_source = PROF_STAMP_NIC;
	sighting->uncertainty_log2_ns = prof_uncertainty_log2(stamp.uncertainty_ns);
}

/* The two directions take turns: one burst each. */
static void inline_poll(void *state, uint64_t begun_ns, struct burst *ret_burst)
{
	struct inline_source *source = state;
	/* An adapter of our own merges nothing: all its offloads are off. */
	struct sighting sighting = { .stamp_source = PROF_STAMP_POLL,
				     .is_marked = !source->has_socket };
	struct way *way;
	bool is_emptied;
	bool is_stamped;

	source->way_index = source->way_index + 1 < source->way_count ? source->way_index + 1 : 0;
	way = &source->ways[source->way_index];
	is_emptied = way_receive(way);
	ret_burst->frame_count = way->buffer_count;
	if (way->from == &source->device)
		source->is_emptied = is_emptied;
	/* A frame is stamped when it is polled, so what is not polled yet has no past; unless the
	 * adapter stamps it. */
	ret_burst->is_drained = !source->clock.is_used || source->is_emptied;
	ret_burst->is_over = false;
	is_stamped = source->clock.is_used && way->from == &source->device;
	if (way->buffer_count) {
		sighting.time_ns = prof_now_ns();
		/* Any of them can have come as early as just after the port was last empty. */
		sighting.uncertainty_log2_ns = prof_uncertainty_log2(
			(uint64_t)prof_delta_ns(way->empty_ns, sighting.time_ns));
		if (is_stamped)
			port_clock_mark(&source->clock);
	}
	if (is_emptied)
		way->empty_ns = begun_ns;
	ret_burst->sightings[0] = sighting;
	way_fill_frames(way, is_stamped, ret_burst);
	for (size_t i = 0; is_stamped && i < way->buffer_count; i++)
		stamp_by_adapter(source, way->buffers[i], &ret_burst->sightings[i]);
}

static void inline_release(void *state)
{
	struct inline_source *source = state;
	struct way *way = &source->ways[source->way_index];
	uint16_t kept;
	uint16_t sent;

	if (!way->to) {
		port_free(way->from, way->buffers, way->buffer_count);
	} else {
		kept = way_drop_oversized(way, &source->counters.oversized_count);
		sent = port_send(way->to, way->buffers, kept);
		source->counters.forwarded_count += sent;
		source->counters.handon_drop_count += (uint64_t)(kept - sent);
	}
	way->buffer_count = 0;
}

static void inline_wait(void *state, uint32_t timeout_us)
{
	struct inline_source *source = state;

	if (port_clock_is_due(&source->clock, prof_now_ns()))
		port_clock_mark(&source->clock);
	if (source->is_busy)
		return;
	if (timeout_us > WAIT_US_MAX)
		timeout_us = WAIT_US_MAX;
	if (source->has_socket)
		packet_socket_wait(&source->socket, timeout_us);
	else
		(void)usleep(timeout_us); /* woken early is as good */
}

static void inline_count(void *state, struct source_counters *ret_counters)
{
	struct inline_source *source = state;

	*ret_counters = source->counters;
	port_count(&source->device, ret_counters);
	port_count(&source->kernel, ret_counters);
	ret_counters->adapter_count = source->clock.stamped_count;
	ret_counters->adapter_bare_count = source->clock.bare_count;
	ret_counters->adapter_unread_count = source->clock.unread_count;
	ret_counters->adapter_stepped_count = source->clock.stepped_count;
	ret_counters->clock_step_count = source->clock.clock.step_count;
	if (source->has_socket)
		ret_counters->ring_drop_count = packet_socket_drop_count(&source->socket);
}

static void inline_describe(void *state, char *text, size_t size_bytes)
{
	const struct inline_source *source = state;
	const char *stamps = source->clock.is_used ? "the adapter's, of each packet"
						   : "at the poll";

	if (source->exception[0])
		(void)snprintf(text, size_bytes, "inline: %s <-> %s by %s, stamps: %s",
			       source->device_name, source->exception,
			       source->has_vhost ? "vhost-net" : "tap", stamps);
	else
		(void)snprintf(text, size_bytes, "inline: %s, frames are not handed on, stamps: %s",
			       source->device_name, stamps);
}

static uint64_t inline_lag_ns(void *state)
{
	const struct inline_source *source = state;

	return source->clock.is_used ? STAMP_LAG_NS : 0;
}

static int inline_check(void *state, struct fault *ret_fault)
{
	const struct inline_source *source = state;

	/* Without a socket the driver owns the adapter. */
	if (!source->has_socket || !packet_socket_is_orphaned(&source->socket))
		return 0;
	return fault_set(ret_fault, -ENODEV, source->device_name, "its interface is gone",
			 "start the capture again when it is back");
}

const struct source_ops source_inline = {
	.open = inline_open,
	.poll = inline_poll,
	.release = inline_release,
	.wait = inline_wait,
	.count = inline_count,
	.describe = inline_describe,
	.lag_ns = inline_lag_ns,
	.check = inline_check,
	.close = inline_close,
};
