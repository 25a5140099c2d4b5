/* SPDX-License-Identifier: BSD-2-Clause */
#include "dpdk_capture/lookout/trail.h"

#include <stdlib.h>

#include "dpdk_capture/lookout/conntrack.h"
#include "prof/event.h"
#include "tests/unit/unit.h"

#define HOME   1
#define INSIDE 2

static const struct trail_place uplink = { HOME, 2 };
static const struct trail_place bridge = { HOME, 3 };
static const struct trail_place container = { INSIDE, 2 };

static struct prof_endpoint end(uint8_t last, uint16_t port)
{
	const uint8_t addr[4] = { 10, 0, 0, last };
	struct prof_endpoint endpoint;

	prof_endpoint_set_ipv4(&endpoint, addr, port);
	return endpoint;
}

static struct prof_flow client(void)
{
	return (struct prof_flow){ .local = end(2, 40000), .remote = end(1, 443) };
}

static struct packet_tcp segment(struct prof_endpoint src, struct prof_endpoint dst, uint32_t seq)
{
	return (struct packet_tcp){ .src = src, .dst = dst, .seq = seq, .payload_bytes = 100 };
}

static struct trail *create(void)
{
	struct trail *trail = calloc(1, sizeof(*trail));
	const struct prof_flow ends = client();

	assert_non_null(trail);
	assert_true(trail_add(trail, &ends));
	return trail;
}

static void see_inbound(struct trail *trail, uint32_t seq, struct trail_place place, bool is_out)
{
	const struct packet_tcp tcp = segment(client().remote, client().local, seq);

	trail_see(trail, &tcp, place, is_out);
}

static void assert_place(const struct trail_place *place, struct trail_place wanted)
{
	assert_non_null(place);
	assert_int_equal(place->namespace_inode, wanted.namespace_inode);
	assert_int_equal(place->interface_index, wanted.interface_index);
}

static void the_best_place_is_at_home_and_next_to_the_wire(void **state)
{
	struct trail *trail = create();

	(void)state;
	assert_null(trail_best(&trail->flows[0], HOME));
	see_inbound(trail, 1, container, false);
	assert_place(trail_best(&trail->flows[0], HOME), container);
	see_inbound(trail, 2, bridge, true); /* forwarded: it leaves there */
	assert_place(trail_best(&trail->flows[0], HOME), bridge);
	see_inbound(trail, 1, uplink, false);
	assert_place(trail_best(&trail->flows[0], HOME), uplink);
	assert_true(trail_is_seen_at(&trail->flows[0], bridge));
	assert_false(trail_is_seen_at(&trail->flows[0], (struct trail_place){ INSIDE, 3 }));
	assert_false(trail->flows[0].is_translated);
	free(trail);
}

/* By its own segments under another address, whichever end is the other one. */
static void a_translated_connection_is_known_by_its_bytes(void **state)
{
	const struct prof_flow others[] = {
		{ .local = end(77, 61000), .remote = end(1, 443) }, /* masqueraded */
		{ .local = end(2, 40000), .remote = end(9, 8443) }, /* a service's address */
	};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		const struct prof_flow *other = &others[i % 2];
		struct trail *trail = create();
		bool is_outbound = i / 2;

		for (uint32_t seq = 1; seq <= 2; seq++) {
			const struct packet_tcp tcp =
				is_outbound ? segment(other->local, other->remote, seq)
					    : segment(other->remote, other->local, seq);
			const struct packet_tcp own =
				is_outbound ? segment(client().local, client().remote, seq)
					    : segment(client().remote, client().local, seq);

			assert_false(trail->flows[0].is_translated);
			/* In either order: on its way in the other one comes first. */
			trail_see(trail, seq % 2 ? &tcp : &own, seq % 2 ? uplink : bridge, false);
			trail_see(trail, seq % 2 ? &own : &tcp, seq % 2 ? bridge : uplink, true);
		}
		assert_true(trail->flows[0].is_translated);
		assert_memory_equal(&trail->flows[0].match.ends, other, sizeof(*other));
		assert_place(&trail->flows[0].match.place, uplink);
		assert_false(trail_is_seen_at(&trail->flows[0], uplink));
		free(trail);
	}
}

static void another_connection_to_the_same_server_is_not_taken_for_it(void **state)
{
	struct trail *trail = create();

	(void)state;
	for (uint32_t seq = 1; seq < 200; seq++) {
		/* One number in common, by chance; the direction differs in another. */
		const struct packet_tcp tcp = segment(end(1, 443), end(3, 40000), 199 + seq);
		const struct packet_tcp back = segment(end(3, 40000), end(1, 443), seq);

		trail_see(trail, &tcp, uplink, false);
		trail_see(trail, &back, uplink, true);
		see_inbound(trail, seq, bridge, false);
	}
	see_inbound(trail, 398, bridge, false);
	assert_false(trail->flows[0].is_translated);
	free(trail);
}

