// SPDX-License-Identifier: BSD-2-Clause
// The same with the package binance, which routes USDS-M's streams by itself.
"use strict";
const path = require("path");
const { Types } = require("./connector_types.js");

// Its types are shared by spot and futures; what one of them never had, by its event.
const NOT_OF = {
	spot: { trade: ["b", "a"], // buyer's and seller's order, gone from spot
		bookTicker: ["e", "E", "T"], partialBookDepth: ["e"], depthUpdate: ["T", "pu"] },
	futures: { aggTrade: ["M"], trade: ["b", "a", "M", "T"], "24hrTicker": ["x", "b", "B", "a", "A"],
		   depthUpdate: [] },
};
const TYPES = {
	kline: "WsMessageKlineRaw", aggTrade: "WsMessageAggTradeRaw", trade: "WsMessageTradeRaw",
	blockTrade: "WsMessageBlockTradeRaw", "24hrMiniTicker": "WsMessage24hrMiniTickerRaw",
	"24hrTicker": "WsMessage24hrTickerRaw", "1hTicker": "WsMessageRollingWindowTickerRaw",
	bookTicker: "WsMessageBookTickerEventRaw", depthUpdate: "WsMessageDiffBookDepthEventRaw",
	partialBookDepth: "WsMessagePartialBookDepthEventRaw",
	indexPriceUpdate: "WsMessageIndexPriceUpdateEventRaw",
	markPriceUpdate: "WsMessageMarkPriceUpdateEventRaw", forceOrder: "WsMessageForceOrderRaw",
	contractInfo: "WsMessageFuturesUserDataContractInfoRaw",
};

// Events that it has no raw type of.
const UNTYPED = ["continuous_kline", "indexPrice_kline", "markPrice_kline"];

