/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "dpdk_capture/clock/clock_pair.h"
#include "dpdk_capture/lookout/namespace.h"
#include "dpdk_capture/parse/dump.h"
#include "prof/cli.h"
#include "prof/clock.h"
#include "prof/publish.h"

/* Well under the 100 ms that consumers allow. */
#define MARK_INTERVAL_NS ((int64_t)10 * PROF_NS_PER_MS)
#define SHOW_INTERVAL_NS ((int64_t)PROF_NS_PER_S)

/* So many empty polls before the program sleeps, and for how long at most. */
#define IDLE_POLL_COUNT 256
#define WAIT_US		1000

#define DRAIN_BURST_COUNT_MAX 2048

/* If this is the peer's SYN-ACK or SYN, it gives the connection's base. */
static void anchor(struct capture *capture, const struct prof_event *event)
{
	const struct flow *flow = selector_anchors(capture->selector, event);

	/* A place that has been reused meanwhile needs no base from us. */
	if (flow)
		(void)prof_socket_set_base(capture->registry.bus, flow->registry_index,
					   flow->generation, event->seq + 1);
}

/*
 * At once, from registers into the lane's slot: gathering a burst of events
 * first only to copy them then costs more than the lane's bookkeeping.
 */
static inline void publish(struct capture *capture, const struct prof_event *event)
{
	if (prof_publish_inline(capture->producer, event))
		capture->counters.published_count++;
	else
		capture->counters.bus_drop_count++;
}

static struct kept_frame kept_of(const struct capture *capture, const struct frame *frame)
{
	uint64_t wall_ns = frame->wall_time_ns ? frame->wall_time_ns
					       : frame->sighting.time_ns - capture->wall.offset_ns;

	return (struct kept_frame){ .wall_time_ns = wall_ns,
				    .captured_bytes = frame->captured_bytes,
				    .wire_bytes = frame->wire_bytes,
				    .bytes = frame->bytes,
				    .link = frame->link };
}

static void keep(struct capture *capture, const struct frame *frame)
{
	struct kept_frame kept = kept_of(capture, frame);

	keep_frame(capture->keep, &kept);
}

/* Of a connection that may yet be registered. */
static void keep_for_later(struct capture *capture, const struct frame *frame,
			   const struct packet_tcp *tcp, const struct prof_event *event)
{
	struct kept_frame kept = kept_of(capture, frame);
	bool is_opening = (tcp->flags & (PROF_TCP_SYN | PROF_TCP_ACK)) == PROF_TCP_SYN;

	keep_young(capture->keep, event->conn_key, is_opening, &kept);
}

/* A connection has been registered: what was kept of it goes out now. */
static void recall(void *context, const struct flow *flow)
{
	struct capture *capture = context;
	struct prof_event events[BURST_FRAME_COUNT_MAX];
	size_t event_count;
	size_t cursor = 0;

	if (capture->keep)
		keep_recall(capture->keep, flow->flow_id);
	capture->counters.history_lost_count += selector_forgotten_count(capture->selector, flow);
	while ((event_count = selector_recall(capture->selector, flow, &cursor, events,
					      BURST_FRAME_COUNT_MAX)) > 0) {
		capture->counters.recalled_count += event_count;
		for (size_t i = 0; i < event_count; i++) {
			publish(capture, &events[i]);
			anchor(capture, &events[i]);
		}
	}
}

static void print_segment(struct capture *capture, const struct frame *frame,
			  const struct packet_tcp *tcp)
{
	const struct selector_options *options = &capture->selector->options;

	if (!options->is_all && tcp->src.port != options->port && tcp->dst.port != options->port) {
		capture->counters.filtered_count++;
		return;
	}
	if (capture->message_dump)
		message_dump_take(capture->message_dump, frame->sighting.time_ns, tcp);
	else
		dump_segment(stdout, frame->sighting.time_ns, tcp);
	capture->counters.published_count++;
}

