/* SPDX-License-Identifier: BSD-2-Clause */
/* A glance publishes what the thorough way does, word for word. */
#include "dpdk_capture/select/segment_words.h"

#include <stdlib.h>

#include "tests/unit/dpdk_capture/frame_maker.h"
#include "tests/unit/unit.h"

enum { SERVICE_PORT = 443 };

/* The client is 10.0.0.1 with this port, the service 10.0.0.2. */
static struct flow make_flow(uint16_t client_port, uint64_t cookie, bool is_open)
{
	static const uint8_t client_addr[4] = { 10, 0, 0, 1 };
	static const uint8_t service_addr[4] = { 10, 0, 0, 2 };
	struct prof_flow ends = { 0 };

	prof_endpoint_set_ipv4(&ends.local, client_addr, client_port);
	prof_endpoint_set_ipv4(&ends.remote, service_addr, SERVICE_PORT);
	return (struct flow){
		.flow_id = prof_flow_id(&ends),
		.local = ends.local,
		.hash = flow_hash(&ends.local, &ends.remote),
		.cookie = cookie,
		.is_open = is_open,
	};
}

static struct selector *create(const struct selector_options *options)
{
	struct selector *selector = selector_create(options);

	assert_non_null(selector);
	return selector;
}

/* The thorough way alone. */
static bool publishes(struct selector *selector, const struct frame_maker *frame,
		      const struct sighting *sighting, struct prof_event *event)
{
	struct packet_tcp tcp;
	enum packet_verdict verdict = packet_parse(PACKET_LINK_ETHERNET, frame->bytes,
						   frame->size_bytes, frame->size_bytes, &tcp);

	return (verdict == PACKET_TCP_DATA || verdict == PACKET_TCP_EMPTY) &&
	       selector_offer(selector, &tcp, sighting, event) == SELECTOR_PUBLISH;
}

/* With a glance first, as the capture does it. */
static bool publishes_at_a_glance(struct selector *selector, const struct frame_maker *frame,
				  const struct sighting *sighting, struct prof_event *event,
				  uint32_t *glance_count)
{
	struct selector_segment segment;
	enum selector_glance glance = selector_glance(selector, frame->bytes, frame->size_bytes,
						      sighting->is_marked, &segment);
	struct seen_words seen;
	uint64_t words[PROF_EVENT_WORDS];

	if (glance != GLANCE_UNSURE && glance != GLANCE_PUBLISH)
		return false;
	if (glance == GLANCE_PUBLISH) {
		seen_words(sighting, &seen);
		segment_words(&seen, &segment, words);
		memcpy(event, words, sizeof(*event));
		(*glance_count)++;
		return true;
	}
	if (!publishes(selector, frame, sighting, event))
		return false;
	selector_learn(selector, frame->bytes, frame->size_bytes, event);
	return true;
}

static uint32_t next_random(uint32_t *random)
{
	*random = *random * 1664525 + 1013904223;
	return *random >> 8;
}

/* Of one of a few connections, in either direction, with any flags and length, and acknowledging
   nothing or all; or as of connections that only receive. */
static void make_frame(struct frame_maker *frame, bool is_only_inbound, uint32_t *random)
{
	static const uint8_t flags[] = { PROF_TCP_ACK,
					 PROF_TCP_ACK,
					 PROF_TCP_ACK | PROF_TCP_PSH,
					 PROF_TCP_SYN,
					 PROF_TCP_SYN | PROF_TCP_ACK,
					 PROF_TCP_FIN,
					 PROF_TCP_RST };
	size_t payload_bytes = next_random(random) % 3 * 10;
	bool is_outbound = next_random(random) % 2;
	uint16_t client_port = (uint16_t)(40000 + next_random(random) % 6);

	if (is_outbound && is_only_inbound)
		payload_bytes = 0;
	maker_ethernet(frame, NULL, 0, 0x0800);
	maker_ipv4(frame, 0, 20 + payload_bytes, 6, 0);
	maker_tcp(frame, 0, flags[next_random(random) % sizeof(flags)], payload_bytes);
	/* maker_ipv4() sends from 10.0.0.1, the client, to 10.0.0.2. */
	frame->bytes[29] = is_outbound ? 1 : 2;
	frame->bytes[33] = is_outbound ? 2 : 1;
	frame->bytes[is_outbound ? 34 : 36] = (uint8_t)(client_port >> 8);
	frame->bytes[is_outbound ? 35 : 37] = (uint8_t)client_port;
	frame->bytes[is_outbound ? 36 : 34] = SERVICE_PORT >> 8;
	frame->bytes[is_outbound ? 37 : 35] = SERVICE_PORT & 0xff;
	frame->bytes[41] = (uint8_t)next_random(random);
	memcpy(&frame->bytes[42], next_random(random) % 2 ? "\1\2\4" : "\1\2\2", 4);
}

/* Some of the connections, some of them closed, some living a second life. */
static void register_some(struct selector *selector, uint32_t random)
{
	selector_begin_update(selector);
	for (uint16_t i = 0; i < 5; i++) {
		struct flow flow = make_flow((uint16_t)(40000 + i), 1 + next_random(&random) % 2,
					     next_random(&random) % 2);

		if (next_random(&random) % 4)
			(void)selector_add(selector, &flow);
	}
	selector_end_update(selector);
}

static void a_glance_publishes_what_the_thorough_way_does(void **state)
{
	static const struct selector_options kinds[] = { { 0 },
							 { .port = 443 },
							 { .is_all = true } };

	(void)state;
	for (size_t kind = 0; kind < 3; kind++) {
		struct selector *thorough = create(&kinds[kind]);
		struct selector *quick = create(&kinds[kind]);
		uint32_t glance_count = 0;
		uint32_t random = 1;

		for (uint32_t round = 0; round < 200000; round++) {
			const struct sighting sighting = {
				.time_ns = round,
				.stamp_source = PROF_STAMP_PACKET,
				.uncertainty_log2_ns = round % 64,
				.flags = PROF_FLAG_MERGED | (round % 2 ? PROF_FLAG_HANDED : 0),
				.handed_after_ns = round % 2 ? -(int32_t)round : 0,
				.handed_uncertainty_log2_ns = round % 2 ? round % 32 : 0
			};
			struct frame_maker frame;
			struct prof_event events[2];

			if (round % 100 == 0) {
				register_some(thorough, random);
				register_some(quick, random);
			}
			make_frame(&frame, round / 1000 % 5 != 0, &random);
			memset(events, 0, sizeof(events));
			if (publishes(thorough, &frame, &sighting, &events[0])) {
				assert_true(publishes_at_a_glance(quick, &frame, &sighting,
								  &events[1], &glance_count));
				assert_memory_equal(&events[0], &events[1], sizeof(events[0]));
			} else {
				assert_false(publishes_at_a_glance(quick, &frame, &sighting,
								   &events[1], &glance_count));
			}
		}
		assert_true(glance_count > 10000);
		free(thorough);
		free(quick);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_glance_publishes_what_the_thorough_way_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
