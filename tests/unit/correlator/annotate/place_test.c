/* SPDX-License-Identifier: BSD-2-Clause */
/* Marked messages get onto the frames that complete them, whatever else is among the frames. */
#include "correlator/annotate/place.h"

#include <stdio.h>
#include <string.h>

#include "correlator/annotate/secrets.h"
#include "tests/unit/unit.h"

#define BASE_SEQ     1000u
#define SERVER_PORT  443
#define CLIENT_PORT  40000
#define SIZE_DEFAULT ((uint64_t)1 << 30)
#define HEAD_BYTES   40 /* IPv4 and TCP, no link header */

struct given {
	size_t frame_count;
	size_t comment_count;
	char text[8192]; /* "SEQ:COMMENT|COMMENT\n" of each frame */
};

struct world {
	struct marks *marks;
	struct place *place;
	struct given given;
};

static uint32_t u32_at(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void give(void *context, uint8_t link, const struct pcapng_packet *packet)
{
	struct given *given = context;
	char *end = given->text + strlen(given->text);

	assert_int_equal(link, PACKET_LINK_RAW);
	end += sprintf(end, "%u:", u32_at(packet->bytes + 24) - BASE_SEQ);
	for (size_t i = 0; i < packet->comment_count; i++) {
		const struct pcapng_comment *comment = &packet->comments[i];
		const char *seq = strstr(comment->text, "seq=");

		end += sprintf(end, "%s%.*s", i ? "|" : "", seq ? 5 : 12,
			       seq ? seq : comment->text + 12);
		given->comment_count++;
	}
	(void)sprintf(end, "\n");
	given->frame_count++;
}

static const struct prof_socket *socket_of_test(void)
{
	static struct prof_socket socket = { .cookie = 7,
					     .base_seq = BASE_SEQ,
					     .flags = PROF_SOCKET_BASE_KNOWN };
	const uint8_t client[] = { 10, 0, 0, 1 };
	const uint8_t server[] = { 10, 0, 0, 2 };

	prof_endpoint_set_ipv4(&socket.flow.local, client, CLIENT_PORT);
	prof_endpoint_set_ipv4(&socket.flow.remote, server, SERVER_PORT);
	return &socket;
}

static void add(struct world *world, uint64_t seq, uint64_t start, uint64_t end, uint32_t tcp_seq,
		int64_t total_ns)
{
	struct corr_message message = {
		.seq = seq,
		.cookie = 7,
		.start_offset = start,
		.end_offset = end,
		.tcp_seq = BASE_SEQ + tcp_seq,
		.is_ranged = true,
		.has_nic = true,
		.stage_mask = 1u << CORR_STAGE_TOTAL,
		.stream = "btcusdt@aggTrade",
	};

	message.stage_ns[CORR_STAGE_TOTAL] = total_ns;
	marks_message(world->marks, &message);
}

static void begin(struct world *world, uint32_t slowest_count)
{
	const struct marks_options options = { .slowest_count = slowest_count };

	memset(world, 0, sizeof(*world));
	world->marks = marks_create(&options);
	assert_non_null(world->marks);
	marks_socket(world->marks, socket_of_test());
}

static void place(struct world *world, uint64_t bytes_max)
{
	const struct place_options options = { .bytes_max = bytes_max,
					       .give = give,
					       .context = &world->given };

	marks_sort(world->marks);
	world->place = place_create(world->marks, &options);
	assert_non_null(world->place);
}

static struct place_counters end(struct world *world)
{
	struct place_counters counters;

	place_finish(world->place, &counters);
	world->place = place_destroy(world->place);
	world->marks = marks_destroy(world->marks);
	return counters;
}

/* An IPv4 packet of one of the two, its payload copied from `payload`, or zeroes. */
static size_t make(uint8_t *bytes, bool is_server, uint32_t seq, uint8_t flags, const void *payload,
		   size_t payload_bytes)
{
	const size_t total_bytes = HEAD_BYTES + payload_bytes;
	const uint8_t head[HEAD_BYTES] = {
		0x45,
		0,
		(uint8_t)(total_bytes >> 8),
		(uint8_t)total_bytes,
		0,
		0,
		0,
		0,
		64,
		6,
		0,
		0,
		10,
		0,
		0,
		is_server ? 2 : 1,
		10,
		0,
		0,
		is_server ? 1 : 2,
		is_server ? SERVER_PORT >> 8 : CLIENT_PORT >> 8,
		is_server ? SERVER_PORT & 255 : CLIENT_PORT & 255,
		is_server ? CLIENT_PORT >> 8 : SERVER_PORT >> 8,
		is_server ? CLIENT_PORT & 255 : SERVER_PORT & 255,
		(uint8_t)(seq >> 24),
		(uint8_t)(seq >> 16),
		(uint8_t)(seq >> 8),
		(uint8_t)seq,
		0,
		0,
		0,
		0,
		0x50,
		flags,
	};

	memset(bytes, 0, total_bytes);
	memcpy(bytes, head, sizeof(head));
	if (payload)
		memcpy(bytes + HEAD_BYTES, payload, payload_bytes);
	return total_bytes;
}

static void frame(struct world *world, uint32_t offset, size_t payload_bytes)
{
	uint8_t bytes[2048];
	size_t size_bytes = make(bytes, true, BASE_SEQ + offset, PROF_TCP_ACK, NULL, payload_bytes);

	place_take(world->place, &(struct place_frame){ .bytes = bytes,
							.captured_bytes = (uint32_t)size_bytes,
							.wire_bytes = (uint32_t)size_bytes,
							.link = PACKET_LINK_RAW });
}

static void syn(struct world *world)
{
	uint8_t bytes[64];
	size_t size_bytes = make(bytes, true, BASE_SEQ - 1, PROF_TCP_SYN | PROF_TCP_ACK, NULL, 0);

	place_take(world->place, &(struct place_frame){ .bytes = bytes,
							.captured_bytes = (uint32_t)size_bytes,
							.wire_bytes = (uint32_t)size_bytes,
							.link = PACKET_LINK_RAW });
}

static void each_message_is_on_the_frame_that_completes_it(void **state)
{
	struct place_counters counters;
	struct world world;

	(void)state;
	begin(&world, 0);
	add(&world, 1, 100, 150, 100, 5000);
	add(&world, 2, 150, 200, 100, 6000); /* ends with the frame */
	add(&world, 3, 190, 201, 200, 7000); /* its last byte is the next one's first */
	place(&world, SIZE_DEFAULT);
	syn(&world);
	frame(&world, 0, 100);
	frame(&world, 200, 100); /* too early */
	frame(&world, 100, 100);
	frame(&world, 100, 100); /* twice */
	frame(&world, 300, 100); /* behind the last mark: nobody needs it */
	counters = end(&world);
	assert_string_equal(world.given.text,
			    "4294967295:\n0:\n100:seq=1|seq=2\n200:seq=3|came before \n");
	assert_int_equal(counters.mark_count, 3);
	assert_int_equal(counters.torn_count + counters.odd_count + counters.missing_count, 0);
	assert_int_equal(counters.displaced_count, 1);
}

static void what_is_torn_odd_or_missing_is_counted(void **state)
{
	struct place_counters counters;
	struct world world;

	(void)state;
	begin(&world, 0);
	add(&world, 1, 0, 50, 0, 5000);	    /* its frame is not there */
	add(&world, 2, 100, 150, 90, 6000); /* another segment than the run saw */
	add(&world, 3, 900, 950, 900, 7000);
	place(&world, SIZE_DEFAULT);
	frame(&world, 100, 100); /* in the middle, without a SYN */
	counters = end(&world);
	assert_string_equal(world.given.text, "100:seq=2\n");
	assert_int_equal(counters.missing_count, 2);
	assert_int_equal(counters.mark_count, 1);
	assert_int_equal(counters.torn_count, 1);
	assert_int_equal(counters.odd_count, 1);
}

static void beyond_the_bound_only_what_brought_marked_messages_is_written(void **state)
{
	struct place_counters counters;
	struct world world;

	(void)state;
	begin(&world, 0);
	add(&world, 1, 50, 60, 0, 5000);
	add(&world, 2, 350, 450, 400, 6000); /* of two frames */
	place(&world, 200);
	syn(&world);
	for (uint32_t offset = 0; offset < 600; offset += 100)
		frame(&world, offset, 100);
	counters = end(&world);
	assert_string_equal(world.given.text, "4294967295:\n0:seq=1\n100:\n"
					      "300:frames befor\n400:seq=2|frames befor\n");
	assert_int_equal(counters.beyond_count, 1);
	assert_int_equal(counters.mark_count, 2);
}

static void the_slowest_are_kept(void **state)
{
	struct world world;

	(void)state;
	begin(&world, 3);
	for (uint32_t i = 0; i < 1000; i++)
		add(&world, i + 1, i * 10, i * 10 + 10, i * 10, (int64_t)(i * 7919 % 1000));
	assert_int_equal(world.marks->count, 3);
	assert_int_equal(world.marks->crowded_count, 0);
	assert_int_equal(world.marks->connections[0].mark_count, 3);
	for (uint32_t i = 0; i < 3; i++)
		assert_true(world.marks->marks[i].slowness_ns >= 997);
	place(&world, SIZE_DEFAULT);
	(void)end(&world);
}

static void only_what_can_be_placed_is_marked(void **state)
{
	struct corr_message message = { .cookie = 7, .stream = "", .is_ranged = true };
	struct world world;

	(void)state;
	begin(&world, 0);
	marks_message(world.marks, &message); /* not seen by the NIC layer */
	message = (struct corr_message){ .cookie = 8,
					 .stream = "",
					 .is_ranged = true,
					 .has_nic = true,
					 .stage_mask = 1u << CORR_STAGE_TOTAL };
	marks_message(world.marks, &message); /* of a socket that nobody registered */
	assert_int_equal(world.marks->unplaced_count, 2);
	assert_int_equal(world.marks->count, 0);
	world.marks = marks_destroy(world.marks);
}

static bool knows(const void *context, const uint8_t *random)
{
	return place_knows_random(context, random);
}

static void only_their_own_secrets_are_handed_on(void **state)
{
	static struct secrets secrets;
	uint8_t hello[64] = { 22, 3, 1, 0, 59, 1 };
	uint8_t bytes[256];
	struct world world;
	char lines[512];
	char random[65];
	size_t size_bytes;

	(void)state;
	begin(&world, 0);
	add(&world, 1, 50, 60, 0, 5000);
	place(&world, SIZE_DEFAULT);
	memset(hello + 11, 0xab, 32);
	size_bytes = make(bytes, false, 1, PROF_TCP_ACK, hello, sizeof(hello));
	place_look(world.place, &(struct place_frame){ .bytes = bytes,
						       .captured_bytes = (uint32_t)size_bytes,
						       .wire_bytes = (uint32_t)size_bytes,
						       .link = PACKET_LINK_RAW });
	for (size_t i = 0; i < 64; i++)
		random[i] = i % 2 ? 'b' : 'A';
	random[64] = '\0';
	(void)snprintf(lines, sizeof(lines),
		       "# CLIENT_RANDOM\nCLIENT_RANDOM %s 01\r\nCLIENT_RANDOM 0%s "
		       "02\nCLIENT_RANDOM %s 01\n"
		       "OTHER %s 0",
		       random, random + 1, random, random);
	secrets = (struct secrets){ .is_wanted = knows, .context = world.place };
	for (const char *at = lines; *at; at++)
		secrets_feed(&secrets, at, 1);
	secrets_end(&secrets);
	(void)snprintf(lines, sizeof(lines), "CLIENT_RANDOM %s 01\nOTHER %s 0\n", random, random);
	assert_int_equal(secrets.text_bytes, strlen(lines));
	assert_memory_equal(secrets.text, lines, strlen(lines));
	(void)end(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_message_is_on_the_frame_that_completes_it),
		cmocka_unit_test(what_is_torn_odd_or_missing_is_counted),
		cmocka_unit_test(beyond_the_bound_only_what_brought_marked_messages_is_written),
		cmocka_unit_test(the_slowest_are_kept),
		cmocka_unit_test(only_what_can_be_placed_is_marked),
		cmocka_unit_test(only_their_own_secrets_are_handed_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
