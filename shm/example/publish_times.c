/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Publishes the times of its own messages: one for each line on stdin.
 *
 *   cc publish_times.c $(pkg-config --cflags --libs prof_bus) -o publish_times
 */
#include <stdio.h>
#include <string.h>

#include <prof/bus.h>
#include <prof/clock.h>

int main(void)
{
	const struct prof_producer_options who = { .name = "example", .layer = PROF_LAYER_USER };
	struct prof_producer *producer = NULL;
	struct prof_bus *bus = NULL;
	uint64_t offset = 0; /* where the next message begins in its TCP stream */
	uint32_t count = 0;
	char line[4096];
	int err = prof_bus_join(PROF_BUS_NAME_DEFAULT, NULL, &bus);

	if (!err)
		err = prof_producer_attach(bus, &who, &producer);
	while (!err && fgets(line, sizeof(line), stdin)) {
		uint64_t now_ns = prof_now_ns(); /* first thing in a real receive callback */
		uint32_t size_bytes = (uint32_t)strlen(line);
		struct prof_event event = { .time_ns = now_ns,
					    .conn_key = 1, /* the socket's SO_COOKIE */
					    .kind = PROF_EVENT_MESSAGE,
					    .stamp_source = PROF_STAMP_CLOCK,
					    .message = { .end_offset = offset += size_bytes,
							 .message_index = count++,
							 .size_bytes = size_bytes } };

		(void)prof_publish(producer, &event); /* false: lane full, counted in the lane */
		prof_publish_mark(producer, now_ns);  /* nothing older will follow */
	}
	if (err)
		(void)fprintf(stderr, "publish_times: %s\n", prof_bus_explain(err).why);
	producer = prof_producer_detach(producer);
	bus = prof_bus_close(bus);
	return err ? 1 : 0;
}