static void empty_segments_prove_nothing(void **state)
{
	struct trail *trail = create();

	(void)state;
	for (uint32_t seq = 1; seq < 9; seq++) {
		struct packet_tcp tcp = segment(end(77, 61000), end(1, 443), seq);
		struct packet_tcp own = segment(client().local, client().remote, seq);

		tcp.payload_bytes = 0;
		own.payload_bytes = 0;
		trail_see(trail, &tcp, uplink, true);
		trail_see(trail, &own, bridge, false);
	}
	assert_false(trail->flows[0].is_translated);
	assert_true(trail_is_seen_at(&trail->flows[0], bridge));
	free(trail);
}

static void there_is_room_for_a_few(void **state)
{
	struct trail *trail = create();
	const struct prof_flow ends = client();

	(void)state;
	for (size_t i = 1; i < TRAIL_FLOW_COUNT_MAX; i++)
		assert_true(trail_add(trail, &ends));
	assert_false(trail_add(trail, &ends));
	for (uint32_t i = 0; i < 2 * TRAIL_PLACE_COUNT_MAX; i++)
		see_inbound(trail, i, (struct trail_place){ HOME, i }, false);
	assert_int_equal(trail->flows[0].sighting_count, TRAIL_PLACE_COUNT_MAX);
	free(trail);
}

static void the_kernels_table_says_who_is_translated(void **state)
{
	static const struct {
		const char *line;
		uint8_t other_local;
		uint16_t other_local_port;
		uint8_t other_remote;
		uint16_t other_remote_port; /* 0: it does not */
	} cases[] = {
		/* Masqueraded; into a service's own address; as others know what they asked for. */
		{ "ipv4     2 tcp      6 431999 ESTABLISHED src=10.0.0.2 dst=10.0.0.1 sport=40000 "
		  "dport=443 "
		  "src=10.0.0.1 dst=10.0.0.77 sport=443 dport=61000 [ASSURED] mark=0 zone=0 "
		  "use=2\n",
		  77, 61000, 1, 443 },
		{ "ipv4     2 tcp      6 99 ESTABLISHED src=10.0.0.2 dst=10.0.0.1 sport=40000 "
		  "dport=443 "
		  "packets=1 bytes=60 src=10.0.0.9 dst=10.0.0.2 sport=8443 dport=40000 use=2\n",
		  2, 40000, 9, 8443 },
		{ "ipv4     2 tcp      6 9 ESTABLISHED src=10.0.0.1 dst=10.0.0.88 sport=443 "
		  "dport=80 "
		  "src=10.0.0.2 dst=10.0.0.1 sport=40000 dport=443 [ASSURED] use=1\n",
		  88, 80, 1, 443 },
		/* Not translated; another one; UDP; cut; nonsense. */
		{ "ipv4     2 tcp      6 9 ESTABLISHED src=10.0.0.2 dst=10.0.0.1 sport=40000 "
		  "dport=443 "
		  "src=10.0.0.1 dst=10.0.0.2 sport=443 dport=40000 [ASSURED] use=1\n",
		  0, 0, 0, 0 },
		{ "ipv4     2 tcp      6 9 ESTABLISHED src=10.0.0.3 dst=10.0.0.1 sport=40000 "
		  "dport=443 "
		  "src=10.0.0.1 dst=10.0.0.77 sport=443 dport=61000 [ASSURED] use=1\n",
		  0, 0, 0, 0 },
		{ "ipv4     2 udp      17 9 src=10.0.0.2 dst=10.0.0.1 sport=40000 dport=443 "
		  "src=10.0.0.1 dst=10.0.0.77 sport=443 dport=61000 [ASSURED] use=1\n",
		  0, 0, 0, 0 },
		{ "ipv4     2 tcp      6 9 ESTABLISHED src=10.0.0.2 dst=10.0.0.1 sport=40000 "
		  "dport=443 src=",
		  0, 0, 0, 0 },
		{ "ipv4 2 tcp 6 src=x dst=y sport=1 dport=2 src=z dst=z sport=3 dport=4", 0, 0, 0,
		  0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct prof_flow ends = client();
		struct prof_flow other;
		bool is_translated = conntrack_translates(cases[i].line, &ends, &other);

		assert_int_equal(is_translated, cases[i].other_remote_port != 0);
		if (!is_translated)
			continue;
		assert_int_equal(other.local.addr[15], cases[i].other_local);
		assert_int_equal(other.local.port, cases[i].other_local_port);
		assert_int_equal(other.remote.addr[15], cases[i].other_remote);
		assert_int_equal(other.remote.port, cases[i].other_remote_port);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_best_place_is_at_home_and_next_to_the_wire),
		cmocka_unit_test(a_translated_connection_is_known_by_its_bytes),
		cmocka_unit_test(another_connection_to_the_same_server_is_not_taken_for_it),
		cmocka_unit_test(empty_segments_prove_nothing),
		cmocka_unit_test(there_is_room_for_a_few),
		cmocka_unit_test(the_kernels_table_says_who_is_translated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
