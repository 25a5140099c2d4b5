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
#include <unistd.h>

#include <rte_mbuf.h>

#include "capabilities.h"
#include "dpdk_capture/adapter/adapter.h"
#include "dpdk_capture/clock/clock_pair.h"
#include "dpdk_capture/clock/wall_clock.h"
#include "packet_filter.h"
#include "packet_ring.h"
#include "packet_socket.h"
#include "port.h"
#include "prof/cli.h"
#include "prof/clock.h"
#include "source.h"

#define SLOT_BYTES   256
#define SLOT_COUNT   24576 /* 6 MiB, and as many again: the driver maps a ring to send, too */
#define ARGUMENTS    "framesz=%d,blocksz=65536,framecnt=%d"
#define DEVICE	     "net_af_packet_passive"
#define BUFFER_COUNT 511 /* a burst, and what the pool keeps at hand; all go back after each */
#define BUFFER_BYTES 512 /* a slot, and a VLAN tag put back */

/*
 * A frame is in the ring within microseconds of its stamp, unless the
 * processor that received it was taken away meanwhile.
 */
#define LAG_NS_MIN ((uint64_t)5 * PROF_NS_PER_MS)

/* The kernel's clock is read once for each frame; reading it takes this long. */
#define STAMP_UNCERTAINTY_NS 50

struct passive {
	struct port port;
	struct packet_socket socket;
	struct packet_ring ring;
	bool is_stamped; /* the ring has proved right so far */
	bool is_busy;
	bool is_loopback;
	uint32_t interface_index;
	enum packet_link link; /* Ethernet, or none */
	bool is_marking;       /* the kernel marks the frames that were merged */
	uint64_t filtered_ns;  /* when the filter that does it was in force */
	uint64_t empty_ns;     /* before the last poll that left nothing in the ring */
	struct wall_clock clock;
	struct adapter adapter;
	uint64_t foreign_count;
	uint64_t unstamped_count;
	uint64_t clock_step_count;
	uint16_t buffer_count;
	struct rte_mbuf *buffers[BURST_FRAME_COUNT_MAX];
	struct packet_slot slots[BURST_FRAME_COUNT_MAX];
	char interface[IF_NAMESIZE];
};

static int open_socket(struct passive *passive, struct fault *fault)
{
	int err = packet_socket_find(passive->interface_index, &passive->socket);

	if (err)
		return fault_set(fault, err, "net_af_packet",
				 "its socket is not among our descriptors", "");
	err = packet_filter_attach(passive->socket.fd, passive->link, passive->is_loopback,
				   &passive->is_marking);
	passive->filtered_ns = prof_now_ns();
	if (err && passive->is_loopback)
		return fault_set(fault, err, passive->interface,
				 "frames would be seen twice: the socket takes no filter", "");
	/* Without this stamps are a little late. */
	(void)packet_socket_stamp_early(&passive->socket);
	passive->is_stamped = packet_ring_find(passive->socket.fd, SLOT_BYTES, SLOT_COUNT,
					       &passive->ring) == 0;
	return 0;
}

static void passive_close(void *state)
{
	struct passive *passive = state;

	if (!passive)
		return;
	adapter_close(&passive->adapter);
	port_close(&passive->port);
	free(passive);
}

/* When the kernel had the frames: without it there is only the adapter's word. */
static void listen_for_handover(struct passive *passive)
{
	struct handover *handover = &passive->adapter.handover;
	bool is_marking;

	if (handover_open(handover) < 0 ||
	    packet_filter_attach(handover->fd, passive->link, passive->is_loopback, &is_marking) <
		    0 ||
	    handover_listen(handover, passive->interface_index) < 0)
		handover_close(handover);
}

