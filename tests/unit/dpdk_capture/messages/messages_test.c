/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Real TLS, in segments of our own making: cut anyhow, out of order, twice,
 * overlapping, across 2^32, with holes.
 */
#include "tests/unit/wire/tls/live.h"

#include <stdio.h>

#include "dpdk_capture/messages/messages.h"
#include "prof/event.h"

#define HEAD	      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"
#define MESSAGE_COUNT 60
#define BASE_SEQ      4294960000u /* wraps within the stream */
#define CLIENT_SEQ    77u

struct truth {
	uint64_t start_offset;
	uint64_t end_offset;
	char symbol[24];
};

struct fixture {
	struct live *live;
	struct key_log *late_log; /* empty, until it is to be known */
	struct messages *messages;
	struct prof_endpoint ends[2];
	uint8_t bytes[2][200000];
	size_t size_bytes[2];
	struct truth truths[MESSAGE_COUNT];
	uint64_t first_ns[200000]; /* when each of the server's bytes was first seen; 0: never */
	uint64_t now_ns;
	bool is_met_late; /* its SYNs are missing */
	size_t found_count;
	size_t next; /* message that may come next */
};

static void expect_next(void *context, const struct message *message)
{
	struct fixture *fixture = context;
	const struct truth *truth;

	while (fixture->next < MESSAGE_COUNT &&
	       fixture->truths[fixture->next].end_offset != message->end_offset)
		fixture->next++;
	assert_true(fixture->next < MESSAGE_COUNT);
	truth = &fixture->truths[fixture->next++];
	assert_int_equal(message->has_range, !fixture->is_met_late);
	assert_int_equal(message->start_offset, truth->start_offset);
	assert_int_equal(message->first.time_ns, fixture->first_ns[truth->start_offset]);
	assert_int_equal(message->last.time_ns, fixture->first_ns[truth->end_offset - 1]);
	assert_int_equal(message->exch_time_us, 1700000000000000);
	assert_string_equal(message->stream, truth->symbol);
	assert_int_equal(message->src->port, 443);
	fixture->found_count++;
}

static void say_messages(struct fixture *fixture)
{
	struct live *live = fixture->live;

	live_say(live, LIVE_CLIENT, "GET / HTTP/1.1\r\n\r\n", 18);
	live_say(live, LIVE_SERVER, HEAD, sizeof(HEAD) - 1);
	for (size_t i = 0; i < MESSAGE_COUNT; i++) {
		struct truth *truth = &fixture->truths[i];
		uint8_t frame[2000];
		int size;

		if (i == MESSAGE_COUNT / 2 && SSL_version(live->ends[0]) == TLS1_3_VERSION)
			(void)SSL_key_update(live->ends[LIVE_SERVER], SSL_KEY_UPDATE_NOT_REQUESTED);
		(void)snprintf(truth->symbol, sizeof(truth->symbol), "s%zu@aggTrade", i);
		size = snprintf(
			(char *)frame + 4, sizeof(frame) - 4,
			"{\"stream\":\"%s\",\"data\":{\"e\":\"aggTrade\",\"E\":1700000000000,"
			"\"x\":\"%0*d\"}}",
			truth->symbol, (int)(60 + i * 131 % 1500), 1);
		frame[0] = 0x81;
		frame[1] = 126;
		frame[2] = (uint8_t)(size >> 8);
		frame[3] = (uint8_t)size;
		live_say(live, LIVE_SERVER, frame, (size_t)size + 4);
		truth->end_offset = live->record_count; /* for the time being: which record */
	}
}

static void lay_out(struct fixture *fixture)
{
	size_t message = 0;

	for (size_t i = 0; i < fixture->live->record_count; i++) {
		const struct live_record *record = &fixture->live->records[i];
		size_t *used_bytes = &fixture->size_bytes[record->from];

		if (message < MESSAGE_COUNT && fixture->truths[message].end_offset == i + 1 &&
		    record->from == LIVE_SERVER) {
			fixture->truths[message].start_offset = *used_bytes;
			fixture->truths[message++].end_offset = *used_bytes + record->size_bytes;
		}
		memcpy(fixture->bytes[record->from] + *used_bytes, record->bytes,
		       record->size_bytes);
		*used_bytes += record->size_bytes;
	}
	assert_int_equal(message, MESSAGE_COUNT);
}