// [method, its arguments, the stream it asks for]
const usdm = (symbol, ...more) => [symbol, ...more, "usdm"];
const coinm = (symbol, ...more) => [symbol, ...more, "coinm"];
const ROWS = {
	spot: { key: "main", host: "spot", calls: [
		["subscribeSpotAggregateTrades", ["BTCUSDT"], "btcusdt@aggTrade"],
		["subscribeSpotTrades", ["BTCUSDT"], "btcusdt@trade"],
		["subscribeSpotBlockTrades", ["BTCUSDT"], "btcusdt@blockTrade"],
		["subscribeSpotKline", ["BTCUSDT", "1m"], "btcusdt@kline_1m"],
		["subscribeSpotSymbolMini24hrTicker", ["BTCUSDT"], "btcusdt@miniTicker"],
		["subscribeSpotAllMini24hrTickers", [], "!miniTicker@arr"],
		["subscribeSpotSymbol24hrTicker", ["BTCUSDT"], "btcusdt@ticker"],
		["subscribeAllRollingWindowTickers", ["spot", "1h"], "!ticker_1h@arr"],
		["subscribeSpotSymbolBookTicker", ["BTCUSDT"], "btcusdt@bookTicker"],
		["subscribeSpotPartialBookDepth", ["BTCUSDT", 5, 100], "btcusdt@depth5@100ms"],
		["subscribeSpotDiffBookDepth", ["BTCUSDT", 1000], "btcusdt@depth@1000ms"],
	], silent: [["subscribeSpotAll24hrTickers", [], "!ticker@arr"]] }, // retired
	usdm: { key: "usdmMarket", host: "usds", calls: [
		["subscribeAggregateTrades", usdm("BTCUSDT"), "btcusdt@aggTrade"],
		["subscribeTrades", usdm("ETHUSDT").concat("usdmPublic"), "ethusdt@trade"],
		["subscribeMarkPrice", usdm("BTCUSDT"), "btcusdt@markPrice"],
		["subscribeAllMarketMarkPrice", ["usdm", 1000], "!markPrice@arr@1s"],
		["subscribeKlines", usdm("BTCUSDT", "1m"), "btcusdt@kline_1m"],
		["subscribeContinuousContractKlines", usdm("BTCUSDT", "perpetual", "1m"),
		 "btcusdt_perpetual@continuousKline_1m"],
		["subscribeSymbolMini24hrTicker", usdm("BTCUSDT"), "btcusdt@miniTicker"],
		["subscribeAllMini24hrTickers", ["usdm"], "!miniTicker@arr"],
		["subscribeSymbol24hrTicker", usdm("BTCUSDT"), "btcusdt@ticker"],
		["subscribeAll24hrTickers", ["usdm"], "!ticker@arr"],
		["subscribeSymbolBookTicker", usdm("BTCUSDT"), "btcusdt@bookTicker"],
		["subscribeAllBookTickers", ["usdm"], "!bookTicker"],
		["subscribeSymbolLiquidationOrders", usdm("BTCUSDT"), "btcusdt@forceOrder"],
		["subscribeAllLiquidationOrders", ["usdm"], "!forceOrder@arr"],
		["subscribePartialBookDepths", usdm("BTCUSDT", 10, 250), "btcusdt@depth10@250ms"],
		["subscribeDiffBookDepth", usdm("BTCUSDT", 500), "btcusdt@depth@500ms"],
		["subscribeContractInfoStream", ["usdm"], "!contractInfo"],
	], silent: [["subscribeTrades", usdm("BTCUSDT"), "btcusdt@trade"]] }, // it asks /private
	coinm: { key: "coinm", host: "coin", path: "/market", calls: [
		["subscribeAggregateTrades", coinm("BTCUSD_PERP"), "btcusd_perp@aggTrade"],
		["subscribeMarkPrice", coinm("BTCUSD_PERP"), "btcusd_perp@markPrice"],
		["subscribeAllMarketMarkPrice", ["coinm", 1000], "!markPrice@arr@1s"],
		["subscribeKlines", coinm("BTCUSD_PERP", "1m"), "btcusd_perp@kline_1m"],
		["subscribeContinuousContractKlines", coinm("BTCUSD", "next_quarter", "1m"),
		 "btcusd_next_quarter@continuousKline_1m"],
		["subscribeIndexKlines", ["BTCUSD", "1m"], "btcusd@indexPriceKline_1m"],
		["subscribeMarkPriceKlines", ["BTCUSD_PERP", "1m"], "btcusd_perp@markPriceKline_1m"],
		["subscribeCoinIndexPrice", ["BTCUSD"], "btcusd@indexPrice"],
		["subscribeSymbolMini24hrTicker", coinm("BTCUSD_PERP"), "btcusd_perp@miniTicker"],
		["subscribeAllMini24hrTickers", ["coinm"], "!miniTicker@arr"],
		["subscribeSymbol24hrTicker", coinm("BTCUSD_PERP"), "btcusd_perp@ticker"],
		["subscribeAll24hrTickers", ["coinm"], "!ticker@arr"],
		["subscribeSymbolLiquidationOrders", coinm("BTCUSD_PERP"), "btcusd_perp@forceOrder"],
		["subscribeAllLiquidationOrders", ["coinm"], "!forceOrder@arr"],
		["subscribeContractInfoStream", ["coinm"], "!contractInfo"],
	], silent: [] },
	"coinm unrouted": { key: "coinm", host: "coin", calls: [
		["subscribeTrades", coinm("BTCUSD_PERP"), "btcusd_perp@trade"],
		["subscribeSymbolBookTicker", coinm("BTCUSD_PERP"), "btcusd_perp@bookTicker"],
		["subscribeAllBookTickers", ["coinm"], "!bookTicker"],
		["subscribePartialBookDepths", coinm("BTCUSD_PERP", 5, 500), "btcusd_perp@depth5@500ms"],
		["subscribeDiffBookDepth", coinm("BTCUSD_261225", 100), "btcusd_261225@depth@100ms"],
	], silent: [["subscribeAggregateTrades", coinm("BTCUSD_PERP"), "btcusd_perp@aggTrade"]] },
};

function nameOf(message) {
	// The client gives a snapshot the name of its stream.
	return message.lastUpdateId ? "partialBookDepth" : message.e || "bookTicker";
}