/* The adapter's stamps, if they are to be had. */
static void open_adapter(struct passive *passive, const struct source_options *options)
{
	struct fault why;
	int err;

	if (!passive->is_stamped)
		return;
	err = adapter_open(passive->interface, (enum adapter_wish)options->stamps,
			   &passive->adapter, &why);
	if (err == 0)
		err = packet_socket_stamp_by_adapter(&passive->socket);
	if (err == 0) {
		listen_for_handover(passive);
		return;
	}
	adapter_close(&passive->adapter);
	if (options->stamps == ADAPTER_ASKED ||
	    (options->is_verbose && options->stamps == ADAPTER_AS_SET))
		prof_complain("dpdk_capture", why.what, why.why,
			      why.remedy[0] ? why.remedy : "the kernel's stamps are used");
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
	enum packet_link link;
	int err = packet_socket_check(options->interface, &is_loopback, &link, ret_fault);

	if (err)
		return err;
	passive = calloc(1, sizeof(*passive));
	if (!passive)
		return fault_set(ret_fault, -ENOMEM, "passive source", "out of memory", "");
	adapter_init(&passive->adapter);
	(void)snprintf(passive->interface, sizeof(passive->interface), "%s", options->interface);
	(void)snprintf(arguments, sizeof(arguments), "iface=%s," ARGUMENTS, passive->interface,
		       SLOT_BYTES, SLOT_COUNT);
	passive->interface_index = if_nametoindex(passive->interface);
	passive->is_busy = options->is_busy;
	passive->is_loopback = is_loopback;
	passive->link = link;
	err = port_open(&port_options, &passive->port, ret_fault);
	if (err)
		capabilities_blame(ret_fault);
	else
		err = open_socket(passive, ret_fault);
	if (err) {
		passive_close(passive);
		return err;
	}
	open_adapter(passive, options);
	clock_pair_retake(&passive->clock);
	passive->empty_ns = prof_now_ns();
	*ret_state = passive;
	return 0;
}

static uint8_t kernel_uncertainty_log2(const struct passive *passive)
{
	return prof_uncertainty_log2(passive->clock.uncertainty_ns + STAMP_UNCERTAINTY_NS);
}

static void stamp_by_kernel(const struct passive *passive, uint64_t wall_ns,
			    struct sighting *sighting)
{
	sighting->time_ns = wall_clock_to_monotonic(&passive->clock, wall_ns);
	sighting->stamp_source = PROF_STAMP_PACKET;
	sighting->uncertainty_log2_ns = kernel_uncertainty_log2(passive);
	if (wall_clock_is_stepped(&passive->clock))
		sighting->flags |= PROF_FLAG_CLOCK_STEP;
}

/* The kernel's stamp beside the adapter's, where they can be of one frame. */
static void add_handed(const struct passive *passive, uint64_t wall_ns, struct sighting *sighting)
{
	int64_t after_ns = prof_delta_ns(sighting->time_ns,
					 wall_clock_to_monotonic(&passive->clock, wall_ns));

	if (wall_clock_is_stepped(&passive->clock) || after_ns < INT32_MIN || after_ns > INT32_MAX)
		return;
	sighting->flags |= PROF_FLAG_HANDED;
	sighting->handed_after_ns = (int32_t)after_ns;
	sighting->handed_uncertainty_log2_ns = kernel_uncertainty_log2(passive);
}

/*
 * Where the adapter's stamp is not sure the kernel's takes its place; without that, too, the
 * poll's, which the sighting has already, stays.
 */
static void stamp_by_adapter(struct passive *passive, uint64_t device_ns, struct sighting *sighting)
{
	uint64_t uncertainty_ns;
	uint64_t time_ns;
	uint64_t wall_ns;
	bool is_handed = adapter_handed(&passive->adapter, device_ns, &wall_ns);

	if (adapter_convert(&passive->adapter, device_ns, &time_ns, &uncertainty_ns)) {
		sighting->time_ns = time_ns;
		sighting->stamp_source = PROF_STAMP_NIC;
		sighting->uncertainty_log2_ns = prof_uncertainty_log2(uncertainty_ns);
		if (is_handed)
			add_handed(passive, wall_ns, sighting);
	} else if (is_handed) {
		stamp_by_kernel(passive, wall_ns, sighting);
	}
}