static struct fixture *fixture_new(int version, const char *suite)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	struct messages_options options = { .give = expect_next, .context = fixture };

	assert_non_null(fixture);
	fixture->live = live_new(version, suite);
	fixture->late_log = calloc(1, sizeof(*fixture->late_log));
	assert_non_null(fixture->late_log);
	options.log = fixture->late_log;
	say_messages(fixture);
	lay_out(fixture);
	prof_endpoint_set_ipv4(&fixture->ends[LIVE_CLIENT], "\12\0\0\1", 40000);
	prof_endpoint_set_ipv4(&fixture->ends[LIVE_SERVER], "\12\0\0\2", 443);
	fixture->messages = messages_create(&options);
	assert_non_null(fixture->messages);
	fixture->now_ns = 1000;
	return fixture;
}

static void know_keys(struct fixture *fixture)
{
	*fixture->late_log = *fixture->live->log;
}

static void fixture_free(struct fixture *fixture)
{
	(void)messages_destroy(fixture->messages);
	live_free(fixture->live);
	free(fixture->late_log);
	free(fixture);
}

static void take(struct fixture *fixture, size_t from, uint32_t seq, uint8_t flags, uint32_t ack,
		 const uint8_t *payload, size_t size_bytes)
{
	const struct messages_segment segment = {
		.src = &fixture->ends[from],
		.dst = &fixture->ends[1 - from],
		.time_ns = fixture->now_ns,
		.seq = seq,
		.ack = ack,
		.flags = flags,
		.is_wanted = fixture->is_met_late,
		.payload_bytes = (uint32_t)size_bytes,
		.captured_bytes = (uint32_t)size_bytes,
		.payload = payload,
	};

	messages_take(fixture->messages, &segment);
}

static void server_says(struct fixture *fixture, size_t begin, size_t end)
{
	if (end > fixture->size_bytes[LIVE_SERVER])
		end = fixture->size_bytes[LIVE_SERVER];
	fixture->now_ns += 1000;
	for (size_t i = begin; i < end; i++)
		if (!fixture->first_ns[i])
			fixture->first_ns[i] = fixture->now_ns;
	take(fixture, LIVE_SERVER, BASE_SEQ + (uint32_t)begin, PROF_TCP_ACK, CLIENT_SEQ,
	     fixture->bytes[LIVE_SERVER] + begin, end - begin);
}

/* SYNs, and all that the client has to say. */
static void begin(struct fixture *fixture)
{
	take(fixture, LIVE_CLIENT, CLIENT_SEQ - 1, PROF_TCP_SYN, 0, NULL, 0);
	take(fixture, LIVE_SERVER, BASE_SEQ - 1, PROF_TCP_SYN | PROF_TCP_ACK, CLIENT_SEQ, NULL, 0);
	take(fixture, LIVE_CLIENT, CLIENT_SEQ, PROF_TCP_ACK, BASE_SEQ, fixture->bytes[LIVE_CLIENT],
	     fixture->size_bytes[LIVE_CLIENT]);
}

static void client_acknowledges(struct fixture *fixture, size_t offset)
{
	take(fixture, LIVE_CLIENT, CLIENT_SEQ + (uint32_t)fixture->size_bytes[LIVE_CLIENT],
	     PROF_TCP_ACK, BASE_SEQ + (uint32_t)offset, NULL, 0);
}

static const struct {
	int version;
	const char *suite;
} all[] = {
	{ TLS1_3_VERSION, "TLS_AES_128_GCM_SHA256" },
	{ TLS1_3_VERSION, "TLS_CHACHA20_POLY1305_SHA256" },
	{ TLS1_2_VERSION, "ECDHE-ECDSA-AES256-GCM-SHA384" },
};

#define SUITE_COUNT (sizeof(all) / sizeof(all[0]))

static void however_the_segments_come_every_message_has_its_times(void **state)
{
	(void)state;
	for (size_t seed = 0; seed < 30; seed++) {
		struct fixture *fixture = fixture_new(all[seed % SUITE_COUNT].version,
						      all[seed % SUITE_COUNT].suite);
		uint64_t random = seed + 1;
		size_t edge = 0; /* everything before it has been sent */

		know_keys(fixture);
		begin(fixture);
		while (edge < fixture->size_bytes[LIVE_SERVER]) {
			size_t ahead;
			size_t size_bytes;

			random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
			ahead = (random >> 60) < 6 ? (size_t)(random >> 40) % 5000 : 0;
			size_bytes = 1 + (size_t)(random >> 20) % 3000;
			/* Also again what was sent before. */
			if ((random >> 56) % 8 == 1 && edge > 2000) {
				server_says(fixture, edge - 1500, edge - 1500 + size_bytes);
				continue;
			}
			if (edge + ahead < fixture->size_bytes[LIVE_SERVER])
				server_says(fixture, edge + ahead, edge + ahead + size_bytes);
			if (!ahead)
				edge += size_bytes;
		}
		server_says(fixture, 0, 100);
		messages_finish(fixture->messages);
		assert_int_equal(fixture->found_count, MESSAGE_COUNT);
		fixture_free(fixture);
	}
}