static inline void count_late(struct capture *capture, const struct prof_event *event)
{
	if (prof_delta_ns(capture->mark_ns, event->time_ns) <= 0)
		capture->counters.late_count++;
}

static void offer_segment(struct capture *capture, const struct frame *frame,
			  const struct packet_tcp *tcp)
{
	struct counters *counters = &capture->counters;
	struct prof_event event;

	switch (selector_offer(capture->selector, tcp, &frame->sighting, &event)) {
	case SELECTOR_PUBLISH:
		if (frame->link == PACKET_LINK_ETHERNET)
			selector_learn(capture->selector, frame->bytes, frame->captured_bytes,
				       &event);
		count_late(capture, &event);
		publish(capture, &event);
		anchor(capture, &event);
		if (capture->keep)
			keep(capture, frame);
		break;
	case SELECTOR_ACK:
		counters->ack_count++;
		break;
	case SELECTOR_KEPT:
		counters->kept_count++;
		if (capture->keep)
			keep_for_later(capture, frame, tcp, &event);
		break;
	case SELECTOR_FILTERED:
		counters->filtered_count++;
		break;
	}
}

/* The thorough way, for any frame. */
static void take_frame(struct capture *capture, const struct frame *frame)
{
	struct packet_tcp tcp;
	enum packet_verdict verdict = packet_parse(frame->link, frame->bytes, frame->captured_bytes,
						   frame->wire_bytes, &tcp);

	capture->counters.verdict_count[verdict]++;
	if (verdict != PACKET_TCP_DATA && verdict != PACKET_TCP_EMPTY)
		return;
	if (capture->producer)
		offer_segment(capture, frame, &tcp);
	else
		print_segment(capture, frame, &tcp);
}

/* What a glance settles is settled here; its counters stay in registers. */
static void publish_burst(struct capture *capture, const struct burst *burst)
{
	const struct frame *end = burst->frames + burst->frame_count;
	uint64_t offered_count = 0;
	uint64_t published_count = 0;
	uint64_t ack_count = 0;
	uint64_t filtered_count = 0;

	for (const struct frame *frame = burst->frames; frame < end; frame++) {
		struct prof_event event;

		if (frame->link != PACKET_LINK_ETHERNET) {
			take_frame(capture, frame);
			continue;
		}
		switch (selector_glance(capture->selector, frame->bytes, frame->captured_bytes,
					&frame->sighting, &event)) {
		case GLANCE_PUBLISH:
			offered_count++;
			published_count += prof_publish_inline(capture->producer, &event);
			count_late(capture, &event);
			if (capture->keep)
				keep(capture, frame);
			break;
		case GLANCE_ACK:
			ack_count++;
			break;
		case GLANCE_FILTERED:
			filtered_count++;
			break;
		case GLANCE_UNSURE:
			take_frame(capture, frame);
			break;
		}
	}
	capture->counters.published_count += published_count;
	capture->counters.bus_drop_count += offered_count - published_count;
	capture->counters.ack_count += ack_count;
	capture->counters.filtered_count += filtered_count;
}

static void take_burst(struct capture *capture, const struct burst *burst)
{
	capture->counters.frame_count += burst->frame_count;
	if (capture->producer) {
		publish_burst(capture, burst);
		return;
	}
	for (size_t i = 0; i < burst->frame_count; i++)
		take_frame(capture, &burst->frames[i]);
}

static void count_source(struct capture *capture)
{
	capture->ops->count(capture->source, &capture->counters.source);
	counters_add_source(&capture->counters.source, &capture->before);
}

