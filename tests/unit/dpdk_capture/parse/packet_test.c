/* SPDX-License-Identifier: BSD-2-Clause */
#include "dpdk_capture/parse/packet.h"
#include "dpdk_capture/parse/packet_quick.h"

#include <stdbool.h>
#include <stdlib.h>

#include "prof/event.h"
#include "tests/unit/dpdk_capture/frame_maker.h"
#include "tests/unit/unit.h"

enum { IPV4 = 0x0800, IPV6 = 0x86dd, ARP = 0x0806, TCP = 6, UDP = 17 };

static const uint16_t tag_types[] = { 0x8100, 0x88a8, 0x9100 };

/*
 * Parses a copy that ends where an allocation ends, so that the address
 * sanitizer sees a read behind it.
 */
static enum packet_verdict parse(const struct frame_maker *maker, size_t captured_bytes,
				 size_t wire_bytes, struct packet_tcp *ret_tcp)
{
	uint8_t *copy = malloc(captured_bytes ? captured_bytes : 1);
	enum packet_verdict verdict;

	assert_non_null(copy);
	memcpy(copy, maker->bytes, captured_bytes);
	verdict = packet_parse(PACKET_LINK_ETHERNET, copy, captured_bytes, wire_bytes, ret_tcp);
	free(copy);
	return verdict;
}

static enum packet_verdict parse_whole(const struct frame_maker *maker, struct packet_tcp *ret_tcp)
{
	return parse(maker, maker->size_bytes, maker->size_bytes, ret_tcp);
}

static void assert_segment(const struct packet_tcp *tcp, uint32_t payload_bytes)
{
	assert_int_equal(tcp->src.port, 40000);
	assert_int_equal(tcp->dst.port, 443);
	assert_int_equal(tcp->seq, 0x01020304);
	assert_int_equal(tcp->payload_bytes, payload_bytes);
}

/* To the byte as everybody else writes them. */
static void assert_addresses(const struct packet_tcp *tcp)
{
	static const uint8_t addrs[2][4] = { { 10, 0, 0, 1 }, { 10, 0, 0, 2 } };
	struct prof_endpoint src;
	struct prof_endpoint dst;

	prof_endpoint_set_ipv4(&src, addrs[0], 40000);
	prof_endpoint_set_ipv4(&dst, addrs[1], 443);
	assert_memory_equal(&tcp->src, &src, sizeof(src));
	assert_memory_equal(&tcp->dst, &dst, sizeof(dst));
}

static void any_mix_of_up_to_three_tags_and_any_options_are_seen_through(void **state)
{
	struct frame_maker maker;
	struct packet_tcp tcp;

	(void)state;
	for (size_t mix = 0; mix < 40; mix++) {
		uint16_t tags[3] = { tag_types[mix % 3], tag_types[mix / 3 % 3],
				     tag_types[mix / 9 % 3] };

		for (size_t ip_option = 0; ip_option <= 40; ip_option += 4) {
			for (size_t tcp_option = 0; tcp_option <= 40; tcp_option += 4) {
				maker_ethernet(&maker, tags, mix % 4, IPV4);
				maker_ipv4(&maker, ip_option, 20 + tcp_option + 33, TCP, 0);
				maker_tcp(&maker, tcp_option, PROF_TCP_ACK, 33);
				assert_int_equal(parse_whole(&maker, &tcp), PACKET_TCP_DATA);
				assert_segment(&tcp, 33);
				assert_addresses(&tcp);
			}
		}
	}
}

static void every_cut_of_the_headers_is_truncated_and_every_later_one_is_not(void **state)
{
	const uint16_t tags[] = { 0x88a8, 0x8100 };
	const size_t header_bytes = 14 + 8 + 24 + 20;
	struct frame_maker maker;
	struct packet_tcp tcp;

	(void)state;
	maker_ethernet(&maker, tags, 2, IPV4);
	maker_ipv4(&maker, 4, 20 + 8 + 500, TCP, 0);
	maker_tcp(&maker, 8, PROF_TCP_ACK, 500);
	for (size_t cut = 0; cut < header_bytes; cut++)
		assert_int_equal(parse(&maker, cut, maker.size_bytes, &tcp), PACKET_TRUNCATED);
	for (size_t cut = header_bytes; cut <= maker.size_bytes; cut++) {
		assert_int_equal(parse(&maker, cut, maker.size_bytes, &tcp), PACKET_TCP_DATA);
		assert_segment(&tcp, 500);
	}
}

