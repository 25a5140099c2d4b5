/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Offline: a capture file, whoever wrote it, read whole: each frame with the
 * stamp, the link type and the lengths that the file gives it.
 *
 * DPDK's own driver for files (net_pcap) is of no use here: it ends silently
 * at a pcapng's second interface, cuts stamps to microseconds and knows no
 * link type.
 *
 * What could not be read is counted, told once at the end, and fails the run.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dpdk_capture/clock/clock_pair.h"
#include "dpdk_capture/clock/wall_clock.h"
#include "dpdk_capture/files/reader.h"
#include "dpdk_capture/files/unpack.h"
#include "prof/cli.h"
#include "prof/clock.h"
#include "source.h"

/* Room for the longest thing that a reader may want whole, twice. */
#define BUFFER_BYTES (2 * (size_t)READER_FRAME_BYTES_MAX)

/* Until more is wanted at once, so much is read ahead. */
#define CHUNK_BYTES ((size_t)1 << 18)

#define WHY_BYTES 160

/* Where the first frame of a file from before the boot is put. */
#define FIRST_TIME_NS ((int64_t)60 * PROF_NS_PER_S)

/* A clock that is ahead of ours by more: what is stamped by it would be taken for gone. */
#define AHEAD_NS_MAX ((int64_t)10 * PROF_NS_PER_S)

/* Another reason why a frame was not read, beside the reader's. */
#define NO_STAMP (UINT32_MAX - 2)

/* Likewise: it lies so far before the first one that our clock has no place for it. */
#define NO_PLACE (UINT32_MAX - 3)

struct offline {
	struct unpack *unpack;
	struct reader reader;
	uint8_t *buffer;
	size_t begin; /* of what has not been used yet */
	size_t end;
	bool is_wall_time;
	bool is_over;
	void (*take_secrets)(void *context, const char *text, size_t size_bytes);
	void *secrets_context;
	struct wall_clock clock;
	bool has_shift; /* shift_ns has been decided */
	uint64_t shift_ns;
	uint64_t begun_ns; /* of the last poll */
	uint64_t unread_count;
	uint64_t unstamped_count;
	uint32_t unread_type; /* of the first one: LINKTYPE_..., or a reason of those above */
	char why[WHY_BYTES];  /* it could not be read to its end; "": it could */
	char name[128];
};

static void offline_close(void *state)
{
	struct offline *offline = state;

	if (!offline)
		return;
	unpack_close(offline->unpack);
	free(offline->buffer);
	free(offline);
}

/* The file is over, for a reason or because it is. */
static void end_file(struct offline *offline, const char *why)
{
	offline->is_over = true;
	(void)snprintf(offline->why, sizeof(offline->why), "%s", why);
}

/* What is used up makes room, and more is read.  False at the end, or interrupted. */
static bool refill(struct offline *offline)
{
	size_t left_bytes = offline->end - offline->begin;
	size_t want_bytes = offline->reader.want_bytes > CHUNK_BYTES ? offline->reader.want_bytes
								     : CHUNK_BYTES;
	const char *why;
	int64_t got_bytes;

	memmove(offline->buffer, offline->buffer + offline->begin, left_bytes);
	offline->begin = 0;
	offline->end = left_bytes;
	got_bytes = unpack_read(offline->unpack, offline->buffer + left_bytes,
				want_bytes - left_bytes, &why);
	if (got_bytes > 0) {
		offline->end += (size_t)got_bytes;
		return true;
	}
	if (got_bytes == -EINTR && offline->reader.format != READER_NEW)
		return false;
	if (got_bytes < 0)
		end_file(offline, why ? why : strerror((int)-got_bytes));
	else if (left_bytes || offline->reader.skip_bytes)
		end_file(offline, "it ends within a frame or a block");
	else
		end_file(offline, offline->reader.format == READER_NEW ? "it is empty" : "");
	return false;
}

/* The first frame decides; one that was before it by less than a minute has a place still. */
static uint64_t place_on_clock(struct offline *offline, uint64_t wall_time_ns)
{
	uint64_t time_ns = wall_clock_to_monotonic(&offline->clock, wall_time_ns);

	if (!offline->has_shift) {
		offline->has_shift = true;
		bool is_old = (int64_t)time_ns < FIRST_TIME_NS;
		bool is_ahead = prof_delta_ns(offline->begun_ns, time_ns) > AHEAD_NS_MAX;

		if (is_old || is_ahead) {
			offline->shift_ns = (uint64_t)FIRST_TIME_NS - time_ns;
			prof_complain("dpdk_capture", offline->name,
				      is_old ? "is from before this machine was started"
					     : "is from later than this machine's clock says it is",
				      is_old ? "its times are moved as if it had been then"
					     : "its times are moved to when it was started");
		}
	}
	return time_ns + offline->shift_ns;
}

