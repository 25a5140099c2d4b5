/* SPDX-License-Identifier: BSD-2-Clause */
#include "dpdk_capture/parse/link.h"

#include <stdlib.h>
#include <string.h>

#include "dpdk_capture/parse/packet.h"
#include "tests/unit/dpdk_capture/frame_maker.h"
#include "tests/unit/unit.h"

#define PAYLOAD_BYTES 33

/* What stands before the IP header, as the file's own type calls it. */
struct head {
	uint32_t file_type;
	uint8_t version; /* of the IP header behind it */
	uint8_t size_bytes;
	uint8_t bytes[24];
};

static const struct head heads[] = {
	{ 1, 4, 14, { [12] = 0x08 } },
	{ 1, 6, 18, { [12] = 0x81, [16] = 0x86, [17] = 0xdd } },
	{ 1, 4, 22, { [12] = 0x88, 0x64, 0x11, [20] = 0x00, 0x21 } }, /* a session of PPPoE */
	{ 1, 6, 22, { [12] = 0x88, 0x64, 0x11, [20] = 0x00, 0x57 } },
	{ 1, 4, 22, { [12] = 0x88, 0x47, [20] = 0x01 } }, /* two MPLS labels */
	{ 1, 6, 18, { [12] = 0x88, 0x47, [16] = 0x01 } },
	{ 0, 4, 4, { 2 } }, /* written on a little-endian machine */
	{ 0, 4, 4, { [3] = 2 } },
	{ 0, 6, 4, { 10 } },
	{ 0, 6, 4, { 24 } },
	{ 0, 6, 4, { [3] = 28 } },
	{ 0, 6, 4, { 30 } },
	{ 108, 4, 4, { [3] = 2 } },
	{ 108, 6, 4, { [3] = 24 } },
	{ 9, 4, 4, { 0xff, 0x03, 0x00, 0x21 } },
	{ 9, 4, 2, { 0x00, 0x21 } },
	{ 9, 6, 1, { 0x57 } },
	{ 50, 6, 3, { 0xff, 0x03, 0x57 } },
	{ 166, 4, 4, { 0x01, 0x03, 0x00, 0x21 } },
	{ 104, 4, 4, { 0x0f, 0x00, 0x08, 0x00 } },
	{ 50, 4, 4, { 0x0f, 0x00, 0x08, 0x00 } }, /* what the line carries is seen from it */
	{ 50, 6, 4, { 0x8f, 0x00, 0x86, 0xdd } },
	{ 51, 4, 8, { 0x11, [7] = 0x21 } },
	{ 51, 6, 8, { 0x11, [7] = 0x57 } },
	{ 1, 4, 22, { [13] = 0x50, 0xaa, 0xaa, 0x03, [20] = 0x08 } }, /* IEEE 802.3, SNAP */
	{ 1, 6, 22, { [12] = 0x05, 0xdc, 0xaa, 0xaa, 0x03, [20] = 0x86, 0xdd } },
	{ 12, 4, 0, { 0 } },
	{ 14, 6, 0, { 0 } },
	{ 101, 4, 0, { 0 } },
	{ 101, 6, 0, { 0 } },
	{ 228, 4, 0, { 0 } },
	{ 229, 6, 0, { 0 } },
	{ 113, 4, 16, { [14] = 0x08 } },
	{ 113, 6, 20, { [14] = 0x81, [18] = 0x86, [19] = 0xdd } },
	{ 276, 4, 20, { 0x08 } },
	{ 276, 6, 24, { 0x81, 0x00, [22] = 0x86, [23] = 0xdd } },
};

static void make(struct frame_maker *maker, const struct head *head)
{
	maker->size_bytes = 0;
	maker_add(maker, head->bytes, head->size_bytes);
	if (head->version == 4)
		maker_ipv4(maker, 0, 20 + PAYLOAD_BYTES, 6, 0);
	else
		maker_ipv6(maker, 20 + PAYLOAD_BYTES, 6);
	maker_tcp(maker, 0, 0x10, PAYLOAD_BYTES);
}

