/* SPDX-License-Identifier: BSD-2-Clause */
#include "hosts.h"

#include <stddef.h>
#include <strings.h>

/*
 * Whole names: nbstream.binance.com and margin-stream.binance.com, for
 * instance, are @binance/common 2.4.9's addresses of something else.
 */
static const struct venue_host hosts[] = {
	/* Spot API docs, "WebSocket Streams for Binance", base endpoints */
	{ "stream.binance.com", VENUE_SPOT, false, false },
	{ "data-stream.binance.vision", VENUE_SPOT, false, false },
	/* The same of the Spot Test Network and of Demo Mode; @binance/common 2.4.9 */
	{ "stream.testnet.binance.vision", VENUE_SPOT, false, false },
	{ "demo-stream.binance.com", VENUE_SPOT, false, false },
	/* Spot API docs, "SBE Market Data Streams", base endpoint; the same, testnet */
	{ "stream-sbe.binance.com", VENUE_SBE, false, true },
	{ "stream-sbe.testnet.binance.vision", VENUE_SBE, false, true },
	/* USDS-M notice of 2026-04-23: /market, /public and /private; @binance/common 2.4.9,
	   production and test network, which is routed alike */
	{ "fstream.binance.com", VENUE_FUTURES, true, false },
	{ "fstream.binancefuture.com", VENUE_FUTURES, true, false },
	/* The market makers' own, and Demo Mode's; of their routes nothing is published */
	{ "fstream-mm.binance.com", VENUE_FUTURES, false, false },
	{ "demo-fstream.binance.com", VENUE_FUTURES, false, false },
	/* COIN-M docs, "Websocket Market Streams"; @binance/common 2.4.9.  On paper without
	   routes; users saw streams that speak on /market only (2026) */
	{ "dstream.binance.com", VENUE_COIN, false, false },
	{ "dstream.binancefuture.com", VENUE_COIN, false, false },
	{ "dstream-mm.binance.com", VENUE_COIN, false, false },
	{ "demo-dstream.binance.com", VENUE_COIN, false, false },
};

const struct venue_host *venue_host_of(const char *host)
{
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
		if (strcasecmp(host, hosts[i].name) == 0)
			return &hosts[i];
	return NULL;
}

enum venue_kind venue_kind_of(const char *host)
{
	const struct venue_host *row = venue_host_of(host);

	return row ? row->kind : VENUE_OTHER;
}

const char *venue_kind_name(enum venue_kind kind)
{
	switch (kind) {
	case VENUE_SPOT:
		return "spot";
	case VENUE_SBE:
		return "spot's SBE";
	case VENUE_FUTURES:
	case VENUE_COIN:
		return "futures";
	case VENUE_OTHER:
		break;
	}
	return "another venue";
}

/*
 * Spot takes 5 messages a second from a client, SBE or JSON, and futures 10,
 * pings and pongs included (docs, "WebSocket Limits", "Connect"): that leaves
 * room for others.
 */
uint32_t venue_ping_least_ms(enum venue_kind kind)
{
	switch (kind) {
	case VENUE_SPOT:
	case VENUE_SBE:
		return 500;
	case VENUE_FUTURES:
	case VENUE_COIN:
		return 250;
	case VENUE_OTHER:
		break;
	}
	return 0;
}
