/* SPDX-License-Identifier: BSD-2-Clause */
#include "take.h"

#include <stdio.h>

#include "dpdk_capture/parse/dump.h"
#include "dpdk_capture/select/segment_words.h"
#include "prof/clock.h"
#include "prof/publish.h"

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
	if (capture->is_patient)
		patience_wait(&capture->patience, capture->producer);
	if (prof_publish_inline(capture->producer, event))
		capture->counters.published_count++;
	else
		capture->counters.bus_drop_count++;
}

static struct kept_frame kept_of(const struct capture *capture, const struct frame *frame)
{
	const struct sighting *sighting = frame->sighting;
	uint64_t wall_ns = sighting->wall_time_ns ? sighting->wall_time_ns
						  : sighting->time_ns - capture->wall.offset_ns;

	return (struct kept_frame){ .wall_time_ns = wall_ns,
				    .captured_bytes = frame->captured_bytes,
				    .wire_bytes = frame->wire_bytes,
				    .bytes = frame->bytes,
				    .link = frame->link };
}

static void keep(struct capture *capture, const struct frame *frame)
{
	struct kept_frame kept = kept_of(capture, frame);

	keep_frame(capture->burst_keep, &kept);
}

/* Of a connection that may yet be registered. */
static void keep_for_later(struct capture *capture, const struct frame *frame,
			   const struct packet_tcp *tcp, const struct prof_event *event)
{
	struct kept_frame kept = kept_of(capture, frame);
	bool is_opening = (tcp->flags & (PROF_TCP_SYN | PROF_TCP_ACK)) == PROF_TCP_SYN;

	keep_young(capture->burst_keep, event->conn_key, is_opening, &kept);
}

