/* SPDX-License-Identifier: BSD-2-Clause */
#include "message_dump.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dpdk_capture/decode/explain.h"
#include "dpdk_capture/keys/key_files.h"
#include "dpdk_capture/messages/line.h"

#define OUTPUT_BYTES 65536

struct message_dump {
	struct key_log *log;
	struct messages *messages;
	struct line_ends ends;
};

static void print(void *context, const struct message *message)
{
	struct message_dump *dump = context;
	char line[LINE_BYTES_MAX];
	size_t size_bytes = line_format(message, &dump->ends, line);

	(void)fwrite_unlocked(line, 1, size_bytes, stdout); /* a failure is seen at the end */
}

int message_dump_open(const struct prof_text_list *key_files, struct message_dump **ret_dump,
		      struct fault *ret_fault)
{
	struct message_dump *dump = calloc(1, sizeof(*dump));
	struct messages_options options = { .give = print, .context = dump };
	int err;

	if (!dump)
		return fault_set(ret_fault, -ENOMEM, "messages", strerror(ENOMEM), "");
	(void)setvbuf(stdout, NULL, _IOFBF, OUTPUT_BYTES); /* else it is only slower */
	err = key_files_open(&dump->log, ret_fault);
	for (size_t i = 0; err == 0 && i < key_files->count; i++)
		err = key_files_read(dump->log, key_files->texts[i], ret_fault);
	options.log = dump->log;
	if (err == 0)
		dump->messages = messages_create(&options);
	if (err == 0 && !dump->messages)
		err = fault_set(ret_fault, -ENOMEM, "messages", strerror(ENOMEM), "");
	if (err) {
		message_dump_close(dump);
		return err;
	}
	*ret_dump = dump;
	return 0;
}

void message_dump_take(struct message_dump *dump, uint64_t time_ns, const struct packet_tcp *tcp)
{
	const struct messages_segment segment = {
		.src = &tcp->src,
		.dst = &tcp->dst,
		.time_ns = time_ns,
		.seq = tcp->seq,
		.ack = tcp->ack,
		.flags = tcp->flags,
		.is_wanted = true,
		.payload_bytes = tcp->payload_bytes,
		.captured_bytes = tcp->captured_bytes,
		.payload = tcp->payload,
	};

	messages_take(dump->messages, &segment);
}

void message_dump_secrets(void *context, const char *text, size_t size_bytes)
{
	struct message_dump *dump = context;
	struct key_log_line line = { 0 };

	key_log_feed(dump->log, &line, text, size_bytes);
	key_log_end(dump->log, &line);
}

void message_dump_finish(struct message_dump *dump)
{
	struct messages_counters counters;
	struct explained explained = { 0 };
	char text[LINE_COUNTERS_BYTES];

	messages_finish(dump->messages);
	messages_count(dump->messages, &counters);
	explain(&explained, &counters);
	(void)fprintf(stderr, "dpdk_capture: %s\n",
		      line_counters(&counters, &dump->log->counters, text, sizeof(text)));
}

void message_dump_close(struct message_dump *dump)
{
	if (!dump)
		return;
	dump->messages = messages_destroy(dump->messages);
	dump->log = key_files_close(dump->log);
	free(dump);
}
