/* SPDX-License-Identifier: BSD-2-Clause */
/* What is written is read by the reader of other people's files, and is as long as announced. */
#include "wire/pcapng/blocks.h"

#include <string.h>

#include "dpdk_capture/files/reader.h"
#include "tests/unit/unit.h"

#define LINK_ETHERNET 1
#define FRAME_BYTES   61 /* no multiple of four */

static const uint64_t wall_time_ns = 1795776640480139305u;

struct made {
	size_t size_bytes;
	uint8_t bytes[4096];
};

static void fill(uint8_t frame[FRAME_BYTES])
{
	for (size_t i = 0; i < FRAME_BYTES; i++)
		frame[i] = (uint8_t)(i * 7);
}

static struct pcapng_packet packet_of(const uint8_t *frame, size_t captured_bytes)
{
	return (struct pcapng_packet){
		.wall_time_ns = wall_time_ns,
		.captured_bytes = (uint32_t)captured_bytes,
		.wire_bytes = FRAME_BYTES,
		.bytes = frame,
	};
}

static void add_packet(struct made *made, const struct pcapng_packet *packet)
{
	size_t announced_bytes = pcapng_packet_bytes(packet);
	size_t written_bytes = pcapng_packet(packet, made->bytes + made->size_bytes);

	assert_int_equal(written_bytes, announced_bytes);
	assert_int_equal(written_bytes % 4, 0);
	made->size_bytes += written_bytes;
}

static void begin(struct made *made)
{
	made->size_bytes = pcapng_section("a program", made->bytes);
	made->size_bytes += pcapng_interface(LINK_ETHERNET, "eth0", made->bytes + made->size_bytes);
}

/* The next frame or secrets; READER_MORE at the end. */
static enum reader_step next(struct reader *reader, const struct made *made, size_t *at,
			     struct reader_frame *frame)
{
	while (*at < made->size_bytes) {
		size_t used_bytes = 0;
		enum reader_step step = reader_step(reader, made->bytes + *at,
						    made->size_bytes - *at, &used_bytes, frame);

		*at += used_bytes;
		if (step != READER_NOTHING)
			return step;
	}
	return READER_MORE;
}

static void a_frame_comes_back_with_its_stamp_to_the_nanosecond(void **state)
{
	static struct reader reader;
	static struct made made;
	struct reader_frame read;
	uint8_t frame[FRAME_BYTES];
	size_t at = 0;

	(void)state;
	fill(frame);
	for (size_t cut = 0; cut < 5; cut++) {
		struct pcapng_packet packet = packet_of(frame, FRAME_BYTES - cut);

		reader = (struct reader){ 0 };
		at = 0;
		begin(&made);
		add_packet(&made, &packet);
		assert_int_equal(next(&reader, &made, &at, &read), READER_FRAME);
		assert_true(read.wall_time_ns == wall_time_ns);
		assert_int_equal(read.tick_ns, 1);
		assert_int_equal(read.captured_bytes, FRAME_BYTES - cut);
		assert_int_equal(read.wire_bytes, FRAME_BYTES);
		assert_memory_equal(read.bytes, frame, FRAME_BYTES - cut);
		assert_int_equal(next(&reader, &made, &at, &read), READER_MORE);
		assert_int_equal(at, made.size_bytes);
	}
}

static void secrets_come_back(void **state)
{
	static const char text[] = "CLIENT_RANDOM 00 11\n";
	static struct reader reader;
	static struct made made;
	struct reader_frame read;
	size_t at = 0;

	(void)state;
	made.size_bytes = pcapng_section("a program", made.bytes);
	made.size_bytes += pcapng_secrets(text, sizeof(text) - 1, made.bytes + made.size_bytes);
	assert_int_equal(pcapng_secrets_bytes(sizeof(text) - 1), 12 + 8 + 20);
	reader = (struct reader){ 0 };
	assert_int_equal(next(&reader, &made, &at, &read), READER_SECRETS);
	assert_int_equal(reader.secrets.size_bytes, sizeof(text) - 1);
	assert_memory_equal(reader.secrets.text, text, sizeof(text) - 1);
}

static bool holds(const struct made *made, const void *bytes, size_t size_bytes)
{
	return memmem(made->bytes, made->size_bytes, bytes, size_bytes) != NULL;
}

static void comments_stand_behind_the_frame_each_with_its_length(void **state)
{
	static const uint8_t first[] = { 1, 0, 3, 0, 'a', 'b', 'c', 0 };
	static const uint8_t second[] = { 1, 0, 1, 0, 'd', 0, 0, 0, 0, 0, 0, 0 }; /* and the end */
	const struct pcapng_comment comments[] = { { "abc", 3 }, { "d", 1 } };
	static struct reader reader;
	static struct made made;
	struct pcapng_packet packet;
	struct reader_frame read;
	uint8_t frame[FRAME_BYTES];
	size_t at = 0;

	(void)state;
	fill(frame);
	packet = packet_of(frame, FRAME_BYTES);
	packet.comments = comments;
	packet.comment_count = 2;
	begin(&made);
	add_packet(&made, &packet);
	reader = (struct reader){ 0 };
	assert_int_equal(next(&reader, &made, &at, &read), READER_FRAME);
	assert_memory_equal(read.bytes, frame, FRAME_BYTES);
	assert_true(holds(&made, first, sizeof(first)));
	assert_true(holds(&made, second, sizeof(second)));
}

static void what_is_too_long_is_cut(void **state)
{
	static char text[PCAPNG_COMMENT_BYTES_MAX + 1];
	static uint8_t out[PCAPNG_COMMENT_BYTES_MAX + 256];
	const struct pcapng_comment comment = { text, sizeof(text) };
	struct pcapng_packet packet = packet_of(NULL, 0);

	(void)state;
	packet.comments = &comment;
	packet.comment_count = 1;
	memset(text, 'n', sizeof(text));
	assert_int_equal(pcapng_packet_bytes(&packet), 32 + 4 + PCAPNG_COMMENT_BYTES_MAX + 4);
	assert_int_equal(pcapng_packet(&packet, out), pcapng_packet_bytes(&packet));
	text[sizeof(text) - 1] = '\0';
	assert_true(pcapng_section(text, out) <= PCAPNG_HEAD_BYTES_MAX);
	assert_true(pcapng_interface(LINK_ETHERNET, text, out) <= PCAPNG_HEAD_BYTES_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_frame_comes_back_with_its_stamp_to_the_nanosecond),
		cmocka_unit_test(secrets_come_back),
		cmocka_unit_test(comments_stand_behind_the_frame_each_with_its_length),
		cmocka_unit_test(what_is_too_long_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
