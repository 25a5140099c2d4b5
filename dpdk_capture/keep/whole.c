/* SPDX-License-Identifier: BSD-2-Clause */
#include "whole.h"

#include <stdlib.h>
#include <time.h>

#include "dpdk_capture/payload/listener.h"
#include "prof/clock.h"

#define DRAIN_NS ((int64_t)50 * PROF_NS_PER_MS)

#define MARKING_FLAGS (PROF_TCP_SYN | PROF_TCP_FIN | PROF_TCP_RST)

struct whole {
	struct keep *keep;
	struct listener *listener;
};

/* Acknowledgements alone are not kept. */
static void take_heard(void *context, const struct heard *heard)
{
	struct whole *whole = context;
	const struct kept_frame kept = { .wall_time_ns = heard->frame->wall_time_ns,
					 .captured_bytes = heard->frame->captured_bytes,
					 .wire_bytes = heard->frame->wire_bytes,
					 .bytes = heard->frame->bytes,
					 .link = (uint8_t)heard->link };
	uint8_t flags = heard->tcp->flags;

	if (!heard->tcp->payload_bytes && !(flags & MARKING_FLAGS))
		return;
	if (heard->is_wanted)
		keep_frame(whole->keep, &kept);
	else
		keep_young(whole->keep, heard->flow_id,
			   (flags & (PROF_TCP_SYN | PROF_TCP_ACK)) == PROF_TCP_SYN, &kept);
}

static void take_found(void *context, uint64_t flow_id)
{
	struct whole *whole = context;

	keep_recall(whole->keep, flow_id);
}

struct whole *whole_create(const struct whole_options *options)
{
	struct whole *whole = calloc(1, sizeof(*whole));

	if (!whole)
		return NULL;
	whole->keep = options->keep;
	whole->listener = listener_create(&(struct listener_options){ .bus = options->bus,
								      .is_all = options->is_all,
								      .port = options->port,
								      .give = take_heard,
								      .found = take_found,
								      .context = whole });
	return whole->listener ? whole : whole_close(whole);
}

int whole_open(struct whole *whole, const char *interface, struct fault *ret_fault)
{
	if (interface)
		return listener_open(whole->listener, interface, ret_fault);
	listener_close(whole->listener);
	return 0;
}

bool whole_poll(struct whole *whole, uint64_t now_ns)
{
	return whole && listener_poll(whole->listener, now_ns);
}

void whole_drain(struct whole *whole)
{
	const struct timespec pause = { .tv_nsec = PROF_NS_PER_MS };
	uint64_t begun_ns = prof_now_ns();
	uint64_t now_ns = begun_ns;

	while (prof_delta_ns(begun_ns, now_ns) < DRAIN_NS) {
		if (!listener_poll(whole->listener, now_ns)) {
			if (listener_is_empty(whole->listener))
				break;
			(void)nanosleep(&pause, NULL);
		}
		now_ns = prof_now_ns();
	}
}

uint64_t whole_drop_count(struct whole *whole)
{
	return whole ? listener_drop_count(whole->listener) : 0;
}

struct whole *whole_close(struct whole *whole)
{
	if (!whole)
		return NULL;
	(void)listener_destroy(whole->listener);
	free(whole);
	return NULL;
}