/* A connection has been registered: what was kept of it goes out now. */
void take_recalled(void *context, const struct flow *flow)
{
	struct capture *capture = context;
	struct prof_event events[BURST_FRAME_COUNT_MAX];
	bool is_published = selector_is_unasked(capture->selector, flow);
	size_t event_count;
	size_t cursor = 0;

	if (capture->burst_keep)
		keep_recall(capture->burst_keep, flow->flow_id);
	capture->counters.history_lost_count += selector_forgotten_count(capture->selector, flow);
	while ((event_count = selector_recall(capture->selector, flow, &cursor, events,
					      BURST_FRAME_COUNT_MAX)) > 0) {
		capture->counters.recalled_count += is_published ? 0 : event_count;
		for (size_t i = 0; i < event_count; i++) {
			if (!is_published)
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
		message_dump_take(capture->message_dump, frame->sighting->time_ns, tcp);
	else
		dump_segment(stdout, frame->sighting->time_ns, tcp);
	capture->counters.published_count++;
}

static inline void count_late(struct capture *capture, const struct prof_event *event)
{
	if (prof_delta_ns(capture->mark_ns, event->time_ns) <= 0)
		capture->counters.late_count++;
}

/* What was published, or may be yet, goes to the decoder with its payload. */
static void decode(struct capture *capture, const struct frame *frame, const struct packet_tcp *tcp,
		   bool is_wanted)
{
	const struct message_stamp stamp = {
		.source = frame->sighting->stamp_source,
		.uncertainty_log2_ns = frame->sighting->uncertainty_log2_ns,
		.is_clock_step = frame->sighting->flags & PROF_FLAG_CLOCK_STEP,
		.shift_ns = capture->burst.shift_ns,
	};

	decoder_offer(capture->decoder, tcp, frame->sighting->time_ns, &stamp, is_wanted);
}

static void offer_segment(struct capture *capture, const struct frame *frame,
			  const struct packet_tcp *tcp)
{
	struct counters *counters = &capture->counters;
	struct prof_event event;
	enum selector_verdict verdict = selector_offer(capture->selector, tcp, frame->sighting,
						       &event);

	switch (verdict) {
	case SELECTOR_PUBLISH:
		if (frame->link == PACKET_LINK_ETHERNET)
			selector_learn(capture->selector, frame->bytes, frame->captured_bytes,
				       &event);
		count_late(capture, &event);
		publish(capture, &event);
		anchor(capture, &event);
		if (capture->burst_keep)
			keep(capture, frame);
		break;
	case SELECTOR_ACK:
		counters->ack_count++;
		break;
	case SELECTOR_KEPT:
		counters->kept_count++;
		if (capture->burst_keep)
			keep_for_later(capture, frame, tcp, &event);
		break;
	case SELECTOR_FILTERED:
		counters->filtered_count++;
		break;
	}
	/* Behind the segment: whoever takes the message has that, too. */
	if (capture->is_offering && verdict != SELECTOR_FILTERED)
		decode(capture, frame, tcp, verdict == SELECTOR_PUBLISH);
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

/* Of the burst so far what a glance has settled; kept out of memory meanwhile. */
struct glances {
	struct prof_run run;
	const struct sighting *sighting; /* the last frame's */
	struct seen_words seen;
	bool is_late;
	uint64_t late_count;
	uint64_t published_count;
	uint64_t bus_drop_count;
	uint64_t ack_count;
	uint64_t filtered_count;
};

static inline void look_alike(struct glances *glances, const struct capture *capture,
			      const struct sighting *sighting)
{
	glances->sighting = sighting;
	glances->is_late = prof_delta_ns(capture->mark_ns, sighting->time_ns) <= 0;
	seen_words(sighting, &glances->seen);
}

static inline void publish_segment(struct glances *glances, const struct capture *capture,
				   const struct frame *frame,
				   const struct selector_segment *segment)
{
	uint64_t words[PROF_EVENT_WORDS];

	if (frame->sighting != glances->sighting)
		look_alike(glances, capture, frame->sighting);
	segment_words(&glances->seen, segment, words);
	if (prof_run_add(&glances->run, words))
		glances->published_count++;
	else
		glances->bus_drop_count++;
	glances->late_count += glances->is_late;
}

/* What is settled thoroughly is published in turn, too. */
static void take_thoroughly(struct glances *glances, struct capture *capture,
			    const struct frame *frame)
{
	prof_run_commit(&glances->run);
	take_frame(capture, frame);
	prof_run_begin(&glances->run, capture->producer);
}

static void count_glances(const struct glances *glances, struct counters *counters)
{
	counters->late_count += glances->late_count;
	counters->published_count += glances->published_count;
	counters->bus_drop_count += glances->bus_drop_count;
	counters->ack_count += glances->ack_count;
	counters->filtered_count += glances->filtered_count;
}

static void publish_burst(struct capture *capture, const struct burst *burst)
{
	const struct selector *selector = capture->selector;
	const struct frame *end = burst->frames + burst->frame_count;
	bool is_keeping = capture->burst_keep != NULL;
	struct glances glances = { 0 };

	prof_run_begin(&glances.run, capture->producer);
	for (const struct frame *frame = burst->frames; frame < end; frame++) {
		struct selector_segment segment;
		enum selector_glance glance = GLANCE_UNSURE;

		if (frame->link == PACKET_LINK_ETHERNET)
			glance = selector_glance(selector, frame->bytes, frame->captured_bytes,
						 frame->sighting->is_marked, &segment);
		switch (glance) {
		case GLANCE_PUBLISH:
			publish_segment(&glances, capture, frame, &segment);
			if (is_keeping)
				keep(capture, frame);
			break;
		case GLANCE_ACK:
			glances.ack_count++;
			break;
		case GLANCE_FILTERED:
			glances.filtered_count++;
			break;
		case GLANCE_UNSURE:
			take_thoroughly(&glances, capture, frame);
			break;
		}
	}
	prof_run_commit(&glances.run);
	count_glances(&glances, &capture->counters);
}

/* The decoder wants the payload, and the acknowledgements; who waits for room, each event. */
static void publish_thoroughly(struct capture *capture, const struct burst *burst)
{
	for (size_t i = 0; i < burst->frame_count; i++) {
		const struct frame *frame = &burst->frames[i];
		struct selector_segment segment;

		if (frame->link == PACKET_LINK_ETHERNET &&
		    selector_glance(capture->selector, frame->bytes, frame->captured_bytes,
				    frame->sighting->is_marked, &segment) == GLANCE_FILTERED)
			capture->counters.filtered_count++;
		else
			take_frame(capture, frame);
	}
}

void take_burst(struct capture *capture, const struct burst *burst)
{
	capture->counters.frame_count += burst->frame_count;
	if (capture->producer && (capture->is_offering || capture->is_patient)) {
		publish_thoroughly(capture, burst);
		return;
	}
	if (capture->producer) {
		publish_burst(capture, burst);
		return;
	}
	for (size_t i = 0; i < burst->frame_count; i++)
		take_frame(capture, &burst->frames[i]);
}
