/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Offline: a capture file, pcap or pcapng, through net_pcap.
 *
 * The driver checks neither the link type nor the end of the file, and cuts
 * stamps to microseconds.  So the file is read a second time, in step, with
 * libpcap itself: for the stamps, the lengths on the wire, and the end.
 */
#include <errno.h>
#include <fcntl.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_mbuf.h>

#include "dpdk_capture/clock/clock_pair.h"
#include "dpdk_capture/clock/wall_clock.h"
#include "port.h"
#include "prof/cli.h"
#include "prof/clock.h"
#include "source.h"

#define DEVICE	     "net_pcap_offline"
#define BUFFER_COUNT 4095
#define BUFFER_BYTES 2176

/* Polls in a row that bring nothing before the end: the driver has given up. */
#define EMPTY_POLL_COUNT_MAX 64

struct offline {
	struct port port;
	pcap_t *file;
	int fd;
	uint64_t frame_count;	 /* in the file */
	uint64_t taken_count;	 /* of those, received */
	uint64_t mismatch_count; /* driver and libpcap disagreed about a frame */
	uint32_t empty_poll_count;
	bool is_wall_time;
	struct wall_clock clock;
	uint16_t buffer_count;
	struct rte_mbuf *buffers[BURST_FRAME_COUNT_MAX];
	char name[128];
};

static void offline_close(void *state)
{
	struct offline *offline = state;

	if (!offline)
		return;
	port_close(&offline->port);
	if (offline->file)
		pcap_close(offline->file);
	if (offline->fd >= 0)
		(void)close(offline->fd);
	free(offline);
}

static int open_file(const char *path, pcap_t **ret_file, struct fault *fault)
{
	char why[PCAP_ERRBUF_SIZE];
	pcap_t *file = pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO,
							       why);

	if (!file)
		return fault_set(fault, -EINVAL, path, why,
				 "give a file written by tcpdump, tshark or dumpcap");
	if (pcap_datalink(file) != DLT_EN10MB) {
		(void)snprintf(why, sizeof(why), "its link type is %s, not Ethernet",
			       pcap_datalink_val_to_name(pcap_datalink(file)));
		pcap_close(file);
		return fault_set(fault, -EPROTONOSUPPORT, path, why,
				 "capture on one interface instead of 'any'");
	}
	*ret_file = file;
	return 0;
}

/* Reads it all once: how many frames there are, and whether it is whole. */
static int count_frames(const char *path, uint64_t *ret_count, struct fault *fault)
{
	struct pcap_pkthdr *header;
	const unsigned char *bytes;
	uint64_t count = 0;
	pcap_t *file = NULL;
	int status;
	int err = open_file(path, &file, fault);

	if (err)
		return err;
	while ((status = pcap_next_ex(file, &header, &bytes)) == 1)
		count++;
	if (status == PCAP_ERROR)
		prof_complain("dpdk_capture", path, pcap_geterr(file), "it is used up to there");
	pcap_close(file);
	*ret_count = count;
	return 0;
}

static int open_all(struct offline *offline, const char *path, struct fault *fault)
{
	char arguments[64];
	struct port_options options = {
		.device = DEVICE,
		.arguments = arguments,
		.frame_bytes_max = BUFFER_BYTES,
		.queue_frame_count = 512,
		.buffer_count = BUFFER_COUNT,
	};
	int err;

	offline->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (offline->fd < 0)
		return fault_set(fault, -errno, path, strerror(errno), "name a capture file");
	err = count_frames(path, &offline->frame_count, fault);
	if (err == 0)
		err = open_file(path, &offline->file, fault);
	if (err)
		return err;
	/* By its descriptor: a path may hold commas, which the driver takes for its own. */
	(void)snprintf(arguments, sizeof(arguments), "rx_pcap=/proc/self/fd/%d", offline->fd);
	return port_open(&options, &offline->port, fault);
}

static int offline_open(const struct source_options *options, void **ret_state,
			struct fault *ret_fault)
{
	struct offline *offline = calloc(1, sizeof(*offline));
	int err;

