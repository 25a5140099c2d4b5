/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "ws_client/tell/printable.h"

static void assert_shown(const char *text, const char *shown)
{
	char room[64];

	(void)snprintf(room, sizeof(room), "%s", text);
	printable_make(room);
	assert_string_equal(room, shown);
}

static void what_people_write_is_shown_as_it_is(void **state)
{
	(void)state;
	assert_shown("", "");
	assert_shown("btcusdt@depth20@100ms !\"'", "btcusdt@depth20@100ms !\"'");
	assert_shown("\u5e01\u5b89\u4eba\u751fusdt@aggTrade",
		     "\u5e01\u5b89\u4eba\u751fusdt@aggTrade");
	assert_shown("\u00e9\U0001f600", "\u00e9\U0001f600");
}

static void what_a_terminal_would_obey_is_not(void **state)
{
	(void)state;
	assert_shown("a\x1b[2Jb\x7f\r\n", "a?[2Jb???");
	assert_shown("\xc2\x9b[", "??[");		       /* U+009b begins a sequence, too */
	assert_shown("x\u202ey\u2066z\ufeff", "x???y???z???"); /* directions, a byte order mark */
}

static void what_is_not_utf8_is_not(void **state)
{
	(void)state;
	assert_shown("\xff\x80", "??");
	assert_shown("\xe5\xb8", "??");		 /* cut short */
	assert_shown("\xc0\x9b", "??");		 /* a longer form of an escape */
	assert_shown("\xc3\xa9\xa9", "\u00e9?"); /* the rest of another one */
	assert_shown("\xed\xa0\x80", "???");	 /* a surrogate */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_people_write_is_shown_as_it_is),
		cmocka_unit_test(what_a_terminal_would_obey_is_not),
		cmocka_unit_test(what_is_not_utf8_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