/* Each frame has a stamp of its own. */
static void add_frame(struct offline *offline, const struct reader_frame *from, struct burst *burst)
{
	struct sighting *sighting = &burst->sightings[burst->frame_count];

	*sighting = (struct sighting){
		.time_ns = from->wall_time_ns,
		.wall_time_ns = from->wall_time_ns,
		.stamp_source = PROF_STAMP_FILE,
		.uncertainty_log2_ns = prof_uncertainty_log2(from->tick_ns),
	};
	if (!from->is_stamped)
		sighting->stamp_source = PROF_STAMP_NONE;
	else if (!offline->is_wall_time)
		sighting->time_ns = place_on_clock(offline, from->wall_time_ns);
	burst->frames[burst->frame_count++] = (struct frame){
		.bytes = from->bytes,
		.sighting = sighting,
		.captured_bytes = from->captured_bytes,
		.wire_bytes = from->wire_bytes,
		.link = (uint8_t)from->link,
	};
}

static void count_unread(struct offline *offline, uint32_t type)
{
	if (offline->unread_count++ == 0)
		offline->unread_type = type;
}

/* What has no stamp can be printed, but says nothing about when it came. */
static bool is_usable(struct offline *offline, const struct reader_frame *frame)
{
	if (frame->is_stamped && !offline->is_wall_time &&
	    (int64_t)place_on_clock(offline, frame->wall_time_ns) < 0) {
		count_unread(offline, NO_PLACE);
		return false;
	}
	if (frame->is_stamped)
		return true;
	offline->unstamped_count++;
	if (!offline->is_wall_time)
		count_unread(offline, NO_STAMP);
	return offline->is_wall_time;
}

/* One step.  Returns whether *ret_frame is one. */
static bool step(struct offline *offline, struct reader_frame *ret_frame, bool *ret_wants_more)
{
	size_t used_bytes;
	enum reader_step step = reader_step(&offline->reader, offline->buffer + offline->begin,
					    offline->end - offline->begin, &used_bytes, ret_frame);

	offline->begin += used_bytes;
	*ret_wants_more = step == READER_MORE;
	if (step == READER_UNREAD)
		count_unread(offline, offline->reader.unread_type);
	else if (step == READER_BAD)
		end_file(offline, offline->reader.why);
	else if (step == READER_SECRETS && offline->take_secrets)
		offline->take_secrets(offline->secrets_context, offline->reader.secrets.text,
				      offline->reader.secrets.size_bytes);
	return step == READER_FRAME && is_usable(offline, ret_frame);
}

static void offline_poll(void *state, uint64_t begun_ns, struct burst *ret_burst)
{
	struct offline *offline = state;

	offline->begun_ns = begun_ns;
	if (wall_clock_is_due(&offline->clock, begun_ns))
		clock_pair_retake(&offline->clock);
	ret_burst->frame_count = 0;
	while (ret_burst->frame_count < BURST_FRAME_COUNT_MAX && !offline->is_over) {
		struct reader_frame frame;
		bool wants_more;

		if (step(offline, &frame, &wants_more))
			add_frame(offline, &frame, ret_burst);
		/* The frames of this burst lie in the buffer: not before they are released. */
		else if (wants_more && (ret_burst->frame_count || !refill(offline)))
			break;
	}
	ret_burst->is_drained = true;
	ret_burst->is_over = offline->is_over;
	ret_burst->shift_ns = offline->shift_ns;
}

/* Up to the first frame's beginning: what is no capture file is refused here. */
static int begin_file(struct offline *offline, const char *path, struct fault *fault)
{
	char why[WHY_BYTES];
	const struct reader_interface *interface = &offline->reader.interfaces[0];
	const char *name;

	while (!offline->is_over && offline->reader.format == READER_NEW) {
		struct reader_frame frame;
		bool wants_more;

		if (!step(offline, &frame, &wants_more) && wants_more)
			(void)refill(offline); /* likewise */
	}
	if (offline->is_over)
		return fault_set(fault, -EINVAL, path, offline->why,
				 "give a file written by tcpdump, tshark or dumpcap");
	if (offline->reader.format != READER_PCAP ||
	    link_of_file(interface->file_type) != PACKET_LINK_UNKNOWN)
		return 0;
	name = link_file_name(interface->file_type);
	(void)snprintf(why, sizeof(why), "its link type is %u (%s), which is not read",
		       interface->file_type, name ? name : "see tcpdump.org/linktypes.html");
	return fault_set(fault, -EPROTONOSUPPORT, path, why,
			 "capture where frames have Ethernet headers, cooked ones, or none");
}

