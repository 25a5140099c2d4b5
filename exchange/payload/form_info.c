/* SPDX-License-Identifier: BSD-2-Clause */
#include "calendar.h"
#include "form.h"

static const struct {
	const char *event;
	const char *session;
} sessions[FORM_SESSION_COUNT] = {
	{ "EquityUpdate", "REGULAR" },	     { "CommodityUpdate", "REGULAR" },
	{ "KR_EquityUpdate", "NO_TRADING" }, { "HK_EquityUpdate", "NO_TRADING" },
	{ "CN_EquityUpdate", "NO_TRADING" }, { "FXUpdate", "REGULAR" },
};

/* The brackets of leverage, as they come when they have changed. */
static void add_brackets(struct form *form)
{
	form_add(form, ",\"bks\":[{\"bs\":1,\"bnf\":0,\"bnc\":5000,\"mmr\":0.01,\"cf\":0,"
		       "\"mi\":21,\"ma\":50},{\"bs\":2,\"bnf\":5000,\"bnc\":25000,"
		       "\"mmr\":0.025,\"cf\":75,\"mi\":11,\"ma\":20}]");
}

static void add_contract_info(struct form *form)
{
	const struct message *message = form->message;
	const char *contract = message->symbol + message->pair_bytes;
	bool has_date = contract[0] == '_' && contract[1] != 'p';

	form_time(form, "{\"e\":\"contractInfo\",\"E\":", message->event_wall_us);
	form_symbol(form, ",\"s\":");
	form_pair(form, ",\"ps\":");
	form_text(form, ",\"ct\":", has_date ? "CURRENT_QUARTER" : "PERPETUAL");
	/* Perpetual: until 2100-12-25. */
	form_time(form, ",\"dt\":",
		  has_date ? calendar_delivery_us(contract + 1) : UINT64_C(4133404800000000));
	form_time(form, ",\"ot\":", UINT64_C(1569398400000000));
	form_add(form, ",\"cs\":\"TRADING\"");
	add_brackets(form);
	form_world(form);
	form_add(form, "}");
}

static void add_asset_index(struct form *form)
{
	const struct message *message = form->message;
	uint64_t price = message->price;

	form_time(form, "{\"e\":\"assetIndexUpdate\",\"E\":", message->event_wall_us);
	form_symbol(form, ",\"s\":");
	form_price(form, ",\"i\":", price);
	form_add(form, ",\"b\":\"0.10000000\",\"a\":\"0.10000000\"");
	form_price(form, ",\"B\":", price - price / 10);
	form_price(form, ",\"A\":", price + price / 10);
	form_add(form, ",\"q\":\"0.05000000\",\"g\":\"0.05000000\"");
	form_price(form, ",\"Q\":", price - price / 20);
	form_price(form, ",\"G\":", price + price / 20);
	form_add(form, "}");
}

static void add_composite_index(struct form *form)
{
	static const char *const bases[] = { "BTC", "ETH", "BNB" };
	const struct message *message = form->message;

	form_time(form, "{\"e\":\"compositeIndex\",\"E\":", message->event_wall_us);
	form_symbol(form, ",\"s\":");
	form_price(form, ",\"p\":", message->price);
	form_add(form, ",\"C\":\"baseAsset\",\"c\":[");
	for (size_t i = 0; i < sizeof(bases) / sizeof(bases[0]); i++) {
		form_text(form, i == 0 ? "{\"b\":" : ",{\"b\":", bases[i]);
		form_add(form, ",\"q\":\"USDT\"");
		form_fixed(form, ",\"w\":", rng_range(&form->rng, 1, 200000000), 8);
		form_fixed(form, ",\"W\":", rng_range(&form->rng, 1, 100000000), 8);
		form_fixed(form, ",\"i\":", rng_range(&form->rng, 100, 4000000000u), 8);
		form_add(form, "}");
	}
	form_add(form, "]}");
}

/* From the last full hour to the next: sessions' bounds, no origin of anything. */
static void add_trading_session(struct form *form)
{
	const uint64_t hour_us = 3600 * FORM_US_PER_S;
	const struct message *message = form->message;
	uint64_t begin_us = message->event_wall_us / hour_us * hour_us;

	form_text(form, "{\"e\":", sessions[message->part].event);
	form_time(form, ",\"E\":", message->event_wall_us);
	form_time(form, ",\"t\":", begin_us);
	form_time(form, ",\"T\":", begin_us + hour_us);
	form_text(form, ",\"S\":", sessions[message->part].session);
	form_add(form, "}");
}

void form_info(struct form *form)
{
	switch ((enum stream_kind)form->message->spec->kind) {
	case STREAM_CONTRACT_INFO:
		add_contract_info(form);
		break;
	case STREAM_ASSET_INDEX:
		add_asset_index(form);
		break;
	case STREAM_COMPOSITE_INDEX:
		add_composite_index(form);
		break;
	default:
		add_trading_session(form);
	}
}
