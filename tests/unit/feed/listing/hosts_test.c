/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include "feed/listing/hosts.h"

/* Each address that is written down somewhere, and a few that look like one. */
static const struct {
	const char *name;
	enum venue_kind kind;
	bool is_routed;
	bool wants_key;
} cases[] = {
	{ "stream.binance.com", VENUE_SPOT, false, false },
	{ "data-stream.binance.vision", VENUE_SPOT, false, false },
	{ "stream.testnet.binance.vision", VENUE_SPOT, false, false },
	{ "demo-stream.binance.com", VENUE_SPOT, false, false },
	{ "stream-sbe.binance.com", VENUE_SBE, false, true },
	{ "stream-sbe.testnet.binance.vision", VENUE_SBE, false, true },
	{ "fstream.binance.com", VENUE_FUTURES, true, false },
	{ "FSTREAM.Binance.COM", VENUE_FUTURES, true, false },
	{ "fstream.binancefuture.com", VENUE_FUTURES, true, false },
	{ "fstream-mm.binance.com", VENUE_FUTURES, false, false },
	{ "demo-fstream.binance.com", VENUE_FUTURES, false, false },
	{ "dstream.binance.com", VENUE_COIN, false, false },
	{ "dstream.binancefuture.com", VENUE_COIN, false, false },
	{ "dstream-mm.binance.com", VENUE_COIN, false, false },
	{ "demo-dstream.binance.com", VENUE_COIN, false, false },
	{ "nbstream.binance.com", VENUE_OTHER, false, false },
	{ "margin-stream.binance.com", VENUE_OTHER, false, false },
	{ "xfstream.binance.com", VENUE_OTHER, false, false },
	{ "fstream.binance.com.example", VENUE_OTHER, false, false },
	{ "127.0.0.1", VENUE_OTHER, false, false },
	{ "com", VENUE_OTHER, false, false },
	{ "", VENUE_OTHER, false, false },
};

static void hosts_are_known_by_their_whole_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct venue_host *host = venue_host_of(cases[i].name);

		assert_int_equal(venue_kind_of(cases[i].name), cases[i].kind);
		assert_int_equal(host != NULL, cases[i].kind != VENUE_OTHER);
		assert_int_equal(host && host->is_routed, cases[i].is_routed);
		assert_int_equal(host && host->wants_key, cases[i].wants_key);
	}
}

static void pings_leave_room_for_other_messages(void **state)
{
	(void)state;
	assert_int_equal(venue_ping_least_ms(VENUE_SPOT), 500);
	assert_int_equal(venue_ping_least_ms(VENUE_SBE), 500);
	assert_int_equal(venue_ping_least_ms(VENUE_FUTURES), 250);
	assert_int_equal(venue_ping_least_ms(VENUE_COIN), 250);
	assert_int_equal(venue_ping_least_ms(VENUE_OTHER), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hosts_are_known_by_their_whole_names),
		cmocka_unit_test(pings_leave_room_for_other_messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