static void publish_losses(struct capture *capture)
{
	const struct counters *counters = &capture->counters;
	const struct source_counters *source = &counters->source;
	struct prof_producer *producer = capture->producer;

	prof_publish_loss(producer, PROF_LOSS_CAPTURE_DROP,
			  source->missed_count + source->ring_drop_count);
	prof_publish_loss(producer, PROF_LOSS_CAPTURE_ERROR,
			  source->error_count + source->unread_count);
	prof_publish_loss(producer, PROF_LOSS_CAPTURE_NOMBUF, source->nombuf_count);
	prof_publish_loss(producer, PROF_LOSS_TRUNCATED, counters->verdict_count[PACKET_TRUNCATED]);
	prof_publish_loss(producer, PROF_LOSS_FRAGMENT, counters->verdict_count[PACKET_FRAGMENT]);
	prof_publish_loss(producer, PROF_LOSS_MERGED_GUESSED, capture->selector->guessed_count);
	prof_publish_loss(producer, PROF_LOSS_TRANSLATED, capture->whereabouts.translated_count);
	prof_publish_loss(producer, PROF_LOSS_OTHER_INTERFACE,
			  capture->whereabouts.elsewhere_count);
}

static void show_counters(struct capture *capture)
{
	if (capture->keep)
		keep_count(capture->keep, &capture->counters.keep);
	char text[COUNTERS_TEXT_BYTES];

	capture->counters.merged_guessed_count = capture->selector->guessed_count;
	capture->counters.translated_count = capture->whereabouts.translated_count;
	capture->counters.elsewhere_count = capture->whereabouts.elsewhere_count;
	(void)fprintf(stderr, "dpdk_capture: %s\n",
		      counters_format(&capture->counters, text, sizeof(text)));
}

/* Opens the source where `whereabouts` says. */
static int open_source(struct capture *capture)
{
	uint32_t pid = capture->whereabouts.namespace_pid;
	int home_fd = pid ? namespace_enter(pid) : -1;
	char text[256];
	int err;

	if (pid && home_fd < 0)
		return fault_set(&capture->fault, home_fd, capture->whereabouts.interface,
				 "its network namespace cannot be entered", "");
	capture->options.interface = capture->whereabouts.interface;
	err = capture->ops->open(&capture->options, &capture->source, &capture->fault);
	if (pid && namespace_leave(home_fd) < 0 && err == 0) {
		capture->ops->close(capture->source);
		err = fault_set(&capture->fault, -ESTALE, capture->whereabouts.interface,
				"there is no way back from its network namespace", "");
	}
	if (err)
		return err;
	capture->ops->describe(capture->source, text, sizeof(text));
	prof_complain("dpdk_capture", text, NULL, NULL);
	return 0;
}

/* What is left in the old source's ring is none of the connections we look for. */
static int listen_elsewhere(struct capture *capture)
{
	count_source(capture);
	capture->before = capture->counters.source;
	capture->ops->close(capture->source);
	capture->source = NULL;
	return open_source(capture);
}

static bool is_movable(const struct capture *capture)
{
	return capture->producer && capture->ops == &source_passive;
}

/* See whereabouts.h.  Returns 0 or -ENODEV, if the new place could not be listened at. */
static int look_around(struct capture *capture, uint64_t begun_ns)
{
	if (!is_movable(capture) ||
	    !whereabouts_poll(&capture->whereabouts, capture->selector, begun_ns))
		return 0;
	return listen_elsewhere(capture) < 0 ? -ENODEV : 0;
}

static void end_round(struct capture *capture, uint64_t begun_ns)
{
	struct selector_round round;

	if (!is_movable(capture))
		return;
	selector_end_round(capture->selector, &round);
	whereabouts_check(&capture->whereabouts, capture->registry.bus, &round, begun_ns);
}

/* Its files are read while we go on: not more than a mark's interval behind. */
static void write_kept(struct capture *capture, uint64_t begun_ns)
{
	int err;

	if (!capture->keep)
		return;
	if (wall_clock_is_due(&capture->wall, begun_ns))
		clock_pair_retake(&capture->wall);
	err = keep_flush(capture->keep);
	if (err)
		prof_complain("dpdk_capture", "--write", strerror(-err),
			      "no more frames are kept; events are published as before");
}

