/* SPDX-License-Identifier: BSD-2-Clause */
/* Which frames are one segment of the wire: see selector.h for the rule. */
#include "dpdk_capture/select/selector.h"

#include <stdlib.h>

#include "tests/unit/dpdk_capture/frame_maker.h"
#include "tests/unit/unit.h"

#define CLIENT_PORT  40000
#define SERVICE_PORT 443

enum { IPV4 = 0x0800, IPV6 = 0x86dd, TCP = 6 };
enum { NONE = 0 }; /* a SYN that announces nothing */

/* A frame of the service, or of the client; what it says of its length need not be captured. */
struct shape {
	uint16_t type;
	bool is_outbound;
	uint8_t flags;
	uint16_t mss_bytes;  /* of a SYN */
	size_t option_bytes; /* besides */
	size_t payload_bytes;
	size_t cut_bytes; /* of the TCP options, and all behind them, 0: nothing */
};

/* The makers' frames are the client's. */
static void swap_addresses(uint8_t *bytes, uint16_t type)
{
	size_t at = type == IPV4 ? 26 : 22;
	size_t size_bytes = type == IPV4 ? 4 : 16;
	uint8_t first[16];

	memcpy(first, bytes + at, size_bytes);
	memcpy(bytes + at, bytes + at + size_bytes, size_bytes);
	memcpy(bytes + at + size_bytes, first, size_bytes);
}

static void make(struct frame_maker *frame, const struct shape *shape)
{
	size_t mss_option_bytes = shape->flags & PROF_TCP_SYN && shape->mss_bytes ? 4 : 0;
	size_t option_bytes = mss_option_bytes + shape->option_bytes;
	size_t behind_bytes = 20 + option_bytes + shape->payload_bytes;
	const uint8_t mss[4] = { 2, 4, (uint8_t)(shape->mss_bytes >> 8),
				 (uint8_t)shape->mss_bytes };
	uint8_t *tcp;

	maker_ethernet(frame, NULL, 0, shape->type);
	if (shape->type == IPV4)
		maker_ipv4(frame, 0, behind_bytes, TCP, 0);
	else
		maker_ipv6(frame, behind_bytes, TCP);
	tcp = frame->bytes + frame->size_bytes;
	maker_tcp(frame, option_bytes, shape->flags, 0);
	/* Behind those that say nothing: it has to be looked for. */
	memcpy(tcp + 20 + shape->option_bytes, mss, mss_option_bytes);
	if (!shape->is_outbound) {
		swap_addresses(frame->bytes, shape->type);
		tcp[0] = SERVICE_PORT >> 8;
		tcp[1] = SERVICE_PORT & 0xff;
		tcp[2] = CLIENT_PORT >> 8;
		tcp[3] = CLIENT_PORT & 0xff;
	}
	frame->size_bytes -= shape->cut_bytes;
}

/* As the capture does it; returns whether it is called merged. */
static bool is_merged(struct selector *selector, const struct shape *shape, bool is_marked)
{
	const struct sighting sighting = { .time_ns = 1, .is_marked = is_marked };
	struct frame_maker frame;
	struct packet_tcp tcp;
	struct selector_segment segment;
	struct prof_event event;

	make(&frame, shape);
	if (selector_glance(selector, frame.bytes, frame.size_bytes, is_marked, &segment) ==
	    GLANCE_PUBLISH)
		return segment.event_flags & PROF_FLAG_MERGED;
	assert_true(packet_parse(PACKET_LINK_ETHERNET, frame.bytes, frame.size_bytes,
				 frame.size_bytes, &tcp) <= PACKET_TCP_EMPTY);
	if (selector_offer(selector, &tcp, &sighting, &event) != SELECTOR_PUBLISH)
		return false;
	selector_learn(selector, frame.bytes, frame.size_bytes, &event);
	return event.flags & PROF_FLAG_MERGED;
}

static struct selector *create(void)
{
	const struct selector_options options = { .is_all = true };
	struct selector *selector = selector_create(&options);

	assert_non_null(selector);
	return selector;
}

static void shake_hands(struct selector *selector, uint16_t type, uint16_t client_mss_bytes,
			uint16_t service_mss_bytes)
{
	const struct shape syn = { .type = type,
				   .is_outbound = true,
				   .flags = PROF_TCP_SYN,
				   .mss_bytes = client_mss_bytes };
	const struct shape syn_ack = { .type = type,
				       .flags = PROF_TCP_SYN | PROF_TCP_ACK,
				       .mss_bytes = service_mss_bytes };

	assert_false(is_merged(selector, &syn, false));
	assert_false(is_merged(selector, &syn_ack, false));
}

/* The largest frame that is one segment; beyond it all are merged. */
static size_t largest_segment(struct selector *selector, uint16_t type, size_t option_bytes,
			      bool is_outbound, bool is_marked)
{
	size_t largest_bytes = 0;

	for (size_t payload_bytes = 1; payload_bytes < 16000; payload_bytes++) {
		const struct shape data = { .type = type,
					    .is_outbound = is_outbound,
					    .flags = PROF_TCP_ACK,
					    .option_bytes = option_bytes,
					    .payload_bytes = payload_bytes };

		/* Twice: thoroughly, and at a glance. */
		for (int i = 0; i < 2; i++) {
			if (!is_merged(selector, &data, is_marked)) {
				assert_int_equal(largest_bytes + (i == 0), payload_bytes);
				largest_bytes = payload_bytes;
			}
		}
	}
	return largest_bytes;
}