static int offline_open(const struct source_options *options, void **ret_state,
			struct fault *ret_fault)
{
	struct offline *offline = calloc(1, sizeof(*offline));
	const char *why;
	int err;

	if (offline)
		offline->buffer = malloc(BUFFER_BYTES);
	if (!offline || !offline->buffer) {
		offline_close(offline);
		return fault_set(ret_fault, -ENOMEM, "offline source", "out of memory", "");
	}
	(void)snprintf(offline->name, sizeof(offline->name), "%s", options->file);
	offline->is_wall_time = options->is_wall_time;
	offline->take_secrets = options->take_secrets;
	offline->secrets_context = options->secrets_context;
	clock_pair_retake(&offline->clock);
	err = unpack_open(options->file, &offline->unpack, &why);
	if (err)
		(void)fault_set(ret_fault, err, options->file, why ? why : strerror(-err),
				why ? "unpack it first" : "name a capture file");
	else
		err = begin_file(offline, options->file, ret_fault);
	if (err) {
		offline_close(offline);
		return err;
	}
	*ret_state = offline;
	return 0;
}

static void offline_release(void *state)
{
	(void)state;
}

static void offline_wait(void *state, uint32_t timeout_us)
{
	(void)state;
	(void)timeout_us;
}

static void offline_count(void *state, struct source_counters *ret_counters)
{
	const struct offline *offline = state;

	memset(ret_counters, 0, sizeof(*ret_counters));
	ret_counters->unstamped_count = offline->unstamped_count;
	ret_counters->unread_count = offline->unread_count;
}

static void offline_describe(void *state, char *text, size_t size_bytes)
{
	const struct offline *offline = state;

	(void)snprintf(text, size_bytes, "offline: %s (%s, %s), stamps: of the file", offline->name,
		       reader_format_name(&offline->reader), unpack_name(offline->unpack));
}

static uint64_t offline_lag_ns(void *state)
{
	(void)state;
	return 0;
}

static void explain_unread(const struct offline *offline, char *why, size_t size_bytes)
{
	const char *name = link_file_name(offline->unread_type);

	if (offline->unread_type == READER_UNREAD_INTERFACE)
		(void)snprintf(why, size_bytes,
			       "%" PRIu64
			       " frames were not read: of an interface it does not describe, say",
			       offline->unread_count);
	else if (offline->unread_type == READER_UNREAD_TABLE)
		(void)snprintf(why, size_bytes,
			       "%" PRIu64 " frames were not read: of an interface behind the first "
			       "%d of a section, say",
			       offline->unread_count, READER_INTERFACE_COUNT_MAX);
	else if (offline->unread_type == NO_PLACE)
		(void)snprintf(why, size_bytes,
			       "%" PRIu64
			       " frames were not read: too long before its first one, say",
			       offline->unread_count);
	else if (offline->unread_type == NO_STAMP)
		(void)snprintf(why, size_bytes,
			       "%" PRIu64 " frames were not read: without a stamp, say",
			       offline->unread_count);
	else
		(void)snprintf(why, size_bytes,
			       "%" PRIu64 " frames were not read: of link type %u (%s), say",
			       offline->unread_count, offline->unread_type,
			       name ? name : "see tcpdump.org/linktypes.html");
}

/* Once it is over: whether all of it has been read. */
static int offline_check(void *state, struct fault *ret_fault)
{
	const struct offline *offline = state;
	char why[WHY_BYTES];

	if (!offline->is_over)
		return 0;
	if (offline->why[0])
		return fault_set(ret_fault, -EBADMSG, offline->name, offline->why,
				 "it was used up to there");
	if (offline->unread_count == 0)
		return 0;
	explain_unread(offline, why, sizeof(why));
	return fault_set(ret_fault, -EPROTONOSUPPORT, offline->name, why,
			 "all the others were used");
}

const struct source_ops source_offline = {
	.open = offline_open,
	.poll = offline_poll,
	.release = offline_release,
	.wait = offline_wait,
	.count = offline_count,
	.describe = offline_describe,
	.lag_ns = offline_lag_ns,
	.check = offline_check,
	.close = offline_close,
};
