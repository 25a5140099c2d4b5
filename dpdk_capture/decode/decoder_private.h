/* SPDX-License-Identifier: BSD-2-Clause */
/* What the decoder is made of, and its work on one segment; its thread is decoder.c's. */
#ifndef CAPTURE_DECODER_PRIVATE_H
#define CAPTURE_DECODER_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "decoder.h"
#include "dpdk_capture/keys/key_follow.h"
#include "dpdk_capture/payload/listener.h"
#include "explain.h"
#include "patience.h"
#include "pending.h"
#include "segment_queue.h"
#include "stream_index.h"

struct decoder {
	struct decoder_options options;
	struct prof_producer *producer;
	struct key_follow *keys;
	struct messages *messages;
	struct segment_queue *queue; /* NULL: decoded where it is offered, or listened for */
	struct listener *listener;   /* NULL: offered */
	pthread_mutex_t listening;   /* held while the listener is used */
	uint64_t promised_ns;	     /* when */
	struct stream_index streams;
	struct pending pending;
	struct patience patience;
	struct message_stamp stamp; /* of the segment at hand */
	struct explained explained;
	uint64_t looked_ns; /* for keys */
	uint64_t told_ns;
	uint64_t published_count;
	uint64_t bus_drop_count;
	_Atomic uint64_t dropped_count; /* the polling loop's: the queue was full */
	_Atomic bool is_over;
	pthread_t thread;
	_Atomic bool is_started; /* or start_err says why not */
	int start_err;
};

/* A message: struct messages_options' give(). */
void decoder_give(void *context, const struct message *message);

/* A segment, whoever brought it; decoder->stamp is its. */
void decoder_decode(struct decoder *decoder, const struct packet_tcp *tcp, uint64_t time_ns,
		    bool is_wanted);

/* One from the queue. */
void decoder_take_entry(struct decoder *decoder, const struct queue_entry *entry);

/* One that the listener has heard: struct listener_options' give(). */
void decoder_take_heard(void *context, const struct heard *heard);

/* Everything up to then has been decoded. */
void decoder_promise(struct decoder *decoder, uint64_t up_to_ns);

/* Nothing will come any more; everything up to then has been decoded (0: it is not known). */
void decoder_finish(struct decoder *decoder, uint64_t up_to_ns);

#endif