static void a_key_that_comes_late_costs_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < SUITE_COUNT; i++) {
		struct fixture *fixture = fixture_new(all[i].version, all[i].suite);
		size_t size_bytes = fixture->size_bytes[LIVE_SERVER];

		begin(fixture);
		for (size_t at = 0; at < size_bytes; at += 1000) {
			if (at > size_bytes / 2)
				know_keys(fixture);
			server_says(fixture, at, at + 1000);
		}
		messages_finish(fixture->messages);
		assert_int_equal(fixture->found_count, MESSAGE_COUNT);
		fixture_free(fixture);
	}
}

static void without_a_key_nothing_is_given_and_all_is_counted(void **state)
{
	struct fixture *fixture = fixture_new(TLS1_3_VERSION, "TLS_AES_128_GCM_SHA256");
	struct messages_counters counters;

	(void)state;
	begin(fixture);
	for (size_t at = 0; at < fixture->size_bytes[LIVE_SERVER]; at += 1000)
		server_says(fixture, at, at + 1000);
	messages_finish(fixture->messages);
	messages_count(fixture->messages, &counters);
	assert_int_equal(fixture->found_count, 0);
	assert_int_equal(counters.stream.record_count, 0);
	assert_true(counters.stream.keyless_count >= MESSAGE_COUNT);
	fixture_free(fixture);
}

/* A secret that is another's opens nothing; none of its records is passed over in silence. */
static void a_wrong_secret_is_counted(void **state)
{
	(void)state;
	for (size_t i = 0; i < SUITE_COUNT; i++) {
		struct fixture *fixture = fixture_new(all[i].version, all[i].suite);
		struct messages_counters counters;

		know_keys(fixture);
		for (uint32_t k = 0; k < fixture->late_log->secret_count; k++)
			fixture->late_log->secrets[k].bytes[5] ^= 1;
		begin(fixture);
		server_says(fixture, 0, fixture->truths[20].end_offset);
		messages_finish(fixture->messages);
		messages_count(fixture->messages, &counters);
		assert_int_equal(fixture->found_count, 0);
		assert_true(counters.stream.bad_count + counters.stream.keyless_count >= 20);
		fixture_free(fixture);
	}
}

/* Where the SYNs are missing and the hellos are not, only the offsets are not known. */
static void a_connection_met_at_its_hello_has_all_its_messages(void **state)
{
	(void)state;
	for (size_t i = 0; i < SUITE_COUNT; i++) {
		struct fixture *fixture = fixture_new(all[i].version, all[i].suite);
		struct messages_counters counters;

		fixture->is_met_late = true;
		know_keys(fixture);
		take(fixture, LIVE_CLIENT, CLIENT_SEQ, PROF_TCP_ACK, BASE_SEQ,
		     fixture->bytes[LIVE_CLIENT], fixture->size_bytes[LIVE_CLIENT]);
		for (size_t at = 0; at < fixture->size_bytes[LIVE_SERVER]; at += 1000)
			server_says(fixture, at, at + 1000);
		assert_int_equal(fixture->found_count, MESSAGE_COUNT);
		messages_finish(fixture->messages);
		messages_count(fixture->messages, &counters);
		assert_int_equal(counters.stream.keyless_count, 0);
		assert_int_equal(counters.stream.bad_count, 0);
		assert_int_equal(counters.stream.held_drop_bytes, 0);
		fixture_free(fixture);
	}
}

/* Binary messages without TLS, met in their middle, look like nothing; that is told, once. */
static void what_cannot_be_made_out_is_counted(void **state)
{
	struct fixture *fixture = fixture_new(TLS1_3_VERSION, "TLS_AES_128_GCM_SHA256");
	struct messages_counters counters;
	uint8_t frames[2][40];

	(void)state;
	fixture->is_met_late = true;
	memset(frames, 0xa5, sizeof(frames));
	frames[LIVE_SERVER][0] = 0x82;
	frames[LIVE_SERVER][1] = 38;
	frames[LIVE_CLIENT][0] = 0x82;
	frames[LIVE_CLIENT][1] = 0x80 | 34;
	for (uint32_t i = 0; i < 20; i++) {
		for (size_t from = 0; from < 2; from++)
			take(fixture, from, 500 + 40 * i, PROF_TCP_ACK, 500 + 40 * i, frames[from],
			     sizeof(frames[from]));
	}
	messages_finish(fixture->messages);
	messages_count(fixture->messages, &counters);
	assert_int_equal(fixture->found_count, 0);
	assert_int_equal(counters.stream.unmade_count, 1);
	fixture_free(fixture);
}

