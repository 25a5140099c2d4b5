/* SPDX-License-Identifier: BSD-2-Clause */
#include "dpdk_capture/select/selector.h"

#include <stdio.h>
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

static void a_registered_flow_is_published_with_its_direction(void **state)
{
	struct selector *selector = create(false, 0);
	struct flow flow = make_flow(40000, 1, true);
	struct prof_event event;

	(void)state;
	assert_true(update_with(selector, &flow));
	for (int is_outbound = 0; is_outbound < 2; is_outbound++) {
		struct packet_tcp tcp = make_segment(40000, is_outbound, PROF_TCP_ACK, 77, 10);

		assert_int_equal(offer(selector, &tcp, 123, &event), SELECTOR_PUBLISH);
		assert_true(event.conn_key == flow.flow_id);
		assert_int_equal(event.kind, PROF_EVENT_SEGMENT);
		assert_int_equal(event.time_ns, 123);
		assert_int_equal(event.seq, 77);
		assert_int_equal(event.segment.size_bytes, 10);
		assert_int_equal(event.flags, is_outbound ? PROF_FLAG_OUTBOUND : 0);
	}
	free(selector);
}

static void only_segments_that_say_something_are_published(void **state)
{
	struct selector *selector = create(true, 0);
	struct prof_event event;

	(void)state;
	for (unsigned int flags = 0; flags < 256; flags++) {
		bool is_state = flags & (PROF_TCP_SYN | PROF_TCP_FIN | PROF_TCP_RST);
		struct packet_tcp tcp = make_segment(1, false, (uint8_t)flags, 5, 0);

		assert_int_equal(offer(selector, &tcp, 1, &event),
				 is_state ? SELECTOR_PUBLISH : SELECTOR_ACK);
		tcp.payload_bytes = 1;
		assert_int_equal(offer(selector, &tcp, 1, &event), SELECTOR_PUBLISH);
		assert_int_equal(event.segment.tcp_flags, flags);
		assert_int_equal(event.segment.size_bytes, !(flags & PROF_TCP_RST)); /* no data */
	}
	free(selector);
}

static void others_are_filtered_unless_their_port_was_asked_for(void **state)
{
	struct packet_tcp tcp = make_segment(40000, false, PROF_TCP_ACK, 1, 1);
	struct selector *none = create(false, 0);
	struct selector *other = create(false, 80);
	struct selector *port = create(false, SERVICE_PORT);
	struct prof_event event;

	(void)state;
	assert_int_equal(offer(none, &tcp, 1, &event), SELECTOR_FILTERED);
	assert_int_equal(offer(other, &tcp, 1, &event), SELECTOR_FILTERED);
	assert_int_equal(offer(port, &tcp, 1, &event), SELECTOR_PUBLISH);
	assert_int_equal(event.flags, 0);
	tcp = make_segment(40000, true, PROF_TCP_ACK, 1, 1);
	assert_int_equal(offer(port, &tcp, 1, &event), SELECTOR_PUBLISH);
	assert_int_equal(event.flags, PROF_FLAG_OUTBOUND);
	free(none);
	free(other);
	free(port);
}

/* A handshake and so many segments of data; times and sequence numbers count up. */
static void connect_unregistered(struct selector *selector, uint16_t client_port, uint32_t base,
				 size_t data_count)
{
	struct packet_tcp syn = make_segment(client_port, true, PROF_TCP_SYN, 900, 0);
	struct packet_tcp answer = make_segment(client_port, false, PROF_TCP_SYN | PROF_TCP_ACK,
						base - 1, 0);
	struct prof_event event;

	assert_int_equal(offer(selector, &syn, 1, &event), SELECTOR_KEPT);
	assert_int_equal(offer(selector, &answer, 2, &event), SELECTOR_KEPT);
	for (size_t i = 0; i < data_count; i++) {
		struct packet_tcp tcp = make_segment(client_port, false, PROF_TCP_ACK,
						     base + (uint32_t)i * 10, 10);

		assert_int_equal(offer(selector, &tcp, 3 + i, &event),
				 i + 2 < HISTORY_SEGMENT_COUNT ? SELECTOR_KEPT : SELECTOR_FILTERED);
	}
}