static void padding_behind_the_datagram_is_not_payload(void **state)
{
	const uint8_t padding[6] = { 0 };
	struct frame_maker maker;
	struct packet_tcp tcp;

	(void)state;
	maker_ethernet(&maker, NULL, 0, IPV4);
	maker_ipv4(&maker, 0, 20, TCP, 0);
	maker_tcp(&maker, 0, PROF_TCP_ACK, 0);
	maker_add(&maker, padding, sizeof(padding));
	assert_int_equal(parse_whole(&maker, &tcp), PACKET_TCP_EMPTY);
	assert_segment(&tcp, 0);
}

static void a_length_left_open_is_that_of_the_wire(void **state)
{
	struct frame_maker maker;
	struct packet_tcp tcp;

	(void)state;
	maker_ethernet(&maker, NULL, 0, IPV4);
	maker_ipv4(&maker, 0, (size_t)-20, TCP, 0); /* total length 0 */
	maker_tcp(&maker, 0, PROF_TCP_ACK, 100);
	assert_int_equal(parse(&maker, maker.size_bytes, 14 + 40 + 200000, &tcp), PACKET_TCP_DATA);
	assert_segment(&tcp, 200000);
	maker_ethernet(&maker, NULL, 0, IPV6);
	maker_ipv6(&maker, 0, TCP);
	maker_tcp(&maker, 0, PROF_TCP_ACK, 100);
	assert_int_equal(parse(&maker, maker.size_bytes, 14 + 60 + 190000, &tcp), PACKET_TCP_DATA);
	assert_segment(&tcp, 190000);
}

static void every_fragment_is_a_fragment(void **state)
{
	struct frame_maker maker;
	struct packet_tcp tcp;

	(void)state;
	for (unsigned int bits = 0; bits <= 0xffff; bits++) {
		bool is_fragment = bits & 0x3fff; /* more to come, or an offset */

		maker_ethernet(&maker, NULL, 0, IPV4);
		maker_ipv4(&maker, 0, 20 + 5, TCP, (uint16_t)bits);
		maker_tcp(&maker, 0, PROF_TCP_ACK, 5);
		assert_int_equal(parse_whole(&maker, &tcp),
				 is_fragment ? PACKET_FRAGMENT : PACKET_TCP_DATA);
	}
}

static void add_extension(struct frame_maker *maker, uint8_t kind, uint8_t next, size_t extra)
{
	uint8_t bytes[8 + 64] = { next };

	/* The authentication header counts in 4 bytes less 2, a fragment's has no length. */
	if (kind == 51)
		bytes[1] = (uint8_t)(extra * 2);
	else if (kind != 44)
		bytes[1] = (uint8_t)extra;
	bytes[2] = kind == 44 ? 0 : 1;
	bytes[3] = kind == 44 ? 0 : 4; /* PadN of 4 */
	maker_add(maker, bytes, 8 + (kind == 44 ? 0 : extra * 8));
}

static void every_chain_of_three_extension_headers_is_seen_through(void **state)
{
	static const uint8_t kinds[] = { 0, 43, 44, 51, 60, 135, 139, 140 };
	const size_t kind_count = sizeof(kinds);
	struct frame_maker maker;
	struct packet_tcp tcp;

	(void)state;
	for (size_t chain = 0; chain < kind_count * kind_count * kind_count; chain++) {
		uint8_t order[4] = { kinds[chain % kind_count],
				     kinds[chain / kind_count % kind_count],
				     kinds[chain / kind_count / kind_count], TCP };
		size_t extra = chain % 3;
		struct frame_maker behind = { 0 };

		for (int i = 0; i < 3; i++)
			add_extension(&behind, order[i], order[i + 1], extra);
		maker_tcp(&behind, 12, PROF_TCP_ACK, 77);
		maker_ethernet(&maker, NULL, 0, IPV6);
		maker_ipv6(&maker, behind.size_bytes, order[0]);
		maker_add(&maker, behind.bytes, behind.size_bytes);
		assert_int_equal(parse_whole(&maker, &tcp), PACKET_TCP_DATA);
		assert_segment(&tcp, 77);
		for (size_t cut = 0; cut + 77 + 12 < maker.size_bytes; cut++)
			assert_int_equal(parse(&maker, cut, maker.size_bytes, &tcp),
					 PACKET_TRUNCATED);
	}
}