/* What a RST carries is nothing of the stream, though it lies where the next bytes will. */
static void what_a_reset_carries_is_no_message(void **state)
{
	static const uint8_t words[] = "reset by policy";
	struct fixture *fixture = fixture_new(TLS1_3_VERSION, "TLS_AES_128_GCM_SHA256");
	uint64_t at = fixture->truths[10].end_offset;

	(void)state;
	know_keys(fixture);
	begin(fixture);
	server_says(fixture, 0, at);
	take(fixture, LIVE_SERVER, BASE_SEQ + (uint32_t)at, PROF_TCP_RST, 0, words, sizeof(words));
	server_says(fixture, at, fixture->size_bytes[LIVE_SERVER]);
	messages_finish(fixture->messages);
	assert_int_equal(fixture->found_count, MESSAGE_COUNT);
	fixture_free(fixture);
}

/* Only the messages that lay in the hole are missing; they are given up once acknowledged. */
static void a_hole_costs_what_lay_in_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < SUITE_COUNT; i++) {
		struct fixture *fixture = fixture_new(all[i].version, all[i].suite);
		size_t size_bytes = fixture->size_bytes[LIVE_SERVER];
		uint64_t begin_offset = fixture->truths[10].start_offset + 20;
		uint64_t end_offset = fixture->truths[12].end_offset - 20;
		struct messages_counters counters;

		know_keys(fixture);
		begin(fixture);
		server_says(fixture, 0, begin_offset);
		server_says(fixture, end_offset, size_bytes / 2);
		assert_int_equal(fixture->found_count, 10);
		client_acknowledges(fixture, size_bytes / 2);
		fixture->now_ns += 2 * STREAM_ACKED_NS;
		server_says(fixture, size_bytes / 2, size_bytes);
		messages_count(fixture->messages, &counters);
		assert_int_equal(counters.stream.hole_count, 1);
		assert_int_equal(counters.stream.missing_bytes, end_offset - begin_offset);
		messages_finish(fixture->messages);
		assert_int_equal(fixture->found_count, MESSAGE_COUNT - 3);
		messages_count(fixture->messages, &counters);
		assert_int_equal(counters.stream.bad_count, 0);
		fixture_free(fixture);
	}
}

static void the_same_ends_may_connect_again(void **state)
{
	struct fixture *fixture = fixture_new(TLS1_3_VERSION, "TLS_AES_256_GCM_SHA384");
	size_t size_bytes = fixture->size_bytes[LIVE_SERVER];

	(void)state;
	know_keys(fixture);
	for (int round = 0; round < 2; round++) {
		begin(fixture);
		server_says(fixture, 0, size_bytes);
		assert_int_equal(fixture->found_count, MESSAGE_COUNT);
		/* In between something else, with other numbers. */
		take(fixture, LIVE_CLIENT, 5, PROF_TCP_SYN, 0, NULL, 0);
		take(fixture, LIVE_SERVER, 9, PROF_TCP_SYN | PROF_TCP_ACK, 6, NULL, 0);
		fixture->found_count = 0;
		fixture->next = 0;
		memset(fixture->first_ns, 0, sizeof(fixture->first_ns));
	}
	fixture_free(fixture);
}

/* More connections than there is room for: the oldest are forgotten and counted. */
static void connections_beyond_the_table_are_counted(void **state)
{
	struct fixture *fixture = fixture_new(TLS1_3_VERSION, "TLS_AES_128_GCM_SHA256");
	struct messages_counters counters;

	(void)state;
	for (uint16_t port = 1; port <= MESSAGES_CONNECTION_COUNT_MAX + 5; port++) {
		fixture->ends[LIVE_CLIENT].port = port;
		fixture->now_ns += 1000;
		take(fixture, LIVE_CLIENT, CLIENT_SEQ - 1, PROF_TCP_SYN, 0, NULL, 0);
	}
	messages_count(fixture->messages, &counters);
	assert_int_equal(counters.connection_count, MESSAGES_CONNECTION_COUNT_MAX + 5);
	assert_int_equal(counters.evicted_count, 5);
	fixture_free(fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(however_the_segments_come_every_message_has_its_times),
		cmocka_unit_test(a_key_that_comes_late_costs_nothing),
		cmocka_unit_test(without_a_key_nothing_is_given_and_all_is_counted),
		cmocka_unit_test(a_wrong_secret_is_counted),
		cmocka_unit_test(a_connection_met_at_its_hello_has_all_its_messages),
		cmocka_unit_test(what_a_reset_carries_is_no_message),
		cmocka_unit_test(what_cannot_be_made_out_is_counted),
		cmocka_unit_test(a_hole_costs_what_lay_in_it),
		cmocka_unit_test(the_same_ends_may_connect_again),
		cmocka_unit_test(connections_beyond_the_table_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
