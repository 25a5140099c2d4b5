/* SPDX-License-Identifier: BSD-2-Clause */
/* One round trip, two printers. */
#include "tests/unit/unit.h"

#include <string.h>

#include "correlator/trips/trip_line.h"

static char bytes[TRIP_LINE_BYTES_MAX + 1];

static struct corr_trip ping(void)
{
	struct corr_trip trip = {
		.cookie = 77,
		.request_id = 5,
		.start_offset = 90,
		.end_offset = 120,
		.write_ns = 1000500,
		.call_ns = 1010000,
		.left_ns = 1050700,
		.acked_ns = 1300000,
		.arrived_ns = 1700600,
		.read_ns = 1750000,
		.answer_ns = 1800400,
		.answer_wall_ns = 1790000000001800400,
		.tcp_seq = 1234,
		.answer_tcp_seq = 4321,
		.conn_number = 3,
		.tid = 42,
		.purpose = PROF_PURPOSE_PING,
	};

	corr_trip_split(&trip);
	return trip;
}

static const char *line_of(const struct corr_trip *trip)
{
	struct text text = { .bytes = bytes, .room_bytes = TRIP_LINE_BYTES_MAX };

	trip_add_line(&text, trip);
	assert_false(text.is_cut);
	bytes[text.size_bytes] = '\0';
	return bytes;
}

static const char *json_of(const struct corr_trip *trip, const char *host)
{
	const struct trip_origin origin = { .host = host, .run = 0xab };
	struct text text = { .bytes = bytes, .room_bytes = TRIP_LINE_BYTES_MAX };

	trip_add_json(&text, trip, &origin);
	assert_false(text.is_cut);
	bytes[text.size_bytes] = '\0';
	return bytes;
}

static void a_ping_is_told_to_people_and_to_scripts(void **state)
{
	struct corr_trip trip = ping();

	(void)state;
	assert_string_equal(line_of(&trip), "[ping] rtt_us=799 us out_us=50 wire_us=650 in_us=99 "
					    "tcp_seq=1234 answer_tcp_seq=4321\n");
	assert_string_equal(
		json_of(&trip, "box"),
		"{\"what\":\"ping\",\"conn\":3,\"cookie\":77,\"request_id\":5,\"start\":90,\"end\":"
		"120,"
		"\"tcp_seq\":1234,\"retransmits\":0,\"answer_tcp_seq\":4321,\"tid\":42,"
		"\"write_ns\":1000500,\"call_ns\":1010000,\"left_ns\":1050700,\"acked_ns\":1300000,"
		"\"arrived_ns\":1700600,\"read_ns\":1750000,\"answer_ns\":1800400,"
		"\"rtt_ns\":799900,\"out_ns\":50200,\"wire_ns\":649900,\"in_ns\":99800,"
		"\"write_call_ns\":9500,\"call_left_ns\":40700,\"arrived_read_ns\":49400,"
		"\"read_answer_ns\":50400,\"left_acked_ns\":249300,"
		"\"answer_wall_ns\":1790000000001800400,\"host\":\"box\","
		"\"run\":\"00000000000000ab\"}\n");
}

static void what_no_layer_told_is_said_to_be_unknown(void **state)
{
	struct corr_trip trip = { .request_id = 2,
				  .write_ns = 1000,
				  .answer_ns = 5000,
				  .purpose = PROF_PURPOSE_SUBSCRIBE };

	(void)state;
	corr_trip_split(&trip);
	assert_string_equal(line_of(&trip),
			    "[request] what=SUBSCRIBE id=2 rtt_us=4 us out_us=n/a "
			    "wire_us=n/a in_us=n/a tcp_seq=n/a answer_tcp_seq=n/a\n");
	assert_string_equal(
		json_of(&trip, ""),
		"{\"what\":\"SUBSCRIBE\",\"conn\":0,\"cookie\":0,\"request_id\":2,\"start\":null,"
		"\"end\":null,\"tcp_seq\":null,\"retransmits\":null,\"answer_tcp_seq\":null,"
		"\"tid\":null,\"write_ns\":1000,\"call_ns\":null,\"left_ns\":null,\"acked_ns\":"
		"null,"
		"\"arrived_ns\":null,\"read_ns\":null,\"answer_ns\":5000,\"rtt_ns\":4000,"
		"\"out_ns\":null,\"wire_ns\":null,\"in_ns\":null,\"write_call_ns\":null,"
		"\"call_left_ns\":null,\"arrived_read_ns\":null,\"read_answer_ns\":null,"
		"\"left_acked_ns\":null,\"answer_wall_ns\":null,\"host\":null,"
		"\"run\":\"00000000000000ab\"}\n");
}

/* Of somebody else's client: neither when it wrote nor when it had the answer. */
static void what_the_kernel_knows_stands_in_for_the_user(void **state)
{
	struct corr_trip trip = ping();

	(void)state;
	trip.write_ns = trip.answer_ns = 0;
	corr_trip_split(&trip);
	assert_string_equal(line_of(&trip), "[ping] rtt_us=n/a us out_us=n/a wire_us=650 in_us=n/a "
					    "tcp_seq=1234 answer_tcp_seq=4321 stack_us=40 "
					    "read_us=49\n");
}

static void a_negative_part_is_told_as_it_is(void **state)
{
	struct corr_trip trip = ping();

	(void)state;
	trip.left_ns = trip.write_ns - 300;
	corr_trip_split(&trip);
	assert_non_null(strstr(line_of(&trip), " out_us=-1 "));
	assert_non_null(strstr(json_of(&trip, "box"), "\"out_ns\":-300,"));
}

/* Every number at its longest, and a name of which each byte takes six. */
static void the_longest_fits(void **state)
{
	struct corr_trip trip;
	char host[64] = { 0 };

	(void)state;
	memset(&trip, 0xff, sizeof(trip));
	memset(host, '<', sizeof(host) - 1);
	trip.purpose = PROF_PURPOSE_SUBSCRIBE;
	for (int part = 0; part < CORR_PART_COUNT; part++)
		trip.part_ns[part] = INT64_MIN;
	(void)json_of(&trip, host);
	(void)line_of(&trip);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_ping_is_told_to_people_and_to_scripts),
		cmocka_unit_test(what_no_layer_told_is_said_to_be_unknown),
		cmocka_unit_test(what_the_kernel_knows_stands_in_for_the_user),
		cmocka_unit_test(a_negative_part_is_told_as_it_is),
		cmocka_unit_test(the_longest_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
