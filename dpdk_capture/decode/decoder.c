/* SPDX-License-Identifier: BSD-2-Clause */
#include "decoder_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "prof/clock.h"

/* A tenth of a second of 2.5 Gbit/s; touched as far as it is needed. */
#define QUEUE_BYTES ((size_t)32 << 20)

#define KEY_INTERVAL_NS (5 * (int64_t)PROF_NS_PER_MS)
#define NAP_US		500

/*
 * A frame is in the ring within microseconds of its stamp, unless the processor
 * that received it was taken away meanwhile.
 */
#define RING_LAG_NS  (5 * PROF_NS_PER_MS)
#define DRAIN_MAX_NS ((int64_t)PROF_NS_PER_S)

/* Well under the 100 ms that consumers allow. */
#define PROMISE_INTERVAL_NS (10 * (int64_t)PROF_NS_PER_MS)

/* So many entries are decoded between two looks at the clock. */
#define ENTRY_BURST_COUNT 64

/* ---- The thread -------------------------------------------------------------- */

static int attach(struct decoder *decoder)
{
	const struct prof_producer_options options = { .name = "dpdk_capture decode",
						       .layer = PROF_LAYER_NIC,
						       .since_ns = decoder->options.since_ns };

	return prof_producer_attach(decoder->options.bus, &options, &decoder->producer);
}

static void look_for_keys(struct decoder *decoder)
{
	uint64_t now_ns = prof_now_ns();

	if (prof_delta_ns(decoder->looked_ns, now_ns) < KEY_INTERVAL_NS)
		return;
	decoder->looked_ns = now_ns;
	if (key_follow_poll(decoder->keys))
		messages_retry(decoder->messages);
}

/* Some of the queue's entries.  False if there was none. */
static bool decode_some(struct decoder *decoder)
{
	size_t count = 0;

	for (; count < ENTRY_BURST_COUNT; count++) {
		const struct queue_entry *entry = queue_peek(decoder->queue);

		if (!entry)
			break;
		if (entry->kind == QUEUE_MARK)
			decoder_promise(decoder, entry->time_ns);
		else
			decoder_take_entry(decoder, entry);
		queue_drop(decoder->queue);
	}
	return count > 0;
}

/* Likewise of the ring; up to where it has been told is promised now and then. */
static bool listen_some(struct decoder *decoder)
{
	uint64_t begun_ns = prof_now_ns();
	uint64_t told_ns;
	bool is_any;

	(void)pthread_mutex_lock(&decoder->listening);
	is_any = listener_poll(decoder->listener, begun_ns);
	if (prof_delta_ns(decoder->promised_ns, begun_ns) >= PROMISE_INTERVAL_NS) {
		decoder->promised_ns = begun_ns;
		told_ns = listener_told_ns(decoder->listener, begun_ns);
		if (told_ns > RING_LAG_NS) /* 0: nothing yet */
			decoder_promise(decoder, told_ns - RING_LAG_NS);
	}
	(void)pthread_mutex_unlock(&decoder->listening);
	return is_any;
}

/* EAL has put the polling loop on a core of its own, which threads inherit. */
static void choose_cores(const cpu_set_t *cores)
{
	cpu_set_t others;
	cpu_set_t inherited;

	if (!cores || sched_getaffinity(0, sizeof(inherited), &inherited) < 0)
		return;
	CPU_XOR(&others, cores, &inherited);
	CPU_AND(&others, &others, cores);
	/* Where there is no other one it shares that core. */
	(void)sched_setaffinity(0, sizeof(others), CPU_COUNT(&others) ? &others : cores);
}

/* What has arrived is in the ring, and the ring handed over, a little later. */
static bool is_drained(const struct decoder *decoder, uint64_t *over_ns)
{
	uint64_t now_ns = prof_now_ns();

	if (!*over_ns)
		*over_ns = now_ns;
	if (!decoder->listener || prof_delta_ns(*over_ns, now_ns) > DRAIN_MAX_NS)
		return true;
	return prof_delta_ns(*over_ns, now_ns) > RING_LAG_NS &&
	       listener_is_empty(decoder->listener);
}

static void *run(void *context)
{
	struct decoder *decoder = context;
	uint64_t over_ns = 0; /* when it was said that it is over */

	choose_cores(decoder->options.cores);
	decoder->start_err = attach(decoder);
	/* Pairs with the acquire in start(): start_err is there. */
	atomic_store_explicit(&decoder->is_started, true, memory_order_release);
	if (decoder->start_err)
		return NULL;
	for (;;) {
		/* Pairs with the release in stop(): what was put before is there. */
		bool is_over = atomic_load_explicit(&decoder->is_over, memory_order_acquire);

		look_for_keys(decoder);
		if (decoder->listener ? listen_some(decoder) : decode_some(decoder))
			continue;
		if (is_over && is_drained(decoder, &over_ns))
			break;
		(void)usleep(NAP_US); /* woken early is as good */
	}
	/* Of a queue the last mark has said it. */
	decoder_finish(decoder,
		       decoder->listener && listener_is_empty(decoder->listener) ? over_ns : 0);
	return NULL;
}

