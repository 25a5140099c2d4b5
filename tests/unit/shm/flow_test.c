/* SPDX-License-Identifier: BSD-2-Clause */
#include "prof/flow.h"

#include <stdlib.h>

#include "tests/unit/unit.h"

static struct prof_flow flow_of(uint32_t number)
{
	uint8_t remote[4] = { 10, (uint8_t)(number >> 16), (uint8_t)(number >> 8),
			      (uint8_t)number };
	uint8_t local[4] = { 192, 168, 0, 1 };
	struct prof_flow flow;

	prof_endpoint_set_ipv4(&flow.local, local, (uint16_t)(1024 + number % 50000));
	prof_endpoint_set_ipv4(&flow.remote, remote, 443);
	return flow;
}

static void both_directions_have_one_id(void **state)
{
	(void)state;
	for (uint32_t number = 0; number < 10000; number++) {
		struct prof_flow flow = flow_of(number);
		struct prof_flow back = { .local = flow.remote, .remote = flow.local };

		assert_true(prof_flow_id(&flow) == prof_flow_id(&back));
		assert_true(prof_flow_id(&flow) != 0);
	}
}

static int compare_ids(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a;
	uint64_t y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void a_hundred_thousand_flows_have_as_many_ids(void **state)
{
	static uint64_t ids[100000];
	size_t count = sizeof(ids) / sizeof(ids[0]);

	(void)state;
	for (uint32_t number = 0; number < count; number++) {
		struct prof_flow flow = flow_of(number);

		ids[number] = prof_flow_id(&flow);
	}
	qsort(ids, count, sizeof(ids[0]), compare_ids);
	for (size_t i = 1; i < count; i++)
		assert_true(ids[i - 1] != ids[i]);
}

static void every_byte_of_the_addresses_and_ports_matters(void **state)
{
	struct prof_flow flow = flow_of(7);
	uint64_t id = prof_flow_id(&flow);

	(void)state;
	for (size_t i = 0; i < 16; i++) {
		struct prof_flow other = flow;

		other.local.addr[i] ^= 1;
		assert_true(prof_flow_id(&other) != id);
		other = flow;
		other.remote.addr[i] ^= 0x80;
		assert_true(prof_flow_id(&other) != id);
	}
	flow.local.port ^= 1;
	assert_true(prof_flow_id(&flow) != id);
}

static void endpoints_are_written_as_people_write_them(void **state)
{
	char text[PROF_ENDPOINT_TEXT_BYTES];
	uint8_t loopback[16] = { [15] = 1 };
	struct prof_endpoint endpoint;

	(void)state;
	prof_endpoint_set_ipv4(&endpoint, (uint8_t[]){ 10, 0, 0, 2 }, 9443);
	assert_string_equal(prof_endpoint_format(&endpoint, text, sizeof(text)), "10.0.0.2:9443");
	prof_endpoint_set_ipv6(&endpoint, loopback, 443);
	assert_string_equal(prof_endpoint_format(&endpoint, text, sizeof(text)), "[::1]:443");
	assert_string_equal(prof_endpoint_format(&endpoint, text, 4), "[::");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_directions_have_one_id),
		cmocka_unit_test(a_hundred_thousand_flows_have_as_many_ids),
		cmocka_unit_test(every_byte_of_the_addresses_and_ports_matters),
		cmocka_unit_test(endpoints_are_written_as_people_write_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
