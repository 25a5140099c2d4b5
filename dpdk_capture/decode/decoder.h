/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Captured segments to an event on the bus for each WebSocket message in them,
 * beside the polling loop, in a thread of its own.  Where the kernel keeps the
 * interface that thread listens to it by itself (listener.h): the polling loop
 * has nothing to do with payloads.  Where DPDK owns the device a queue brings
 * them, which is never waited for.  A capture file can wait: its segments are
 * decoded where they are read, and nothing is dropped.
 *
 * The decoder has a lane of its own on the bus, of the NIC layer, and promises
 * on it what it has seen all of, once it has decoded up to there.
 */
#ifndef CAPTURE_DECODER_H
#define CAPTURE_DECODER_H

#include <sched.h>

#include "dpdk_capture/fault/fault.h"
#include "dpdk_capture/parse/packet.h"
#include "dpdk_capture/tokens/token_keys.h"
#include "message_event.h"
#include "prof/bus.h"
#include "prof/cli.h"

struct decoder;

struct decoder_options {
	struct prof_bus *bus;
	const struct prof_text_list *key_files;
	const struct token_keys *token_keys; /* none: what clients say is not looked at */
	bool is_offline;
	bool is_verbose;
	bool is_listening; /* to an interface itself: nothing is offered; see decoder_listen() */
	bool is_all;	   /* then: which connections are wanted; see listener.h */
	uint16_t port;
	uint64_t since_ns;	/* of the lane; see prof_producer_options */
	const cpu_set_t *cores; /* where the thread may run; NULL: where its maker does */
};

/*
 * Reads the key files and starts.  Returns 0 and the decoder, or a negative
 * errno and *ret_fault.
 */
int decoder_open(const struct decoder_options *options, struct decoder **ret_decoder,
		 struct fault *ret_fault);

/* The next segment.  is_wanted: somebody asked for its connection. */
void decoder_offer(struct decoder *decoder, const struct packet_tcp *tcp, uint64_t time_ns,
		   const struct message_stamp *stamp, bool is_wanted);

/*
 * Listens to an interface of the caller's network namespace; NULL: to none.
 * Returns 0, or a negative errno and *ret_fault.
 */
int decoder_listen(struct decoder *decoder, const char *interface, struct fault *ret_fault);

/* Everything up to up_to_ns has been offered. */
void decoder_mark(struct decoder *decoder, uint64_t up_to_ns);

/* Secrets that stand in the capture file itself; `context` is a struct decoder.  Offline only. */
void decoder_secrets(void *context, const char *text, size_t size_bytes);

/* Decodes what is left, ends the thread, says what could not be read, frees.  NULL is allowed. */
void decoder_close(struct decoder *decoder);

#endif
