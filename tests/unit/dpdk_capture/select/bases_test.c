/* SPDX-License-Identifier: BSD-2-Clause */
/* Connections that are published whether somebody registers them or not, and their bases. */
#include "dpdk_capture/select/selector.h"

#include <stdlib.h>

#include "prof/event.h"
#include "tests/unit/unit.h"

enum { SERVICE_PORT = 443, CLIENT_PORT = 40000, SERVICE_SEQ = 5000 };

static struct packet_tcp make_segment(bool is_outbound, uint8_t flags, uint32_t seq,
				      uint32_t payload_bytes)
{
	static const uint8_t client_addr[4] = { 10, 0, 0, 1 };
	static const uint8_t service_addr[4] = { 10, 0, 0, 2 };
	struct packet_tcp tcp = { .seq = seq, .payload_bytes = payload_bytes, .flags = flags };

	prof_endpoint_set_ipv4(is_outbound ? &tcp.src : &tcp.dst, client_addr, CLIENT_PORT);
	prof_endpoint_set_ipv4(is_outbound ? &tcp.dst : &tcp.src, service_addr, SERVICE_PORT);
	return tcp;
}

static struct flow make_flow(void)
{
	struct packet_tcp tcp = make_segment(true, 0, 0, 0);
	struct prof_flow ends = { .local = tcp.src, .remote = tcp.dst };

	return (struct flow){ .flow_id = prof_flow_id(&ends),
			      .local = tcp.src,
			      .remote_port = tcp.dst.port,
			      .hash = flow_hash(&tcp.src, &tcp.dst),
			      .cookie = 1,
			      .is_open = true };
}

static bool add(struct selector *selector, const struct flow *flow)
{
	bool is_new;

	selector_begin_update(selector);
	is_new = selector_add(selector, flow);
	selector_end_update(selector);
	return is_new;
}

static enum selector_verdict offer(struct selector *selector, bool is_outbound, uint8_t flags,
				   uint32_t seq, uint32_t payload_bytes)
{
	const struct sighting sighting = { .time_ns = 1, .stamp_source = PROF_STAMP_POLL };
	const struct packet_tcp tcp = make_segment(is_outbound, flags, seq, payload_bytes);
	struct prof_event event;

	return selector_offer(selector, &tcp, &sighting, &event);
}

static struct selector *create(bool is_all, uint16_t port)
{
	const struct selector_options options = { .is_all = is_all, .port = port };
	struct selector *selector = selector_create(&options);

	assert_non_null(selector);
	return selector;
}

/* The socket is registered once it is connected: its SYN-ACK was published before that. */
static void what_was_published_unasked_still_gives_its_base(void **state)
{
	(void)state;
	for (int is_all = 0; is_all < 2; is_all++) {
		struct selector *selector = create(is_all, is_all ? 0 : SERVICE_PORT);
		struct flow flow = make_flow();
		struct prof_event events[8];
		size_t cursor = 0;

		assert_int_equal(offer(selector, true, PROF_TCP_SYN, 99, 0), SELECTOR_PUBLISH);
		assert_int_equal(
			offer(selector, false, PROF_TCP_SYN | PROF_TCP_ACK, SERVICE_SEQ, 0),
			SELECTOR_PUBLISH);
		assert_int_equal(offer(selector, false, PROF_TCP_ACK, SERVICE_SEQ + 1, 10),
				 SELECTOR_PUBLISH);
		assert_true(add(selector, &flow));
		assert_true(selector_is_unasked(selector, &flow));
		/* The SYNs only, and nothing twice. */
		assert_int_equal(selector_recall(selector, &flow, &cursor, events, 8), 2);
		assert_null(selector_anchors(selector, &events[0]));
		assert_non_null(selector_anchors(selector, &events[1]));
		assert_int_equal(events[1].seq, SERVICE_SEQ);
		assert_int_equal(selector_recall(selector, &flow, &cursor, events, 8), 0);
		free(selector);
	}
}

static void what_waits_for_its_registration_is_not_published_unasked(void **state)
{
	struct selector *none = create(false, 0);
	struct selector *other = create(false, 8080);
	struct flow flow = make_flow();

	(void)state;
	assert_false(selector_is_unasked(none, &flow));
	assert_false(selector_is_unasked(other, &flow));
	assert_int_equal(offer(other, true, PROF_TCP_SYN, 99, 0), SELECTOR_KEPT);
	free(none);
	free(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_published_unasked_still_gives_its_base),
		cmocka_unit_test(what_waits_for_its_registration_is_not_published_unasked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