/*
 * begun_ns was read before the registry and the source were, and the source
 * had nothing older left: everything up to then is on the bus, but for what
 * the kernel has stamped and not yet put into its ring.
 */
static int keep_promises(struct capture *capture, uint64_t begun_ns)
{
	if (prof_delta_ns(capture->marked_ns, begun_ns) >= MARK_INTERVAL_NS &&
	    capture->burst.is_drained) {
		capture->marked_ns = begun_ns;
		write_kept(capture, begun_ns);
		count_source(capture);
		if (capture->producer) {
			/* The losses first: who believes the mark must know of them. */
			publish_losses(capture);
			capture->mark_ns = begun_ns - capture->ops->lag_ns(capture->source);
			prof_publish_mark(capture->producer, capture->mark_ns);
		}
		if (look_around(capture, begun_ns) < 0)
			return -ENODEV;
	}
	if (prof_delta_ns(capture->counted_ns, begun_ns) < SHOW_INTERVAL_NS)
		return 0;
	capture->counted_ns = begun_ns;
	end_round(capture, begun_ns);
	if (capture->is_verbose)
		show_counters(capture);
	if (capture->ops->check && capture->ops->check(capture->source, &capture->fault) < 0)
		return -ENODEV;
	return capture->producer ? prof_bus_check(capture->registry.bus) : 0;
}

/* One turn.  Returns whether there was anything. */
static bool run_once(struct capture *capture, uint64_t begun_ns)
{
	struct burst *burst = &capture->burst;
	uint64_t gap_ns = (uint64_t)prof_delta_ns(capture->polled_ns, begun_ns);

	if (gap_ns > capture->counters.poll_gap_ns_max)
		capture->counters.poll_gap_ns_max = gap_ns;
	capture->polled_ns = begun_ns;
	if (capture->producer)
		registry_sync(&capture->registry, capture->selector, recall, capture);
	capture->ops->poll(capture->source, begun_ns, burst);
	if (burst->frame_count) {
		take_burst(capture, burst);
		capture->ops->release(capture->source);
	}
	return burst->frame_count > 0;
}

/*
 * What had arrived when we were told to stop is still taken, but no more than
 * a full ring of it: more may come for ever.
 */
static void drain(struct capture *capture)
{
	for (uint32_t i = 0; i < DRAIN_BURST_COUNT_MAX; i++) {
		if (!run_once(capture, prof_now_ns()) && capture->burst.is_drained)
			break;
	}
}

static void finish(struct capture *capture)
{
	drain(capture);
	count_source(capture);
	if (capture->producer)
		publish_losses(capture);
	show_counters(capture);
	if (capture->message_dump)
		message_dump_finish(capture->message_dump);
}

int capture_run(struct capture *capture, const volatile sig_atomic_t *is_stopped)
{
	uint32_t idle_count = 0;
	int err = 0;

	capture->polled_ns = prof_now_ns();
	capture->counted_ns = capture->polled_ns;
	while (!*is_stopped && err == 0) {
		uint64_t begun_ns = prof_now_ns();

		if (capture->end_ns && prof_delta_ns(capture->end_ns, begun_ns) >= 0)
			break;
		idle_count = run_once(capture, begun_ns) ? 0 : idle_count + 1;
		err = keep_promises(capture, begun_ns);
		if (capture->burst.is_over)
			break;
		if (idle_count >= IDLE_POLL_COUNT) {
			if (!capture->producer)
				(void)fflush(stdout); /* a failure is seen at the end */
			capture->ops->wait(capture->source, WAIT_US);
			idle_count = IDLE_POLL_COUNT / 2;
		}
	}
	whereabouts_end(&capture->whereabouts);
	if (capture->source)
		finish(capture);
	if (err == 0 && capture->burst.is_over && capture->ops->check &&
	    capture->ops->check(capture->source, &capture->fault) < 0)
		err = -ENODEV;
	if (!capture->producer && (fflush(stdout) != 0 || ferror(stdout)))
		err = -EPIPE;
	return err;
}
