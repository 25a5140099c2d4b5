/* SPDX-License-Identifier: BSD-2-Clause */
/* The program is run by the kernel itself, on a socket that needs no rights. */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dpdk_capture/payload/payload_filter.h"

#include "tests/unit/unit.h"

enum { TCP = 6, UDP = 17 };

struct frame {
	size_t size_bytes;
	uint8_t bytes[128];
};

static void add(struct frame *frame, const void *bytes, size_t size_bytes)
{
	memcpy(frame->bytes + frame->size_bytes, bytes, size_bytes);
	frame->size_bytes += size_bytes;
}

static void add_ports(struct frame *frame, uint16_t from, uint16_t to)
{
	const uint8_t ports[20] = { (uint8_t)(from >> 8), (uint8_t)from, (uint8_t)(to >> 8),
				    (uint8_t)to };

	add(frame, ports, sizeof(ports));
}

/* option_words: 32-bit words of IP options. */
static struct frame ipv4(bool is_raw, uint8_t protocol, uint16_t from, uint16_t to,
			 size_t option_words)
{
	const uint8_t ethernet[14] = { [12] = 0x08, [13] = 0x00 };
	const uint8_t ip[60] = { [0] = (uint8_t)(0x45 + option_words), [9] = protocol };
	struct frame frame = { 0 };

	if (!is_raw)
		add(&frame, ethernet, sizeof(ethernet));
	add(&frame, ip, 20 + 4 * option_words);
	add_ports(&frame, from, to);
	return frame;
}

static struct frame ipv6(bool is_raw, uint8_t protocol, uint16_t from, uint16_t to)
{
	const uint8_t ethernet[14] = { [12] = 0x86, [13] = 0xdd };
	const uint8_t ip[40] = { [0] = 0x60, [6] = protocol };
	struct frame frame = { 0 };

	if (!is_raw)
		add(&frame, ethernet, sizeof(ethernet));
	add(&frame, ip, sizeof(ip));
	add_ports(&frame, from, to);
	return frame;
}

static struct frame other(uint16_t ether_type)
{
	const uint8_t ethernet[60] = {
		[12] = (uint8_t)(ether_type >> 8), [13] = (uint8_t)ether_type
	};
	struct frame frame = { 0 };

	add(&frame, ethernet, sizeof(ethernet));
	return frame;
}

/* What of the frame passes the filter. */
static bool passes(const struct payload_wanted *wanted, enum packet_link link, bool is_loopback,
		   struct frame frame)
{
	struct sock_filter code[PAYLOAD_CODE_COUNT_MAX];
	const struct sock_fprog program = {
		.len = (unsigned short)payload_filter_write(wanted, link, is_loopback, code),
		.filter = code,
	};
	uint8_t bytes[sizeof(frame.bytes)];
	ssize_t size_bytes;
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, fds), 0);
	assert_int_equal(
		setsockopt(fds[0], SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)), 0);
	(void)send(fds[1], frame.bytes, frame.size_bytes, 0); /* a refused one is an error here */
	size_bytes = recv(fds[0], bytes, sizeof(bytes), 0);
	(void)close(fds[0]);
	(void)close(fds[1]);
	assert_true(size_bytes < 0 || (size_t)size_bytes == frame.size_bytes); /* never cut */
	return size_bytes > 0;
}

static bool passes_ethernet(const struct payload_wanted *wanted, struct frame frame)
{
	return passes(wanted, PACKET_LINK_ETHERNET, false, frame);
}

static void a_port_of_either_end_is_enough(void **state)
{
	const struct payload_wanted wanted = { .port_count = 2, .ports = { 443, 9443 } };

	(void)state;
	for (size_t words = 0; words <= 10; words += 5) {
		assert_true(passes_ethernet(&wanted, ipv4(false, TCP, 443, 50000, words)));
		assert_true(passes_ethernet(&wanted, ipv4(false, TCP, 50000, 9443, words)));
		assert_false(passes_ethernet(&wanted, ipv4(false, TCP, 50000, 80, words)));
		assert_false(passes_ethernet(&wanted, ipv4(false, UDP, 443, 443, words)));
	}
	assert_true(passes_ethernet(&wanted, ipv6(false, TCP, 9443, 50000)));
	assert_true(passes_ethernet(&wanted, ipv6(false, TCP, 50000, 443)));
	assert_false(passes_ethernet(&wanted, ipv6(false, TCP, 50000, 444)));
	assert_false(passes_ethernet(&wanted, ipv6(false, UDP, 443, 443)));
}

static void all_of_tcp_may_be_wanted(void **state)
{
	const struct payload_wanted wanted = { .is_all = true };

	(void)state;
	assert_true(passes_ethernet(&wanted, ipv4(false, TCP, 1, 2, 0)));
	assert_true(passes_ethernet(&wanted, ipv6(false, TCP, 1, 2)));
	assert_false(passes_ethernet(&wanted, ipv4(false, UDP, 1, 2, 0)));
	assert_false(passes_ethernet(&wanted, ipv6(false, UDP, 1, 2)));
	assert_false(passes_ethernet(&wanted, other(0x0806)));
	assert_true(passes_ethernet(&wanted, other(0x8100)));
}

static void frames_may_begin_with_ip(void **state)
{
	const struct payload_wanted wanted = { .port_count = 1, .ports = { 443 } };

	(void)state;
	assert_true(passes(&wanted, PACKET_LINK_RAW, false, ipv4(true, TCP, 443, 1, 3)));
	assert_true(passes(&wanted, PACKET_LINK_RAW, true, ipv6(true, TCP, 1, 443)));
	assert_false(passes(&wanted, PACKET_LINK_RAW, false, ipv4(true, TCP, 1, 2, 0)));
	assert_false(passes(&wanted, PACKET_LINK_RAW, false, ipv6(true, TCP, 1, 2)));
}

/* The longest program: its jumps still reach. */
static void so_many_ports_have_room(void **state)
{
	struct payload_wanted wanted = { 0 };

	(void)state;
	for (uint16_t i = 0; i < PAYLOAD_PORT_COUNT_MAX; i++) {
		payload_want(&wanted, (uint16_t)(1000 + i));
		payload_want(&wanted, 1000); /* once is enough */
	}
	assert_int_equal(wanted.port_count, PAYLOAD_PORT_COUNT_MAX);
	assert_false(wanted.is_all);
	for (uint16_t i = 0; i < PAYLOAD_PORT_COUNT_MAX; i++) {
		uint16_t port = (uint16_t)(1000 + i);

		assert_true(
			passes(&wanted, PACKET_LINK_ETHERNET, true, ipv4(false, TCP, port, 5, 0)));
		assert_true(passes(&wanted, PACKET_LINK_ETHERNET, true, ipv6(false, TCP, 5, port)));
	}
	assert_false(passes(&wanted, PACKET_LINK_ETHERNET, true, ipv4(false, TCP, 999, 5, 0)));
	payload_want(&wanted, 7);
	assert_true(wanted.is_all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_port_of_either_end_is_enough),
		cmocka_unit_test(all_of_tcp_may_be_wanted),
		cmocka_unit_test(frames_may_begin_with_ip),
		cmocka_unit_test(so_many_ports_have_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