static int start(struct decoder *decoder)
{
	int err;

	if (decoder->options.is_listening)
		decoder->listener = listener_create(&(struct listener_options){
			.bus = decoder->options.bus,
			.is_all = decoder->options.is_all,
			.port = decoder->options.port,
			.give = decoder_take_heard,
			.context = decoder,
		});
	else
		decoder->queue = queue_create(QUEUE_BYTES);
	if (!decoder->queue && !decoder->listener)
		return -ENOMEM;
	err = pthread_create(&decoder->thread, NULL, run, decoder);
	if (err == 0) {
		while (!atomic_load_explicit(&decoder->is_started, memory_order_acquire))
			(void)usleep(NAP_US);
		err = -decoder->start_err;
		if (err)
			(void)pthread_join(decoder->thread, NULL);
	}
	if (err) {
		decoder->queue = queue_destroy(decoder->queue);
		decoder->listener = listener_destroy(decoder->listener);
	}
	return -err;
}

static void stop(struct decoder *decoder)
{
	atomic_store_explicit(&decoder->is_over, true, memory_order_release);
	(void)pthread_join(decoder->thread, NULL);
	decoder->queue = queue_destroy(decoder->queue);
	decoder->listener = listener_destroy(decoder->listener);
}

/* ---- From outside ------------------------------------------------------------- */

static int begin(struct decoder *decoder, struct fault *fault)
{
	const struct token_keys *keys = decoder->options.token_keys;
	struct messages_options options = {
		.hears_clients = keys->pair_count > 0 || keys->takes_pings,
		.hears_control = keys->takes_pings,
		.give = decoder_give,
		.context = decoder,
	};
	struct prof_bus_words words;
	int err = key_follow_open(decoder->options.key_files, !decoder->options.is_offline,
				  &decoder->keys, fault);

	if (err)
		return err;
	options.log = key_follow_log(decoder->keys);
	decoder->messages = messages_create(&options);
	if (!decoder->messages)
		return fault_set(fault, -ENOMEM, "messages", strerror(ENOMEM), "");
	err = decoder->options.is_offline ? attach(decoder) : start(decoder);
	if (err == 0)
		return 0;
	words = prof_bus_explain(err);
	return fault_set(fault, err, "a lane for messages", words.why, words.remedy);
}

static void release(struct decoder *decoder)
{
	decoder->messages = messages_destroy(decoder->messages);
	decoder->keys = key_follow_close(decoder->keys);
	(void)pthread_mutex_destroy(&decoder->listening);
	free(decoder);
}

int decoder_open(const struct decoder_options *options, struct decoder **ret_decoder,
		 struct fault *ret_fault)
{
	struct decoder *decoder = calloc(1, sizeof(*decoder));
	int err;

	if (!decoder)
		return fault_set(ret_fault, -ENOMEM, "decoder", strerror(ENOMEM), "");
	decoder->options = *options;
	(void)pthread_mutex_init(&decoder->listening, NULL);
	decoder->told_ns = prof_now_ns();
	err = begin(decoder, ret_fault);
	if (err)
		release(decoder);
	else
		*ret_decoder = decoder;
	return err;
}

void decoder_offer(struct decoder *decoder, const struct packet_tcp *tcp, uint64_t time_ns,
		   const struct message_stamp *stamp, bool is_wanted)
{
	const struct queue_entry entry = {
		.kind = QUEUE_SEGMENT,
		.flags = tcp->flags,
		.stamp_source = stamp->source,
		.uncertainty_log2_ns = stamp->uncertainty_log2_ns,
		.is_wanted = is_wanted,
		.is_clock_step = stamp->is_clock_step,
		.time_ns = time_ns,
		.seq = tcp->seq,
		.ack = tcp->ack,
		.payload_bytes = tcp->payload_bytes,
		.captured_bytes = tcp->captured_bytes,
		.src = tcp->src,
		.dst = tcp->dst,
	};

	if (!decoder->queue) {
		decoder->stamp = *stamp;
		decoder_decode(decoder, tcp, time_ns, is_wanted);
	} else if (!queue_put(decoder->queue, &entry, tcp->payload)) {
		atomic_fetch_add_explicit(&decoder->dropped_count, 1, memory_order_relaxed);
	}
}

int decoder_listen(struct decoder *decoder, const char *interface, struct fault *ret_fault)
{
	int err = 0;

	(void)pthread_mutex_lock(&decoder->listening);
	if (interface)
		err = listener_open(decoder->listener, interface, ret_fault);
	else
		listener_close(decoder->listener);
	(void)pthread_mutex_unlock(&decoder->listening);
	return err;
}

void decoder_mark(struct decoder *decoder, uint64_t up_to_ns)
{
	const struct queue_entry entry = { .kind = QUEUE_MARK, .time_ns = up_to_ns };

	if (decoder->options.is_offline)
		decoder_promise(decoder, up_to_ns);
	else if (decoder->queue)
		(void)queue_put(decoder->queue, &entry, NULL); /* or the next one says it */
}

void decoder_secrets(void *context, const char *text, size_t size_bytes)
{
	struct decoder *decoder = context;
	struct key_log *log = key_follow_log(decoder->keys);
	struct key_log_line line = { 0 };

	key_log_feed(log, &line, text, size_bytes);
	key_log_end(log, &line);
	messages_retry(decoder->messages);
}

void decoder_close(struct decoder *decoder)
{
	if (!decoder)
		return;
	if (decoder->options.is_offline)
		decoder_finish(decoder, 0);
	else
		stop(decoder);
	release(decoder);
}