	if (!offline)
		return fault_set(ret_fault, -ENOMEM, "offline source", "out of memory", "");
	offline->fd = -1;
	offline->is_wall_time = options->is_wall_time;
	(void)snprintf(offline->name, sizeof(offline->name), "%s", options->file);
	err = open_all(offline, options->file, ret_fault);
	if (err) {
		offline_close(offline);
		return err;
	}
	*ret_state = offline;
	return 0;
}

/* The file's own record of the frame that the driver has just given. */
static void fill_frame(struct offline *offline, const struct rte_mbuf *buffer, struct frame *frame)
{
	struct sighting sighting = { .stamp_source = PROF_STAMP_FILE, .uncertainty_log2_ns = 10 };
	struct pcap_pkthdr *header;
	const unsigned char *bytes;
	uint32_t wire_bytes = rte_pktmbuf_pkt_len(buffer);

	if (pcap_next_ex(offline->file, &header, &bytes) == 1) {
		uint64_t wall_ns = (uint64_t)header->ts.tv_sec * PROF_NS_PER_S +
				   (uint64_t)header->ts.tv_usec; /* ns: as we asked for */

		if (header->caplen != wire_bytes)
			offline->mismatch_count++;
		wire_bytes = header->len;
		sighting.time_ns = offline->is_wall_time
					   ? wall_ns
					   : wall_clock_to_monotonic(&offline->clock, wall_ns);
	} else {
		offline->mismatch_count++;
	}
	frame->bytes = rte_pktmbuf_mtod(buffer, const uint8_t *);
	frame->captured_bytes = rte_pktmbuf_data_len(buffer);
	frame->wire_bytes = wire_bytes;
	frame->sighting = sighting;
}

static void offline_poll(void *state, uint64_t begun_ns, struct burst *ret_burst)
{
	struct offline *offline = state;

	if (wall_clock_is_due(&offline->clock, begun_ns))
		clock_pair_retake(&offline->clock);
	offline->buffer_count = port_receive(&offline->port, offline->buffers,
					     BURST_FRAME_COUNT_MAX);
	for (size_t i = 0; i < offline->buffer_count; i++)
		fill_frame(offline, offline->buffers[i], &ret_burst->frames[i]);
	offline->taken_count += offline->buffer_count;
	offline->empty_poll_count = offline->buffer_count ? 0 : offline->empty_poll_count + 1;
	ret_burst->frame_count = offline->buffer_count;
	ret_burst->is_drained = true;
	ret_burst->is_over = offline->taken_count >= offline->frame_count ||
			     offline->empty_poll_count > EMPTY_POLL_COUNT_MAX;
}

static void offline_release(void *state)
{
	struct offline *offline = state;

	port_free(&offline->port, offline->buffers, offline->buffer_count);
	offline->buffer_count = 0;
}

static void offline_wait(void *state, uint32_t timeout_us)
{
	(void)state;
	(void)timeout_us;
}

static void offline_count(void *state, struct source_counters *ret_counters)
{
	struct offline *offline = state;

	memset(ret_counters, 0, sizeof(*ret_counters));
	port_count(&offline->port, ret_counters);
	ret_counters->unstamped_count = offline->mismatch_count;
	if (offline->empty_poll_count > EMPTY_POLL_COUNT_MAX)
		ret_counters->missed_count = offline->frame_count - offline->taken_count;
}

static void offline_describe(void *state, char *text, size_t size_bytes)
{
	const struct offline *offline = state;

	(void)snprintf(text, size_bytes, "offline: %s, %llu frames, stamps: of the file",
		       offline->name, (unsigned long long)offline->frame_count);
}

static uint64_t offline_lag_ns(void *state)
{
	(void)state;
	return 0;
}

const struct source_ops source_offline = {
	.open = offline_open,
	.poll = offline_poll,
	.release = offline_release,
	.wait = offline_wait,
	.count = offline_count,
	.describe = offline_describe,
	.lag_ns = offline_lag_ns,
	.close = offline_close,
};