function check(types, row, message, fail) {
	for (const one of Array.isArray(message) ? message : [message]) {
		const event = nameOf(one);
		const without = NOT_OF[row === "spot" ? "spot" : "futures"][event] || [];
		if (!UNTYPED.includes(event) && !types.find(TYPES[event] || "none"))
			fail(`binance ${row} ${event}: no definition`);
		const missing = types.missing(TYPES[event] || "none", one)
			.filter((field) => !without.includes(field));
		if (missing.length)
			fail(`binance ${row} ${event}: undefined ${missing}`);
	}
}

function open(context, row, at, onMessage) {
	const { WebsocketClient } = require("binance");
	const client = new WebsocketClient({
		beautify: false, reconnectTimeout: 300, wsOptions: { agent: context.agent },
		wsUrl: context.HOSTS[ROWS[row].host] + at + (ROWS[row].path || ""),
	}, { trace() {}, info() {}, error(...args) { void args; } });

	client.on("message", onMessage);
	client.on("exception", (error) => context.fail(`binance ${row}: ${JSON.stringify(error)}`));
	return client;
}

async function market(context, row) {
	const types = new Types(path.join(context.modules,
					  "binance/lib/types/websockets/ws-events-raw.d.ts"), true);
	const counts = new Map();
	const client = open(context, row, context.port, (event) => {
		const data = event.data || event;
		const stream = event.stream || (Array.isArray(data) ? data[0] : data).streamName;
		counts.set(stream, (counts.get(stream) || 0) + 1);
		check(types, row, data, context.fail);
	});
	for (const one of [...ROWS[row].calls, ...ROWS[row].silent]) {
		void client[one[0]](...one[1]); // a failed promise ends the process
		await context.sleep(260);
	}
	const streams = ROWS[row].calls.map((one) => one[2]);
	await context.until(() => streams.every((stream) => counts.has(stream)), 9000);
	for (const stream of streams)
		if (!counts.has(stream))
			context.fail(`binance ${row} ${stream}: no message`);
	for (const one of ROWS[row].silent)
		if (counts.has(one[2]))
			context.fail(`binance ${row} ${one[2]}: served where it should be silent`);
	console.log(`ok: binance ${row}: ${streams.map((s) => `${s} ${counts.get(s)}`).join(", ")}`);
	await listing(context, row, client, counts);
	client.closeAll(true);
}

// What LIST_SUBSCRIPTIONS says before and after an unsubscribe.
async function listing(context, row, client, counts) {
	const stream = ROWS[row].calls[0][2];
	const lists = [];
	const list = () => client.getWsStore().getWs(ROWS[row].key)
		.send('{"method":"LIST_SUBSCRIPTIONS","id":7}');

	client.on("response", (answer) => Array.isArray(answer.result) && lists.push(answer.result));
	list();
	await context.until(() => lists.length === 1, 3000);
	await context.sleep(600);
	void client.unsubscribe(stream, ROWS[row].key);
	await context.sleep(400);
	const before = counts.get(stream);
	list();
	await context.until(() => lists.length === 2, 3000);
	if (lists.length !== 2 || !lists[0].includes(stream) || lists[1].includes(stream))
		context.fail(`binance ${row}: lists ${JSON.stringify(lists)}`);
	if (counts.get(stream) > before + 50)
		context.fail(`binance ${row} ${stream}: goes on after its unsubscribe`);
}

async function reconnecting(context) {
	let ends = 0;
	let after = 0;
	const client = open(context, "usdm", context.endingPort, () => after += ends > 0);

	client.on("reconnecting", () => ends++);
	void client.subscribeSymbolBookTicker("BTCUSDT", "usdm");
	if (!await context.until(() => ends > 0 && after > 0, 9000))
		context.fail(`binance: ${ends} ends, ${after} messages after`);
	else
		console.log(`ok: binance: back after ${ends} ends`);
	client.closeAll(true);
}

module.exports.run = (context) =>
	Promise.all([...Object.keys(ROWS).map((row) => market(context, row)), reconnecting(context)]);
