/* SPDX-License-Identifier: BSD-2-Clause */
#include "decoder_private.h"

#include <inttypes.h>
#include <stdio.h>

#include "dpdk_capture/messages/line.h"
#include "dpdk_capture/tokens/token_event.h"
#include "prof/clock.h"

#define TELL_INTERVAL_NS ((int64_t)PROF_NS_PER_S)

/* As the polling loop says of the same stamps, about. */
#define HEARD_UNCERTAINTY_LOG2_NS 8

/* ---- Messages --------------------------------------------------------------- */

static void publish(void *context, const struct prof_event *event)
{
	struct decoder *decoder = context;

	if (decoder->options.is_offline)
		patience_wait(&decoder->patience, decoder->producer);
	if (prof_publish(decoder->producer, event))
		decoder->published_count++;
	else
		decoder->bus_drop_count++;
}

static void publish_or_keep(struct decoder *decoder, const struct prof_event *event, bool is_wanted)
{
	if (is_wanted)
		publish(decoder, event);
	else
		pending_keep(&decoder->pending, event);
}

/* What a message carries is told before the message. */
static void give_token(struct decoder *decoder, const struct message *message)
{
	const struct message_stamp *stamp = &decoder->stamp;
	struct prof_event event;

	if (!token_event(decoder->options.token_keys, message, &event))
		return;
	event.stamp_source = stamp->source;
	event.uncertainty_log2_ns = stamp->uncertainty_log2_ns;
	event.flags |= stamp->is_clock_step ? PROF_FLAG_CLOCK_STEP : 0;
	publish_or_keep(decoder, &event, message->is_wanted);
}

void decoder_give(void *context, const struct message *message)
{
	struct decoder *decoder = context;
	struct prof_event event;

	if (decoder->options.token_keys->pair_count || decoder->options.token_keys->takes_pings)
		give_token(decoder, message);
	if (message->is_asked || message->is_control)
		return;
	if (message_event(message, &decoder->stamp,
			  stream_index_of(&decoder->streams, decoder->options.bus, message->stream),
			  &event))
		publish_or_keep(decoder, &event, message->is_wanted);
}

/* ---- Segments --------------------------------------------------------------- */

void decoder_decode(struct decoder *decoder, const struct packet_tcp *tcp, uint64_t time_ns,
		    bool is_wanted)
{
	const struct messages_segment segment = {
		.src = &tcp->src,
		.dst = &tcp->dst,
		.time_ns = time_ns,
		.seq = tcp->seq,
		.ack = tcp->ack,
		.flags = tcp->flags,
		.is_wanted = is_wanted,
		.payload_bytes = tcp->payload_bytes,
		.captured_bytes = tcp->captured_bytes,
		.payload = tcp->payload,
	};

	if (is_wanted && decoder->pending.count) {
		const struct prof_flow flow = { .local = tcp->dst, .remote = tcp->src };

		pending_release(&decoder->pending, prof_flow_id(&flow), publish, decoder);
	}
	messages_take(decoder->messages, &segment);
}

void decoder_take_entry(struct decoder *decoder, const struct queue_entry *entry)
{
	const struct packet_tcp tcp = {
		.src = entry->src,
		.dst = entry->dst,
		.seq = entry->seq,
		.ack = entry->ack,
		.payload_bytes = entry->payload_bytes,
		.captured_bytes = entry->captured_bytes,
		.payload = queue_payload(entry),
		.flags = entry->flags,
	};

	decoder->stamp.source = entry->stamp_source;
	decoder->stamp.uncertainty_log2_ns = entry->uncertainty_log2_ns;
	decoder->stamp.is_clock_step = entry->is_clock_step;
	decoder_decode(decoder, &tcp, entry->time_ns, entry->is_wanted);
}

/* The listener has heard one. */
void decoder_take_heard(void *context, const struct heard *heard)
{
	struct decoder *decoder = context;

	decoder->stamp.source = PROF_STAMP_PACKET;
	decoder->stamp.uncertainty_log2_ns = HEARD_UNCERTAINTY_LOG2_NS;
	decoder->stamp.is_clock_step = heard->is_clock_step;
	decoder_decode(decoder, heard->tcp, heard->time_ns, heard->is_wanted);
}

/* Segments that found no room on their way. */
static uint64_t drop_count(struct decoder *decoder)
{
	uint64_t count = atomic_load_explicit(&decoder->dropped_count, memory_order_relaxed);

	return count + (decoder->listener ? listener_drop_count(decoder->listener) : 0);
}

static void publish_losses(struct decoder *decoder, const struct messages_counters *counters)
{
	const struct stream_counters *stream = &counters->stream;

	prof_publish_loss(decoder->producer, PROF_LOSS_UNDECODED,
			  drop_count(decoder) + stream->cut_count + stream->keyless_count +
				  stream->bad_count);
}

static void say_counters(struct decoder *decoder, const struct messages_counters *counters)
{
	char text[LINE_COUNTERS_BYTES];

	(void)fprintf(stderr,
		      "dpdk_capture: decoder: published=%" PRIu64 " bus_drops=%" PRIu64
		      " queue_drops=%" PRIu64 " unasked=%" PRIu64 " %s\n",
		      decoder->published_count, decoder->bus_drop_count, drop_count(decoder),
		      decoder->pending.forgotten_count + decoder->pending.count,
		      line_counters(counters, &key_follow_log(decoder->keys)->counters, text,
				    sizeof(text)));
}

/* Once a second: what could not be read is said while it can still be helped. */
static void tell(struct decoder *decoder, const struct messages_counters *counters)
{
	uint64_t now_ns = prof_now_ns();

	if (prof_delta_ns(decoder->told_ns, now_ns) < TELL_INTERVAL_NS)
		return;
	decoder->told_ns = now_ns;
	explain(&decoder->explained, counters);
	if (decoder->options.is_verbose)
		say_counters(decoder, counters);
}

void decoder_promise(struct decoder *decoder, uint64_t up_to_ns)
{
	struct messages_counters counters;

	messages_count(decoder->messages, &counters);
	publish_losses(decoder, &counters);
	prof_publish_mark(decoder->producer, up_to_ns);
	if (!decoder->options.is_offline)
		tell(decoder, &counters);
}

void decoder_finish(struct decoder *decoder, uint64_t up_to_ns)
{
	struct messages_counters counters;

	messages_finish(decoder->messages);
	if (up_to_ns)
		decoder_promise(decoder, up_to_ns);
	messages_count(decoder->messages, &counters);
	publish_losses(decoder, &counters);
	explain(&decoder->explained, &counters);
	say_counters(decoder, &counters);
	decoder->producer = prof_producer_detach(decoder->producer);
}