static void stamp_by_slot(struct passive *passive, const struct packet_slot *slot,
			  struct sighting *sighting)
{
	if (slot->is_adapter_stamp) {
		stamp_by_adapter(passive, slot->stamp_ns, sighting);
	} else {
		if (passive->adapter.is_used && !slot->is_outgoing)
			adapter_miss(&passive->adapter);
		stamp_by_kernel(passive, slot->stamp_ns, sighting);
	}
	sighting->wall_time_ns = slot->is_adapter_stamp
					 ? sighting->time_ns - passive->clock.offset_ns
					 : slot->stamp_ns;
	if (slot->is_marked_merged)
		sighting->flags |= PROF_FLAG_MERGED;
	/* The first ones may have come in before the filter. */
	sighting->is_marked = passive->is_marking &&
			      prof_delta_ns(passive->filtered_ns, sighting->time_ns) >= 0;
}

/* What is true of a frame without the ring. */
static void fill_frame(const struct passive *passive, const struct rte_mbuf *buffer,
		       struct frame *frame)
{
	frame->bytes = rte_pktmbuf_mtod(buffer, const uint8_t *);
	frame->captured_bytes = rte_pktmbuf_data_len(buffer);
	frame->wire_bytes = rte_pktmbuf_pkt_len(buffer);
	frame->link = (uint8_t)passive->link;
}

/* Once out of step nothing in the ring can be assigned to a frame any more. */
static void distrust_ring(struct passive *passive)
{
	passive->is_stamped = false;
	prof_complain("dpdk_capture", passive->interface,
		      "the packet ring is not laid out as expected",
		      "stamps are taken at the poll from now on");
}

/*
 * Until the driver had bound its socket, and we had set a filter, it took in
 * what came anywhere and both ways.
 */
static bool is_foreign(const struct passive *passive, const struct packet_slot *slot)
{
	return slot->interface_index != passive->interface_index ||
	       (passive->is_loopback && slot->is_outgoing);
}

/* The frames of the burst; returns how many are of this interface. */
static size_t fill_frames(struct passive *passive, const struct sighting *polled,
			  struct burst *burst)
{
	size_t count = 0;

	for (size_t i = 0; i < passive->buffer_count; i++) {
		const struct packet_slot *slot = &passive->slots[i];
		struct sighting *sighting = &burst->sightings[count];
		struct frame *frame = &burst->frames[count];

		fill_frame(passive, passive->buffers[i], frame);
		frame->sighting = sighting;
		*sighting = *polled;
		if (passive->is_stamped && slot->captured_bytes != frame->wire_bytes)
			distrust_ring(passive);
		if (passive->is_stamped && is_foreign(passive, slot)) {
			passive->foreign_count++;
			continue;
		}
		if (passive->is_stamped) {
			frame->wire_bytes = slot->wire_bytes;
			stamp_by_slot(passive, slot, sighting);
		} else {
			passive->unstamped_count++;
		}
		count++;
	}
	return count;
}

static void passive_release(void *state)
{
	struct passive *passive = state;

	port_free(&passive->port, passive->buffers, passive->buffer_count);
	passive->buffer_count = 0;
}

