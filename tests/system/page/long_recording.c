/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * long_recording FILE COUNT RATE EVERY: a recording of a run of COUNT messages, RATE a second, all
 * three layers, with a stall in every EVERY of them, for a page to be made of; on standard output
 * of each message its NIC->User in ns, and when it was handed over (two u64, as in memory).
 *
 * A stall holds one of the connections up: what arrives meanwhile is read when it ends.  The same
 * each time.
 */
#include <stdio.h>
#include <stdlib.h>

#include "correlator/recording/recorder.h"
#include "prof/clock.h"
#include "prof/flow.h"

#define CONN_COUNT    4u
#define MESSAGE_BYTES 200u
#define BEGIN_NS      (1000 * (uint64_t)PROF_NS_PER_S)
#define BASE_SEQ      1000u
#define ROUND_COUNT   64u /* messages between two looks at the lanes */

enum lane { LANE_NIC, LANE_KERNEL, LANE_USER, LANE_COUNT };

struct feed {
	struct recorder *recorder;
	struct prof_socket sockets[CONN_COUNT];
	uint64_t flow_ids[CONN_COUNT];
	uint64_t held_until_ns[CONN_COUNT];
	uint64_t read_ns[CONN_COUNT]; /* of the last message */
	uint64_t random;
};

static uint64_t random_below(struct feed *feed, uint64_t limit)
{
	feed->random ^= feed->random << 13;
	feed->random ^= feed->random >> 7;
	feed->random ^= feed->random << 17;
	return feed->random % limit;
}

static void begin(struct feed *feed)
{
	recorder_stream(feed->recorder, 0, "");
	for (uint32_t i = 0; i < CONN_COUNT; i++) {
		struct prof_socket *socket = &feed->sockets[i];
		struct prof_event syn = { .time_ns = 2,
					  .kind = PROF_EVENT_SEGMENT,
					  .seq = BASE_SEQ - 1,
					  .segment = { .tcp_flags = PROF_TCP_SYN } };
		char name[32];

		*socket = (struct prof_socket){
			.cookie = 100 + i, .registered_ns = 1, .tid = 7, .conn_number = 1 + i
		};
		prof_endpoint_set_ipv4(&socket->flow.local, "\x0a\x00\x00\x01",
				       (uint16_t)(2000 + i));
		prof_endpoint_set_ipv4(&socket->flow.remote, "\x0a\x00\x00\x02", 443);
		feed->flow_ids[i] = prof_flow_id(&socket->flow);
		(void)snprintf(name, sizeof(name), "stream%u@aggTrade", i);
		recorder_stream(feed->recorder, (uint16_t)(1 + i), name);
		recorder_socket(feed->recorder, socket);
		syn.conn_key = feed->flow_ids[i];
		recorder_event(feed->recorder, LANE_NIC, &syn);
	}
}

static void tell_lanes(struct feed *feed, uint64_t now_ns)
{
	static const enum prof_layer layers[] = { PROF_LAYER_NIC, PROF_LAYER_KERNEL,
						  PROF_LAYER_USER };

	for (uint32_t lane = 0; lane < LANE_COUNT; lane++) {
		struct prof_lane facts = { .generation = 1,
					   .is_owned = true,
					   .since_ns = 1,
					   .layer = layers[lane],
					   .name = "made up",
					   .mark_ns = now_ns };

		recorder_lane(feed->recorder, lane, &facts, now_ns);
	}
	recorder_round(feed->recorder, now_ns, 0);
}

static void tell_message(struct feed *feed, uint64_t index, uint64_t arrived_ns)
{
	uint32_t conn = (uint32_t)(index % CONN_COUNT);
	uint64_t start = index / CONN_COUNT * MESSAGE_BYTES;
	uint64_t delay_ns = 20000 + random_below(feed, 60000) + random_below(feed, 60000);
	uint64_t read_ns = arrived_ns + delay_ns;
	uint64_t told[2];
	struct prof_event event = { .time_ns = arrived_ns,
				    .conn_key = feed->flow_ids[conn],
				    .kind = PROF_EVENT_SEGMENT,
				    .seq = BASE_SEQ + (uint32_t)start,
				    .segment = { .size_bytes = MESSAGE_BYTES } };

	if (read_ns < feed->held_until_ns[conn])
		read_ns = feed->held_until_ns[conn];
	if (read_ns <= feed->read_ns[conn])
		read_ns = feed->read_ns[conn] + 1000;
	feed->read_ns[conn] = read_ns;
	recorder_event(feed->recorder, LANE_NIC, &event);
	event = (struct prof_event){ .time_ns = read_ns - 500,
				     .conn_key = feed->sockets[conn].cookie,
				     .kind = PROF_EVENT_READ,
				     .base_seq = BASE_SEQ,
				     .read = { .return_ns = read_ns,
					       .flow_id = feed->flow_ids[conn],
					       .start_offset = start,
					       .size_bytes = MESSAGE_BYTES,
					       .tid = 7 } };
	recorder_event(feed->recorder, LANE_KERNEL, &event);
	event = (struct prof_event){ .time_ns = read_ns + 400,
				     .conn_key = feed->sockets[conn].cookie,
				     .kind = PROF_EVENT_MESSAGE,
				     .stream_index = (uint16_t)(1 + conn),
				     .message = { .end_offset = start + MESSAGE_BYTES,
						  .message_index = (uint32_t)(index / CONN_COUNT),
						  .size_bytes = MESSAGE_BYTES,
						  .recv_before_ns = 300,
						  .parsed_after_ns = 700 } };
	recorder_event(feed->recorder, LANE_USER, &event);
	told[0] = event.time_ns - arrived_ns;
	told[1] = event.time_ns;
	(void)fwrite(told, sizeof(told), 1, stdout);
}

int main(int argc, char **argv)
{
	uint64_t count = argc == 5 ? strtoull(argv[2], NULL, 10) : 0;
	uint64_t rate = argc == 5 ? strtoull(argv[3], NULL, 10) : 0;
	uint64_t every = argc == 5 ? strtoull(argv[4], NULL, 10) : 0;
	const struct recorder_options options = { .path = argc > 1 ? argv[1] : "" };
	struct feed feed = { .random = 88172645463325252u };
	uint64_t now_ns = BEGIN_NS;

	if (!count || !rate || !every || recorder_open(&options, &feed.recorder) < 0) {
		(void)fprintf(stderr, "usage: long_recording FILE COUNT RATE EVERY\n");
		return EXIT_FAILURE;
	}
	begin(&feed);
	for (uint64_t i = 0; i < count; i++) {
		now_ns = BEGIN_NS + i * (uint64_t)PROF_NS_PER_S / rate;
		if (i % every == every / 2) /* 2 to 300 ms */
			feed.held_until_ns[i % CONN_COUNT] = now_ns + 2000000 +
							     random_below(&feed, 298) * 1000000;
		tell_message(&feed, i, now_ns);
		if (i % ROUND_COUNT == 0)
			tell_lanes(&feed, now_ns);
	}
	tell_lanes(&feed, now_ns + (uint64_t)PROF_NS_PER_S);
	recorder_end(feed.recorder, now_ns + (uint64_t)PROF_NS_PER_S);
	return recorder_close(feed.recorder) < 0 || fflush(stdout) != 0 ? EXIT_FAILURE
									: EXIT_SUCCESS;
}