static void an_ipv6_fragment_is_one_unless_it_is_the_whole(void **state)
{
	struct frame_maker maker;
	struct packet_tcp tcp;

	(void)state;
	for (unsigned int bits = 0; bits <= 0xffff; bits++) {
		uint8_t header[8] = { TCP, 0, (uint8_t)(bits >> 8), (uint8_t)bits };

		maker_ethernet(&maker, NULL, 0, IPV6);
		maker_ipv6(&maker, 8 + 20 + 3, 44);
		maker_add(&maker, header, 8);
		maker_tcp(&maker, 0, PROF_TCP_ACK, 3);
		assert_int_equal(parse_whole(&maker, &tcp),
				 bits & 0xfff9 ? PACKET_FRAGMENT : PACKET_TCP_DATA);
	}
}

static void a_jumbogram_has_the_length_of_its_option(void **state)
{
	const uint8_t hop[8] = { TCP, 0, 0xc2, 4, 0, 2, 0, 0 }; /* 131072 behind the header */
	struct frame_maker maker;
	struct packet_tcp tcp;

	(void)state;
	maker_ethernet(&maker, NULL, 0, IPV6);
	maker_ipv6(&maker, 0, 0);
	maker_add(&maker, hop, sizeof(hop));
	maker_tcp(&maker, 0, PROF_TCP_ACK, 10);
	assert_int_equal(parse_whole(&maker, &tcp), PACKET_TCP_DATA);
	assert_segment(&tcp, 131072 - 8 - 20);
	maker.bytes[14 + 40 + 4] = 0xff; /* 4 GB: found by the fuzzer, overflowed */
	assert_int_equal(parse_whole(&maker, &tcp), PACKET_MALFORMED);
}

static void what_is_no_tcp_says_so(void **state)
{
	struct frame_maker maker;
	struct packet_tcp tcp;

	(void)state;
	maker_ethernet(&maker, NULL, 0, ARP);
	assert_int_equal(parse_whole(&maker, &tcp), PACKET_NOT_IP);
	for (unsigned int protocol = 0; protocol < 256; protocol++) {
		maker_ethernet(&maker, NULL, 0, IPV4);
		maker_ipv4(&maker, 0, 20, (uint8_t)protocol, 0);
		maker_tcp(&maker, 0, PROF_TCP_ACK, 0);
		assert_int_equal(parse_whole(&maker, &tcp),
				 protocol == TCP ? PACKET_TCP_EMPTY : PACKET_NOT_TCP);
	}
}

static void lengths_that_contradict_each_other_are_malformed(void **state)
{
	struct frame_maker maker;
	struct packet_tcp tcp;

	(void)state;
	for (size_t behind_bytes = 0; behind_bytes < 60; behind_bytes++) {
		maker_ethernet(&maker, NULL, 0, IPV4);
		maker_ipv4(&maker, 0, behind_bytes, TCP, 0);
		maker_tcp(&maker, 16, PROF_TCP_ACK, 100);
		assert_int_equal(parse_whole(&maker, &tcp), behind_bytes < 36	 ? PACKET_MALFORMED
							    : behind_bytes == 36 ? PACKET_TCP_EMPTY
										 : PACKET_TCP_DATA);
	}
	for (unsigned int first = 0; first < 256; first++) {
		maker_ethernet(&maker, NULL, 0, IPV4);
		maker_ipv4(&maker, 0, 60, TCP, 0);
		maker_tcp(&maker, 0, PROF_TCP_ACK, 40);
		maker.bytes[14] = (uint8_t)first;
		if (first >> 4 != 4 || (first & 15) < 5)
			assert_int_equal(parse_whole(&maker, &tcp), PACKET_MALFORMED);
	}
}

static void endless_tags_and_extension_headers_end(void **state)
{
	struct frame_maker maker;
	struct packet_tcp tcp;
	uint16_t tags[200];

	(void)state;
	for (size_t i = 0; i < 200; i++)
		tags[i] = 0x8100;
	maker_ethernet(&maker, tags, 200, IPV4);
	assert_int_equal(parse_whole(&maker, &tcp), PACKET_NOT_IP);
	maker_ethernet(&maker, NULL, 0, IPV6);
	maker_ipv6(&maker, 1000, 60);
	for (size_t i = 0; i < 100; i++)
		add_extension(&maker, 60, 60, 0);
	assert_int_equal(parse_whole(&maker, &tcp), PACKET_MALFORMED);
}