static void passive_poll(void *state, uint64_t begun_ns, struct burst *ret_burst)
{
	struct passive *passive = state;
	struct sighting polled = { .stamp_source = PROF_STAMP_POLL };
	uint64_t empty_ns = passive->empty_ns;
	size_t count_max = BURST_FRAME_COUNT_MAX;

	ret_burst->is_over = false;
	ret_burst->frame_count = 0;
	if (passive->is_stamped)
		count_max = packet_ring_peek(&passive->ring, passive->slots, count_max);
	ret_burst->is_drained = count_max < BURST_FRAME_COUNT_MAX;
	if (ret_burst->is_drained)
		passive->empty_ns = begun_ns;
	if (count_max == 0)
		return;
	/* No more than were looked at: each frame has its slot. */
	passive->buffer_count = port_receive(&passive->port, passive->buffers, (uint16_t)count_max);
	if (passive->buffer_count < count_max) {
		/* The driver left some that were seen; without a ring it says that none are left.
		 */
		ret_burst->is_drained = !passive->is_stamped;
		passive->empty_ns = passive->is_stamped ? empty_ns : begun_ns;
	}
	if (passive->buffer_count == 0)
		return;
	packet_ring_advance(&passive->ring, passive->buffer_count);
	polled.time_ns = clock_pair_check(&passive->clock);
	if (passive->adapter.is_used)
		adapter_mark(&passive->adapter);
	/* A frame can have come at any time since the ring was known to be empty. */
	polled.uncertainty_log2_ns = prof_uncertainty_log2(
		(uint64_t)prof_delta_ns(empty_ns, polled.time_ns));
	ret_burst->frame_count = fill_frames(passive, &polled, ret_burst);
	if (passive->is_stamped && wall_clock_is_stepped(&passive->clock))
		passive->clock_step_count += ret_burst->frame_count;
	if (ret_burst->frame_count == 0)
		passive_release(passive);
}

static void passive_wait(void *state, uint32_t timeout_us)
{
	struct passive *passive = state;

	if (wall_clock_is_due(&passive->clock, prof_now_ns()))
		clock_pair_retake(&passive->clock);
	if (adapter_is_due(&passive->adapter, prof_now_ns()))
		adapter_mark(&passive->adapter);
	/*
	 * Not in poll(2) on the socket: the kernel would wake us from within the
	 * path that the frame takes to its receiver, and the wake-up (tens of
	 * microseconds in a virtual machine) would be part of what is measured.
	 */
	if (!passive->is_busy)
		(void)usleep(timeout_us); /* woken early is as good */
}

static void passive_count(void *state, struct source_counters *ret_counters)
{
	struct passive *passive = state;

	memset(ret_counters, 0, sizeof(*ret_counters));
	port_count(&passive->port, ret_counters);
	ret_counters->ring_drop_count = packet_socket_drop_count(&passive->socket);
	ret_counters->foreign_count = passive->foreign_count;
	ret_counters->unstamped_count = passive->unstamped_count;
	ret_counters->adapter_count = passive->adapter.stamped_count;
	ret_counters->adapter_bare_count = passive->adapter.bare_count;
	ret_counters->adapter_aside_count = passive->adapter.aside_count;
	ret_counters->adapter_unread_count = passive->adapter.unread_count;
	ret_counters->adapter_stepped_count = passive->adapter.stepped_count;
	ret_counters->adapter_unhanded_count = passive->adapter.unhanded_count;
	ret_counters->clock_step_count = passive->clock_step_count +
					 passive->adapter.clock.step_count;
}

static const char *stamps_text(const struct passive *passive)
{
	if (passive->adapter.is_used)
		return "the adapter's, of each packet";
	return passive->is_stamped ? "the kernel's, of each packet" : "at the poll";
}

static void passive_describe(void *state, char *text, size_t size_bytes)
{
	const struct passive *passive = state;

	(void)snprintf(text, size_bytes, "passive: %s%s, stamps: %s, merged frames: %s",
		       passive->interface, passive->link == PACKET_LINK_ETHERNET ? "" : " (raw IP)",
		       stamps_text(passive),
		       passive->is_marking && passive->is_stamped ? "marked" : "by the MSS");
}

static uint64_t passive_lag_ns(void *state)
{
	const struct passive *passive = state;

	return passive->is_stamped ? LAG_NS_MIN : 0;
}

static int passive_check(void *state, struct fault *ret_fault)
{
	const struct passive *passive = state;

	if (!packet_socket_is_orphaned(&passive->socket))
		return 0;
	return fault_set(ret_fault, -ENODEV, passive->interface, "the interface is gone",
			 "start the capture again when it is back");
}

const struct source_ops source_passive = {
	.open = passive_open,
	.poll = passive_poll,
	.release = passive_release,
	.wait = passive_wait,
	.count = passive_count,
	.describe = passive_describe,
	.lag_ns = passive_lag_ns,
	.check = passive_check,
	.close = passive_close,
};