static void no_segment_is_larger_than_the_smaller_mss_less_its_options(void **state)
{
	static const struct {
		uint16_t type;
		uint16_t client_mss_bytes;
		uint16_t service_mss_bytes;
		size_t option_bytes;
		size_t wanted_bytes;
	} cases[] = {
		{ IPV4, 8960, 1460, 0, 1460 },	/* a cloud's MTU of 9001 here, 1500 there */
		{ IPV4, 8960, 1460, 12, 1448 }, /* with time stamps */
		{ IPV4, 1448, 8960, 12, 1436 },
		{ IPV4, 1460, 1460, 24, 1436 }, /* and what was received selectively */
		{ IPV4, 9000, 9000, 0, 9000 },
		{ IPV4, 1460, NONE, 0, 536 },
		{ IPV6, 8940, 1440, 12, 1428 },
		{ IPV6, NONE, NONE, 0, 1220 },
	};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
		struct selector *selector = create();
		bool is_marked = i % 2;

		shake_hands(selector, cases[i / 2].type, cases[i / 2].client_mss_bytes,
			    cases[i / 2].service_mss_bytes);
		assert_int_equal(largest_segment(selector, cases[i / 2].type,
						 cases[i / 2].option_bytes, i % 3 == 0, is_marked),
				 cases[i / 2].wanted_bytes);
		assert_int_equal(selector->guessed_count, 0);
		free(selector);
	}
}

static void without_syns_and_marks_it_is_guessed_and_counted(void **state)
{
	struct selector *selector = create();

	(void)state;
	assert_int_equal(largest_segment(selector, IPV4, 0, false, false), 536);
	assert_int_equal(selector->guessed_count, 2 * (15999 - 536));
	assert_int_equal(largest_segment(selector, IPV6, 12, false, false), 1220 - 12);
	free(selector);
}

static void where_merged_frames_are_marked_all_others_are_segments(void **state)
{
	struct selector *selector = create();

	(void)state;
	assert_int_equal(largest_segment(selector, IPV4, 0, false, true), 15999);
	assert_int_equal(selector->guessed_count, 0);
	free(selector);
}

/* A SYN whose options were not captured has announced nothing that we know. */
static void a_syn_that_is_cut_leaves_the_mss_unknown(void **state)
{
	const struct shape cut = { .type = IPV4,
				   .is_outbound = true,
				   .flags = PROF_TCP_SYN,
				   .mss_bytes = 1460,
				   .option_bytes = 4,
				   .cut_bytes = 3 };
	struct selector *selector = create();

	(void)state;
	assert_false(is_merged(selector, &cut, false));
	assert_int_equal(largest_segment(selector, IPV4, 0, false, false), 536);
	free(selector);
}

static void a_second_life_has_an_mss_of_its_own(void **state)
{
	struct selector *selector = create();

	(void)state;
	shake_hands(selector, IPV4, 1460, 536);
	assert_int_equal(largest_segment(selector, IPV4, 0, false, true), 536);
	shake_hands(selector, IPV4, 8960, 8960);
	assert_int_equal(largest_segment(selector, IPV4, 0, false, true), 8960);
	free(selector);
}

/* A registered connection keeps its own, however many others come by and push it out. */
static void what_is_registered_keeps_its_mss(void **state)
{
	const struct selector_options options = { 0 };
	struct selector *selector = selector_create(&options);
	struct flow flow = { .cookie = 7, .is_open = true };
	static const uint8_t client[4] = { 10, 0, 0, 1 };
	static const uint8_t service[4] = { 10, 0, 0, 2 };
	struct prof_flow ends;

	(void)state;
	assert_non_null(selector);
	prof_endpoint_set_ipv4(&ends.local, client, CLIENT_PORT);
	prof_endpoint_set_ipv4(&ends.remote, service, SERVICE_PORT);
	flow.local = ends.local;
	flow.flow_id = prof_flow_id(&ends);
	flow.hash = flow_hash(&ends.local, &ends.remote);
	/* maker_ipv4() sends from 10.0.0.1 to 10.0.0.2, whoever it is: only the ports turn round.
	 */
	shake_hands(selector, IPV4, 1460, 1460);
	for (int round = 0; round < 2; round++) {
		selector_begin_update(selector);
		(void)selector_add(selector, &flow);
		selector_end_update(selector);
		memset(&selector->mss, 0, sizeof(selector->mss));
		assert_int_equal(largest_segment(selector, IPV4, 0, true, false), 1460);
	}
	free(selector);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_segment_is_larger_than_the_smaller_mss_less_its_options),
		cmocka_unit_test(without_syns_and_marks_it_is_guessed_and_counted),
		cmocka_unit_test(where_merged_frames_are_marked_all_others_are_segments),
		cmocka_unit_test(a_syn_that_is_cut_leaves_the_mss_unknown),
		cmocka_unit_test(a_second_life_has_an_mss_of_its_own),
		cmocka_unit_test(what_is_registered_keeps_its_mss),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
