/* SPDX-License-Identifier: BSD-2-Clause */
/* Acknowledgements of what a registered end has sent. */
#include "dpdk_capture/select/selector.h"

#include <stdlib.h>

#include "prof/event.h"
#include "tests/unit/dpdk_capture/frame_maker.h"
#include "tests/unit/unit.h"

enum { SERVICE_PORT = 443 };

/* The client is 10.0.0.1 with this port, the service 10.0.0.2. */
static struct packet_tcp make_segment(uint16_t client_port, bool is_outbound, uint8_t flags,
				      uint32_t seq, uint32_t payload_bytes)
{
	static const uint8_t client_addr[4] = { 10, 0, 0, 1 };
	static const uint8_t service_addr[4] = { 10, 0, 0, 2 };
	struct packet_tcp tcp = { .seq = seq, .payload_bytes = payload_bytes, .flags = flags };

	prof_endpoint_set_ipv4(is_outbound ? &tcp.src : &tcp.dst, client_addr, client_port);
	prof_endpoint_set_ipv4(is_outbound ? &tcp.dst : &tcp.src, service_addr, SERVICE_PORT);
	return tcp;
}

static struct flow make_flow(uint16_t client_port, uint64_t cookie, bool is_open)
{
	struct packet_tcp tcp = make_segment(client_port, true, 0, 0, 0);
	struct prof_flow ends = { .local = tcp.src, .remote = tcp.dst };

	return (struct flow){
		.flow_id = prof_flow_id(&ends),
		.local = tcp.src,
		.hash = flow_hash(&tcp.src, &tcp.dst),
		.cookie = cookie,
		.is_open = is_open,
	};
}

static enum selector_verdict offer(struct selector *selector, const struct packet_tcp *tcp,
				   uint64_t time_ns, struct prof_event *ret_event)
{
	const struct sighting sighting = { .time_ns = time_ns, .stamp_source = PROF_STAMP_POLL };

	return selector_offer(selector, tcp, &sighting, ret_event);
}

static bool update_with(struct selector *selector, const struct flow *flow)
{
	bool is_new;

	selector_begin_update(selector);
	is_new = selector_add(selector, flow);
	selector_end_update(selector);
	return is_new;
}

static struct selector *create(bool is_all, uint16_t port)
{
	const struct selector_options options = { .is_all = is_all, .port = port };
	struct selector *selector = selector_create(&options);

	assert_non_null(selector);
	return selector;
}

/* Of what a registered end has sent, and only as far as it goes beyond what was acknowledged. */
static void an_acknowledgement_is_published_where_one_is_waited_for(void **state)
{
	struct selector *selector = create(false, 0);
	struct flow flow = make_flow(40000, 1, true);
	struct packet_tcp sent = make_segment(40000, true, PROF_TCP_ACK, 1000, 50);
	struct packet_tcp ack = make_segment(40000, false, PROF_TCP_ACK, 5, 0);
	struct packet_tcp own = make_segment(40000, true, PROF_TCP_ACK, 1050, 0);
	struct prof_event event;

	(void)state;
	assert_true(update_with(selector, &flow));
	ack.ack = 1000;
	assert_int_equal(offer(selector, &ack, 1, &event), SELECTOR_ACK);
	assert_int_equal(offer(selector, &sent, 2, &event), SELECTOR_PUBLISH);
	assert_int_equal(selector->owed_count, 1);
	assert_int_equal(offer(selector, &own, 3, &event), SELECTOR_ACK);
	assert_int_equal(offer(selector, &ack, 3, &event), SELECTOR_ACK);
	ack.ack = 1020;
	assert_int_equal(offer(selector, &ack, 4, &event), SELECTOR_PUBLISH);
	assert_int_equal(event.segment.ack_seq, 1020);
	assert_int_equal(event.segment.size_bytes, 0);
	assert_int_equal(event.flags, 0);
	assert_int_equal(offer(selector, &ack, 5, &event), SELECTOR_ACK); /* the same again */
	(void)update_with(selector, &flow);
	assert_int_equal(selector->owed_count, 1);
	ack.ack = 1050;
	assert_int_equal(offer(selector, &ack, 6, &event), SELECTOR_PUBLISH);
	assert_int_equal(selector->owed_count, 0);
	assert_int_equal(offer(selector, &ack, 7, &event), SELECTOR_ACK);
	assert_int_equal(offer(selector, &sent, 8, &event), SELECTOR_PUBLISH);
	ack.payload_bytes = 10; /* with data it is published anyway */
	assert_int_equal(offer(selector, &ack, 9, &event), SELECTOR_PUBLISH);
	assert_int_equal(selector->owed_count, 0);
	free(selector);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_acknowledgement_is_published_where_one_is_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
