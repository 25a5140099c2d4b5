/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Takes everything the clients put on a bus and prints one line for each
 * message: conn, index, start, end, time_ns, recv_before_ns, parsed_after_ns,
 * flags, exch_time_us, stream; tab-separated.  Ends when stopped, or when the
 * last client has gone and nothing is left.  For tests.
 *
 *   client_events BUS
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>

#include "prof/bus.h"
#include "prof/cli.h"

static volatile sig_atomic_t stop_flag;

static void on_signal(int number)
{
	(void)number;
	stop_flag = 1;
}

static void print_event(const struct prof_bus *bus, const struct prof_event *event)
{
	const struct prof_message *message = &event->message;
	char stream[PROF_STREAM_NAME_BYTES] = "";

	if (event->kind != PROF_EVENT_MESSAGE)
		return;
	(void)prof_stream_read(bus, event->stream_index, stream); /* none: stays empty */
	(void)printf("%u\t%" PRIu32 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu32 "\t%" PRIu32
		     "\t%u\t%" PRIu64 "\t%s\n",
		     event->conn_number, message->message_index,
		     message->end_offset - message->size_bytes, message->end_offset, event->time_ns,
		     message->recv_before_ns, message->parsed_after_ns, event->flags,
		     message->exch_time_us, stream);
}

/* Returns how many producers of the user layer live; *is_seen: one does, or has left something. */
static size_t drain(const struct prof_bus *bus, struct prof_consumer *consumer, bool *is_seen)
{
	struct prof_event events[32];
	size_t owner_count = 0;

	for (uint32_t i = 0; i < prof_bus_lane_count(bus); i++) {
		struct prof_lane lane;
		size_t taken;

		if (!prof_lane_read(bus, i, &lane))
			continue;
		owner_count += lane.is_owned && lane.layer == PROF_LAYER_USER;
		while ((taken = prof_take(consumer, i, events, 32, NULL)) > 0) {
			*is_seen = true;
			for (size_t k = 0; k < taken; k++)
				print_event(bus, &events[k]);
		}
	}
	*is_seen |= owner_count > 0;
	return owner_count;
}

int main(int argc, char **argv)
{
	const struct sigaction action = { .sa_handler = on_signal };
	struct prof_consumer *consumer = NULL;
	struct prof_bus *bus = NULL;
	bool is_seen = false;

	if (argc != 2 || prof_bus_join(argv[1], NULL, &bus) < 0)
		return PROF_EXIT_USAGE;
	if (prof_consumer_attach(bus, &consumer) < 0) {
		(void)prof_bus_close(bus);
		return PROF_EXIT_FAILED;
	}
	(void)sigaction(SIGTERM, &action, NULL);
	(void)fprintf(stderr, "client_events: ready\n");
	/* On a busy machine a client may have come and gone between two looks. */
	for (;;) {
		bool is_last = stop_flag; /* what came before it is taken yet */

		(void)prof_consumer_wait(consumer, 20);
		if ((!drain(bus, consumer, &is_seen) && is_seen) || is_last)
			break;
	}
	(void)prof_consumer_detach(consumer);
	(void)prof_bus_close(bus);
	return PROF_EXIT_OK;
}
