/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "feed/streams.h"

static void names_are_found_again_until_the_table_is_full(void **state)
{
	struct streams *streams = calloc(1, sizeof(*streams));
	char name[FEED_STREAM_BYTES];

	(void)state;
	assert_non_null(streams);
	assert_null(streams_find(streams, "x"));
	assert_null(streams_get(streams, ""));
	for (uint32_t i = 0; i < STREAMS_COUNT_MAX; i++) {
		(void)snprintf(name, sizeof(name), "symbol%u@depth", i);
		struct stream *stream = streams_get(streams, name);

		assert_non_null(stream);
		stream->bus_index = (uint16_t)i;
	}
	assert_null(streams_get(streams, "one@more"));
	for (uint32_t i = 0; i < STREAMS_COUNT_MAX; i++) {
		(void)snprintf(name, sizeof(name), "symbol%u@depth", i);
		assert_int_equal(streams_find(streams, name)->bus_index, i);
	}
	free(streams);
}

static void a_name_that_does_not_fit_is_not_entered(void **state)
{
	struct streams *streams = calloc(1, sizeof(*streams));
	char name[FEED_STREAM_BYTES + 1];

	(void)state;
	assert_non_null(streams);
	memset(name, 'n', sizeof(name) - 1);
	name[FEED_STREAM_BYTES] = '\0';
	assert_null(streams_get(streams, name));
	name[FEED_STREAM_BYTES - 1] = '\0';
	assert_non_null(streams_get(streams, name));
	free(streams);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_found_again_until_the_table_is_full),
		cmocka_unit_test(a_name_that_does_not_fit_is_not_entered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
