/* SPDX-License-Identifier: BSD-2-Clause */
/* What a message carries by which others know it, as an event for the bus.  Pure. */
#ifndef CAPTURE_TOKEN_EVENT_H
#define CAPTURE_TOKEN_EVENT_H

#include "dpdk_capture/messages/messages.h"
#include "prof/event.h"
#include "token_keys.h"

/* A number for a value's text, the same for the same, and in all likelihood for no other; never 0.
 */
uint64_t token_hash(const char *text, size_t size_bytes);

/*
 * Of a client's message: that it is an order, if it has one of the pairs' order keys.  Of a
 * server's: the value of the first pair's message key that it has, and of "id", by which it may
 * answer a request.  Its stamp is the caller's to fill in.  False if there is nothing to say.
 */
bool token_event(const struct token_keys *keys, const struct message *message,
		 struct prof_event *ret_event);

#endif
