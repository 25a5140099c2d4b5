/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <zlib.h>

#include "dpdk_capture/files/unpack.h"

#define TEXT_BYTES 3000

/* Bytes that do not pack well, so that what is damaged at the end is whole before it. */
static void fill(uint8_t *bytes)
{
	uint32_t random = 1;

	for (size_t i = 0; i < TEXT_BYTES; i++) {
		random = random * 1664525u + 1013904223u;
		bytes[i] = (uint8_t)(random >> 24);
	}
}

static size_t pack(uint8_t *packed, size_t room_bytes, const uint8_t *bytes)
{
	z_stream stream = { .next_in = (uint8_t *)(uintptr_t)bytes,
			    .avail_in = TEXT_BYTES,
			    .next_out = packed,
			    .avail_out = (uInt)room_bytes };

	assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY),
			 Z_OK);
	assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
	(void)deflateEnd(&stream);
	return room_bytes - stream.avail_out;
}

/* A process of its own writes them, one after the other if is_slow; `ends` are the pipe's. */
static void write_from_child(const uint8_t *bytes, size_t size_bytes, bool is_slow, int ends[2])
{
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		size_t step_bytes = is_slow ? 1 : size_bytes;

		for (size_t at = 0; at < size_bytes; at += step_bytes) {
			if (write(ends[1], bytes + at, step_bytes) != (ssize_t)step_bytes)
				break;
			if (is_slow && at < 16)
				(void)usleep(2000);
		}
		_exit(0);
	}
	(void)close(ends[1]);
}

/* Reads it all; returns what the last call gave. */
static int64_t read_all(const char *path, uint8_t *bytes, size_t room_bytes, size_t *ret_bytes)
{
	struct unpack *unpack;
	const char *why;
	int64_t got_bytes;

	*ret_bytes = 0;
	assert_int_equal(unpack_open(path, &unpack, &why), 0);
	while ((got_bytes = unpack_read(unpack, bytes + *ret_bytes, room_bytes - *ret_bytes,
					&why)) > 0)
		*ret_bytes += (size_t)got_bytes;
	assert_true(got_bytes == 0 || why);
	unpack_close(unpack);
	return got_bytes;
}

/* The text, packed, with a bit of the check sum wrong if is_damaged, comes by a pipe and is all
 * there. */
static void take_packed_pipe(bool is_slow, bool is_damaged, int64_t last)
{
	uint8_t text[TEXT_BYTES];
	uint8_t packed[TEXT_BYTES + 100];
	uint8_t got[TEXT_BYTES + 1];
	size_t packed_bytes;
	char path[32];
	int ends[2];
	size_t got_bytes;

	fill(text);
	packed_bytes = pack(packed, sizeof(packed), text);
	packed[packed_bytes - 5] ^= is_damaged;
	write_from_child(packed, packed_bytes, is_slow, ends);
	(void)snprintf(path, sizeof(path), "/dev/fd/%d", ends[0]);
	assert_int_equal(read_all(path, got, sizeof(got), &got_bytes), last);
	assert_int_equal(got_bytes, TEXT_BYTES);
	assert_memory_equal(got, text, TEXT_BYTES);
	(void)close(ends[0]);
}

static void a_pipe_that_gives_a_byte_at_a_time_is_known_by_its_magic(void **state)
{
	(void)state;
	take_packed_pipe(true, false, 0);
}

static void a_dash_is_standard_input(void **state)
{
	static const char words[] = "plain words";
	int saved = dup(STDIN_FILENO);
	uint8_t got[64];
	int ends[2];
	size_t got_bytes;

	(void)state;
	write_from_child((const uint8_t *)words, sizeof(words), false, ends);
	assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
	assert_int_equal(read_all("-", got, sizeof(got), &got_bytes), 0);
	assert_int_equal(got_bytes, sizeof(words));
	assert_memory_equal(got, words, sizeof(words));
	if (saved >= 0)
		(void)dup2(saved, STDIN_FILENO);
	(void)close(ends[0]);
}

/* Everything is there, and then it is said. */
static void what_comes_before_the_damage_is_given(void **state)
{
	(void)state;
	take_packed_pipe(false, true, -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pipe_that_gives_a_byte_at_a_time_is_known_by_its_magic),
		cmocka_unit_test(a_dash_is_standard_input),
		cmocka_unit_test(what_comes_before_the_damage_is_given),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