/* The quick look may shrug, but must not contradict the thorough one. */
static void the_quick_look_agrees_with_the_thorough_one(void **state)
{
	uint32_t random = 7;
	uint32_t plain_count = 0;

	(void)state;
	for (int round = 0; round < 200000; round++) {
		struct frame_maker maker;
		struct packet_tcp tcp;
		struct packet_quick quick;
		struct packet_quick_tcp quick_tcp;
		enum packet_verdict verdict;

		maker_ethernet(&maker, tag_types, (size_t)round % 16 == 0, IPV4);
		maker_ipv4(&maker, (size_t)(round % 8 == 0) * 4, 20 + 30, TCP, 0);
		maker_tcp(&maker, 0, PROF_TCP_ACK, 30);
		/* Some headers as made, some with a byte or two out of place. */
		for (int i = 0; i < round % 4; i++) {
			random = random * 1664525 + 1013904223;
			maker.bytes[12 + (random >> 8) % 42] = (uint8_t)(random >> 24);
		}
		for (size_t i = 26; i < 38; i++) {
			random = random * 1664525 + 1013904223;
			maker.bytes[i] = (uint8_t)(random >> 24);
		}
		if (!packet_quick(maker.bytes, maker.size_bytes - (size_t)round % 50, &quick))
			continue;
		verdict = parse(&maker, maker.size_bytes - (size_t)round % 50, maker.size_bytes,
				&tcp);
		if (!packet_quick_tcp(maker.bytes, &quick_tcp)) {
			assert_true(verdict == PACKET_MALFORMED ||
				    (maker.bytes[16] == 0 && maker.bytes[17] == 0));
			continue;
		}
		assert_int_equal(verdict,
				 quick_tcp.payload_bytes ? PACKET_TCP_DATA : PACKET_TCP_EMPTY);
		assert_int_equal(quick.hash, flow_hash(&tcp.src, &tcp.dst));
		assert_int_equal(quick.hash, flow_hash(&tcp.dst, &tcp.src));
		assert_int_equal(quick.ports, (uint32_t)tcp.src.port << 16 | tcp.dst.port);
		assert_memory_equal(&quick.addrs, tcp.src.addr + 12, 4);
		assert_memory_equal((uint8_t *)&quick.addrs + 4, tcp.dst.addr + 12, 4);
		assert_int_equal(packet_quick_seq(maker.bytes), tcp.seq);
		assert_int_equal(packet_quick_ack(maker.bytes), tcp.ack);
		assert_int_equal(quick_tcp.payload_bytes, tcp.payload_bytes);
		assert_int_equal(quick_tcp.flags, tcp.flags);
		assert_false(tcp.flags & PROF_TCP_SYN);
		plain_count++;
	}
	assert_true(plain_count > 50000);
}

static void random_bytes_never_read_too_far(void **state)
{
	struct frame_maker maker = { 0 };
	struct packet_tcp tcp;
	uint32_t random = 1;

	(void)state;
	for (int round = 0; round < 200000; round++) {
		maker_ethernet(&maker, tag_types, (size_t)round % 3, round & 4 ? IPV4 : IPV6);
		for (size_t i = 0; i < 120; i++) {
			random = random * 1664525 + 1013904223;
			maker.bytes[maker.size_bytes++] = (uint8_t)(random >> 24);
		}
		if (round & 8)
			maker.bytes[maker.size_bytes - 120] = round & 4 ? 0x45 : 0x60;
		(void)parse(&maker, maker.size_bytes - (size_t)round % 100, maker.size_bytes, &tcp);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_mix_of_up_to_three_tags_and_any_options_are_seen_through),
		cmocka_unit_test(every_cut_of_the_headers_is_truncated_and_every_later_one_is_not),
		cmocka_unit_test(padding_behind_the_datagram_is_not_payload),
		cmocka_unit_test(a_length_left_open_is_that_of_the_wire),
		cmocka_unit_test(every_fragment_is_a_fragment),
		cmocka_unit_test(every_chain_of_three_extension_headers_is_seen_through),
		cmocka_unit_test(an_ipv6_fragment_is_one_unless_it_is_the_whole),
		cmocka_unit_test(a_jumbogram_has_the_length_of_its_option),
		cmocka_unit_test(what_is_no_tcp_says_so),
		cmocka_unit_test(lengths_that_contradict_each_other_are_malformed),
		cmocka_unit_test(endless_tags_and_extension_headers_end),
		cmocka_unit_test(the_quick_look_agrees_with_the_thorough_one),
		cmocka_unit_test(random_bytes_never_read_too_far),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
