/* SPDX-License-Identifier: BSD-2-Clause */
/* --dump-messages: frames in, a line for each WebSocket message out. */
#ifndef CAPTURE_MESSAGE_DUMP_H
#define CAPTURE_MESSAGE_DUMP_H

#include "dpdk_capture/fault/fault.h"
#include "dpdk_capture/parse/packet.h"
#include "prof/cli.h"

struct message_dump;

/* Reads the key files.  Returns 0, or a negative errno and *ret_fault. */
int message_dump_open(const struct prof_text_list *key_files, struct message_dump **ret_dump,
		      struct fault *ret_fault);

/* Takes the next segment. */
void message_dump_take(struct message_dump *dump, uint64_t time_ns, const struct packet_tcp *tcp);

/* Secrets that stand in the capture file itself; `context` is a struct message_dump. */
void message_dump_secrets(void *context, const char *text, size_t size_bytes);

/* What is held still comes out; then what was counted is said on stderr. */
void message_dump_finish(struct message_dump *dump);

/* Wipes and frees.  NULL is allowed. */
void message_dump_close(struct message_dump *dump);

#endif