static enum packet_verdict parse(const struct frame_maker *maker, const struct head *head,
				 size_t captured_bytes, struct packet_tcp *ret_tcp)
{
	uint8_t *copy = malloc(captured_bytes ? captured_bytes : 1);
	enum packet_verdict verdict;

	assert_non_null(copy);
	memcpy(copy, maker->bytes, captured_bytes);
	verdict = packet_parse(link_of_file(head->file_type), copy, captured_bytes,
			       maker->size_bytes, ret_tcp);
	free(copy);
	return verdict;
}

static void behind_every_link_the_segment_is_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		struct frame_maker maker;
		struct packet_tcp tcp;

		make(&maker, &heads[i]);
		assert_int_equal(parse(&maker, &heads[i], maker.size_bytes, &tcp), PACKET_TCP_DATA);
		assert_int_equal(tcp.payload_bytes, PAYLOAD_BYTES);
		assert_int_equal(tcp.src.port, 40000);
		assert_int_equal(tcp.seq, 0x01020304);
	}
}

static void every_cut_of_the_headers_is_truncated(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		struct frame_maker maker;
		struct packet_tcp tcp;
		size_t headers_bytes;

		make(&maker, &heads[i]);
		headers_bytes = maker.size_bytes - PAYLOAD_BYTES;
		for (size_t cut = 0; cut < headers_bytes; cut++)
			assert_int_equal(parse(&maker, &heads[i], cut, &tcp), PACKET_TRUNCATED);
	}
}

static void what_is_no_ip_is_told_from_what_is_cut(void **state)
{
	static const struct head others[] = {
		{ 1, 4, 14, { [12] = 0x08, [13] = 0x06 } }, /* ARP */
		{ 0, 4, 4, { 7 } },
		{ 9, 4, 2, { 0xc0, 0x21 } },	 /* LCP */
		{ 113, 4, 16, { [15] = 0x04 } }, /* 802.2 */
		{ 276, 4, 20, { 0x08, 0x06 } },
		{ 104, 4, 4, { 0x8f, 0x00, 0x80, 0x35 } },
		{ 105, 4, 0, { 0 } }, /* 802.11 is not read */
	};
	static const uint8_t nonsense[40] = { 0x50 };

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		struct frame_maker maker;
		struct packet_tcp tcp;

		make(&maker, &others[i]);
		assert_int_equal(parse(&maker, &others[i], maker.size_bytes, &tcp), PACKET_NOT_IP);
	}
	for (size_t i = 0; i < 2; i++) {
		struct span span = { .at = nonsense, .left_bytes = i * sizeof(nonsense) };

		assert_int_equal(link_skip(PACKET_LINK_RAW, &span), i ? LINK_OTHER : LINK_CUT);
	}
}

static void an_interface_has_an_ethernet_header_or_none_or_is_refused(void **state)
{
	static const uint16_t raw[] = {
		256, 257, 258, 259, 512, 519, 768, 769, 776, 778, 823, 65534
	};

	(void)state;
	assert_int_equal(link_of_hardware(1), PACKET_LINK_ETHERNET);
	assert_int_equal(link_of_hardware(772), PACKET_LINK_ETHERNET);
	for (size_t i = 0; i < sizeof(raw) / sizeof(raw[0]); i++)
		assert_int_equal(link_of_hardware(raw[i]), PACKET_LINK_RAW);
	assert_int_equal(link_of_hardware(32), PACKET_LINK_UNKNOWN);  /* InfiniBand */
	assert_int_equal(link_of_hardware(803), PACKET_LINK_UNKNOWN); /* 802.11 with radiotap */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(behind_every_link_the_segment_is_found),
		cmocka_unit_test(every_cut_of_the_headers_is_truncated),
		cmocka_unit_test(what_is_no_ip_is_told_from_what_is_cut),
		cmocka_unit_test(an_interface_has_an_ethernet_header_or_none_or_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