static size_t recall_all(struct selector *selector, const struct flow *flow,
			 struct prof_event events[HISTORY_SEGMENT_COUNT])
{
	size_t cursor = 0;
	size_t total = 0;
	size_t count;

	while ((count = selector_recall(selector, flow, &cursor, events + total, 3)) > 0)
		total += count;
	return total;
}

static void the_beginning_comes_with_the_registration(void **state)
{
	struct prof_event events[HISTORY_SEGMENT_COUNT];

	(void)state;
	for (size_t data_count = 0; data_count < HISTORY_SEGMENT_COUNT + 5; data_count += 17) {
		struct selector *selector = create(false, 0);
		struct flow flow = make_flow(40000, 1, true);
		size_t kept_count = 2 + data_count;

		if (kept_count > HISTORY_SEGMENT_COUNT)
			kept_count = HISTORY_SEGMENT_COUNT;
		connect_unregistered(selector, 40000, 5000, data_count);
		assert_true(update_with(selector, &flow));
		assert_int_equal(selector_forgotten_count(selector, &flow),
				 2 + data_count - kept_count);
		assert_int_equal(recall_all(selector, &flow, events), kept_count);
		assert_int_equal(events[0].flags, PROF_FLAG_OUTBOUND);
		assert_int_equal(events[1].flags, 0);
		assert_int_equal(events[1].seq, 4999);
		for (size_t i = 0; i < kept_count; i++)
			assert_int_equal(events[i].time_ns, i + 1);
		/* Once only. */
		assert_int_equal(recall_all(selector, &flow, events), 0);
		assert_false(update_with(selector, &flow));
		free(selector);
	}
}

static void the_syn_ack_gives_the_base_once(void **state)
{
	struct prof_event events[HISTORY_SEGMENT_COUNT];
	struct selector *selector = create(false, 0);
	struct flow flow = make_flow(40000, 1, true);

	(void)state;
	connect_unregistered(selector, 40000, 5000, 1);
	assert_true(update_with(selector, &flow));
	assert_int_equal(recall_all(selector, &flow, events), 3);
	assert_null(selector_anchors(selector, &events[0])); /* our own SYN */
	assert_non_null(selector_anchors(selector, &events[1]));
	assert_null(selector_anchors(selector, &events[2]));
	flow.is_base_known = true;
	assert_false(update_with(selector, &flow));
	assert_null(selector_anchors(selector, &events[1]));
	free(selector);
}

static void a_flood_of_old_connections_pushes_nothing_out(void **state)
{
	struct prof_event events[HISTORY_SEGMENT_COUNT];
	struct selector *selector = create(false, 0);
	struct flow flow = make_flow(40000, 1, true);
	struct prof_event event;

	(void)state;
	connect_unregistered(selector, 40000, 5000, 3);
	for (uint32_t i = 0; i < 100000; i++) {
		struct packet_tcp tcp = make_segment((uint16_t)(1 + i % 30000), false, PROF_TCP_ACK,
						     i, 1);

		assert_int_equal(offer(selector, &tcp, i, &event), SELECTOR_FILTERED);
	}
	assert_true(update_with(selector, &flow));
	assert_int_equal(recall_all(selector, &flow, events), 5);
	free(selector);
}

/* The history's own table, through every order of beginnings that a counter makes. */
static void the_latest_connections_are_remembered_whatever_came_before(void **state)
{
	struct prof_event events[HISTORY_SEGMENT_COUNT];
	struct selector *selector = create(false, 0);
	const uint16_t connection_count = 5000;

	(void)state;
	for (uint16_t port = 1; port <= connection_count; port++) {
		connect_unregistered(selector, port, port, 1);
		if (port % 3 == 0) {
			struct flow flow = make_flow(port, port, true);

			assert_true(update_with(selector, &flow));
			assert_int_equal(recall_all(selector, &flow, events), 3);
			flow.is_open = false;
			(void)update_with(selector, &flow);
		}
	}
	for (uint16_t port = 1; port <= connection_count; port++) {
		struct flow flow = make_flow(port, port, true);
		bool is_recent = port > connection_count - HISTORY_FLOW_COUNT;

		/* Those recalled have given their room back, in the ring's own order. */
		assert_int_equal(recall_all(selector, &flow, events),
				 is_recent && port % 3 ? 3 : 0);
	}
	free(selector);
}

static void a_new_life_of_a_4_tuple_is_not_the_old_one(void **state)
{
	struct prof_event events[HISTORY_SEGMENT_COUNT];
	struct selector *selector = create(false, 0);
	struct flow first = make_flow(40000, 1, true);
	struct flow second = make_flow(40000, 2, true);
	struct packet_tcp late = make_segment(40000, false, PROF_TCP_FIN | PROF_TCP_ACK, 9, 0);
	struct prof_event event;

	(void)state;
	assert_true(update_with(selector, &first));
	first.is_open = false;
	assert_false(update_with(selector, &first));
	/* What still comes of the closed one is its own, until there is a SYN. */
	assert_int_equal(offer(selector, &late, 9, &event), SELECTOR_PUBLISH);
	connect_unregistered(selector, 40000, 7000, 2);
	/* The registry changes for another reason: still the new life's history. */
	assert_false(update_with(selector, &first));
	selector_begin_update(selector);
	assert_false(selector_add(selector, &first));
	assert_true(selector_add(selector, &second));
	selector_end_update(selector);
	assert_int_equal(recall_all(selector, &second, events), 4);
	assert_non_null(selector_anchors(selector, &events[1]));
	free(selector);
}

static void an_open_flow_wins_over_a_closed_one_in_any_order(void **state)
{
	struct flow closed = make_flow(40000, 1, false);
	struct flow open = make_flow(40000, 2, true);

	(void)state;
	for (int order = 0; order < 2; order++) {
		struct selector *selector = create(false, 0);

		selector_begin_update(selector);
		(void)selector_add(selector, order ? &open : &closed);
		(void)selector_add(selector, order ? &closed : &open);
		selector_end_update(selector);
		assert_int_equal(flow_table_find(selector->flows, open.flow_id)->cookie, 2);
		free(selector);
	}
}

static void the_table_holds_all_it_promises(void **state)
{
	struct flow_table *table = calloc(1, sizeof(*table));

	(void)state;
	assert_non_null(table);
	for (uint64_t id = 1; id <= FLOW_COUNT_MAX; id++) {
		/* The worst ids: all with one home. */
		const struct flow flow = { .flow_id = id << 20, .cookie = id };

		if (id <= 512)
			assert_true(flow_table_add(table, &flow));
	}
	for (uint64_t id = 1; id <= 512; id++)
		assert_int_equal(flow_table_find(table, id << 20)->cookie, id);
	assert_null(flow_table_find(table, (uint64_t)513 << 20));
	for (uint64_t id = 1; id <= FLOW_COUNT_MAX - 512; id++) {
		const struct flow flow = { .flow_id = id, .cookie = id };

		assert_true(flow_table_add(table, &flow));
	}
	assert_false(flow_table_add(table, &(struct flow){ .flow_id = 999999999 }));
	free(table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_registered_flow_is_published_with_its_direction),
		cmocka_unit_test(only_segments_that_say_something_are_published),
		cmocka_unit_test(others_are_filtered_unless_their_port_was_asked_for),
		cmocka_unit_test(the_beginning_comes_with_the_registration),
		cmocka_unit_test(the_syn_ack_gives_the_base_once),
		cmocka_unit_test(a_flood_of_old_connections_pushes_nothing_out),
		cmocka_unit_test(the_latest_connections_are_remembered_whatever_came_before),
		cmocka_unit_test(a_new_life_of_a_4_tuple_is_not_the_old_one),
		cmocka_unit_test(an_open_flow_wins_over_a_closed_one_in_any_order),
		cmocka_unit_test(the_table_holds_all_it_promises),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
