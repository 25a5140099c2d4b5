// SPDX-License-Identifier: BSD-2-Clause
// The exchange against the connectors that people use, as they are published:
// every stream method they have is called, every message held to their own types.
// Arguments: the exchange's port, the port of one that ends its connections, the CA.
"use strict";
const fs = require("fs");
const https = require("https");
const path = require("path");
const { Types } = require("./connector_types.js");

const [port, endingPort, caFile] = process.argv.slice(2);
const modules = process.env.NODE_PATH;
const agent = new https.Agent({
	ca: fs.readFileSync(caFile),
	lookup: (host, options, done) => // every name is this machine
		options.all ? done(null, [{ address: "127.0.0.1", family: 4 }])
			    : done(null, "127.0.0.1", 4),
});
const HOSTS = {
	spot: "wss://stream.binance.com:",
	usds: "wss://fstream.binance.com:",
	coin: "wss://dstream.binance.com:",
};
const FIRST_MESSAGE_MS = 9000; // !bookTicker comes every 5 s
let failures = 0;

function fail(why) {
	console.log("FAIL: " + why);
	failures++;
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function until(condition, limit_ms) {
	for (let waited_ms = 0; !condition() && waited_ms < limit_ms; waited_ms += 50)
		await sleep(50);
	return condition();
}

// Which methods each has, with what they are called.  `[method, parameters, as]`.
const usds = { symbol: "btcusdt" };
const coin = { symbol: "btcusd_perp" };
const OFFICIAL = [
	{
		name: "@binance/spot", host: "spot", build: "Spot", pace_ms: 260,
		methods: {
			aggTrade: usds,
			allMarketRollingWindowTicker: { windowSize: "1h" },
			allMiniTicker: {},
			avgPrice: usds,
			blockTrade: usds,
			bookTicker: usds,
			diffBookDepth: { symbol: "btcusdt", updateSpeed: "100ms" },
			kline: { symbol: "btcusdt", interval: "1s" },
			klineOffset: { symbol: "btcusdt", interval: "1d" },
			miniTicker: { symbol: "btcjpy" },
			partialBookDepth: { symbol: "btcusdt", levels: "10", updateSpeed: "100ms" },
			referencePrice: usds,
			rollingWindowTicker: { symbol: "btcusdt", windowSize: "4h" },
			ticker: { symbol: "btcusd1" },
			trade: { symbol: "币安人生usdt" },
		},
	},
	{
		name: "@binance/derivatives-trading-usds-futures", host: "usds",
		build: "DerivativesTradingUsdsFutures", pace_ms: 130,
		methods: {
			aggregateTradeStreams: usds,
			allMarketLiquidationOrderStreams: {},
			allMarketMiniTickersStream: {},
			allMarketTickersStreams: {},
			assetIndex: {},
			compositeIndexSymbolInformationStreams: { symbol: "defiusdt" },
			continuousContractKlineCandlestickStreams:
				{ pair: "btcusdt", contractType: "perpetual", interval: "1s" },
			contractInfoStream: {},
			individualSymbolMiniTickerStream: usds,
			individualSymbolTickerStreams: usds,
			klineCandlestickStreams: { symbol: "btcusdt_261225", interval: "1M" },
			liquidationOrderStreams: usds,
			markPriceStream: { symbol: "btcusdt", updateSpeed: "1s" },
			markPriceStreamForAllMarket: { updateSpeed: "1s" },
			tradingSessionStream: {},
			allBookTickersStream: {},
			diffBookDepthStreams: { symbol: "btcusd_perp", updateSpeed: "100ms" },
			individualSymbolBookTickerStreams: usds,
			partialBookDepthStreams: { symbol: "btcusdt", levels: 20, updateSpeed: "500ms" },
			rpiDiffBookDepthStreams: usds,
		},
	},
	// COIN-M's connector knows no routes: as it comes it reaches the unrouted
	// address, which serves what /public serves; the rest wants /market in its URL.
	{
		name: "@binance/derivatives-trading-coin-futures", host: "coin",
		build: "DerivativesTradingCoinFutures", pace_ms: 130,
		methods: {
			allBookTickersStream: {},
			diffBookDepthStreams: { symbol: "btcusd_perp", updateSpeed: "100ms" },
			individualSymbolBookTickerStreams: coin,
			partialBookDepthStreams: { symbol: "btcusd_261225", levels: 5, updateSpeed: "100ms" },
		},
		silent: { aggregateTradeStreams: coin },
	},
	{
		name: "@binance/derivatives-trading-coin-futures", host: "coin", path: "/market",
		build: "DerivativesTradingCoinFutures", pace_ms: 130,
		methods: {
			aggregateTradeStreams: coin,
			allMarketLiquidationOrderStreams: {},
			allMarketMiniTickersStream: {},
			allMarketTickersStreams: {},
			continuousContractKlineCandlestickStreams:
				{ pair: "btcusd", contractType: "current_quarter", interval: "1m" },
			contractInfoStream: {},
			indexKlineCandlestickStreams: { pair: "btcusd", interval: "1m" },
			indexPriceStream: { pair: "btcusd", updateSpeed: "1s" },
			individualSymbolMiniTickerStream: coin,
			individualSymbolTickerStreams: coin,
			klineCandlestickStreams: { symbol: "btcusd_261225", interval: "1w" },
			liquidationOrderStreams: coin,
			markPriceKlineCandlestickStreams: { symbol: "btcusd_perp", interval: "3d" },
			markPriceOfAllSymbolsOfAPair: { pair: "btcusd", updateSpeed: "1s" },
			markPriceStream: { symbol: "btcusd_perp", updateSpeed: "1s" },
		},
	},
];

// The stream methods that the class itself declares: [name, type of its messages].
function declared(types) {
	const body = types.source.split("declare class WebsocketStreamsConnection")[1].split("\n}")[0];

	return new Map([...body.matchAll(/^\s+(\w+)\([^)]*\): WebsocketStream<(\w+)>/gm)]
		.filter((found) => found[1] !== "userData") // wants an account
		.map((found) => [found[1], found[2]]));
}

function connector(row, at, options = {}) {
	const build = require(row.name)[row.build];

	return new build({ configurationWebsocketStreams:
		{ wsURL: HOSTS[row.host] + at + (row.path || ""), agent, ...options } });
}

async function official(row, used) {
	const file = path.join(modules, row.name, "dist/index.d.ts");
	const types = new Types(file);
	const returns = declared(types);
	const connection = await connector(row, port).websocketStreams.connect();
	const counts = {};
	const handles = {};

	for (const [method, parameters] of Object.entries({ ...row.methods, ...row.silent })) {
		counts[method] = 0;
		used.add(`${row.name}.${method}`);
		handles[method] = connection[method](parameters);
		handles[method].on("message", (data) => {
			const missing = types.missing(returns.get(method), data);
			counts[method]++;
			if (missing.length && counts[method] < 3)
				fail(`${row.name} ${method}: undefined ${missing} in ${JSON.stringify(data)}`);
		});
		await sleep(row.pace_ms); // the venue's limit on what clients send
	}
	const methods = Object.keys(row.methods);
	for (const method of methods) // else nothing would be held to anything
		if (!(types.find(returns.get(method)) || {}).element &&
		    !((types.find(returns.get(method)) || {}).fields || []).length)
			fail(`${row.name} ${method}: no definition of ${returns.get(method)}`);
	await until(() => methods.every((method) => counts[method] > 0), FIRST_MESSAGE_MS);
	for (const method of methods)
		if (counts[method] === 0)
			fail(`${row.name} ${method}: no message`);
	for (const method of Object.keys(row.silent || {}))
		if (counts[method] > 0)
			fail(`${row.name} ${method}: served where it should be silent`);
	console.log(`ok: ${row.name}${row.path || ""}: ` +
		    methods.map((method) => `${method} ${counts[method]}`).join(", "));
	await listing(row, connection, handles, counts);
	await connection.disconnect();
}

// What LIST_SUBSCRIPTIONS says before and after an unsubscribe.
async function listing(row, connection, handles, counts) {
	const base = connection.websocketBase;
	const method = Object.keys(row.methods)[0];
	const lists = [];

	connection.on("message", (text) => {
		const answer = JSON.parse(text);
		if (Array.isArray(answer.result))
			lists.push(answer.result);
	});
	const link = base.connectionPool.find((one) => one.urlPath !== "private" &&
						       one.ws && one.ws.readyState === 1);
	const list = () => link.ws.send('{"method":"LIST_SUBSCRIPTIONS","id":-9223372036854775808}');
	list();
	await until(() => lists.length === 1, 3000);
	await sleep(1000);
	for (const name of Object.keys(handles))
		if (name === method)
			handles[name].unsubscribe();
	await sleep(row.pace_ms);
	const before = counts[method];
	list();
	await until(() => lists.length === 2, 3000);
	await sleep(300);
	if (lists.length !== 2 || lists[0].length !== lists[1].length + 1 || lists[0].length === 0)
		fail(`${row.name}: lists ${JSON.stringify(lists)}`);
	if (counts[method] > before + 50)
		fail(`${row.name} ${method}: goes on after its unsubscribe`);
}

// The connection ends after 2 s: the connector must be back by itself, with its streams.
async function reconnecting(row) {
	const [method, parameters] = Object.entries(row.methods).find(
		([name]) => /bookTicker|BookTickerStreams|aggregateTradeStreams/.test(name));
	const connection = await connector(row, endingPort, { reconnectDelay: 300 })
		.websocketStreams.connect();
	let ends = 0;
	let after = 0;

	connection.on("error", () => {}); // as whoever expects ends would listen
	connection.on("close", () => ends++);
	connection[method](parameters).on("message", () => after += ends > 0);
	if (!await until(() => ends > 0 && after > 0, 9000))
		fail(`${row.name}${row.path || ""}: ${ends} ends, ${after} messages of ${method} after`);
	else
		console.log(`ok: ${row.name}${row.path || ""}: back after ${ends} ends`);
	await connection.disconnect();
}

async function main() {
	const used = new Set();

	await Promise.all([
		...OFFICIAL.map((row) => official(row, used)),
		...OFFICIAL.map(reconnecting),
		require("./exchange_connectors_binance.js").run({ port, endingPort, agent, HOSTS, modules,
								 fail, until, sleep }),
	]);
	// None of the methods that they have was left out.
	for (const row of OFFICIAL)
		for (const method of declared(new Types(path.join(modules, row.name,
								  "dist/index.d.ts"))).keys())
			if (!used.has(`${row.name}.${method}`))
				fail(`${row.name} ${method}: not tried`);
	console.log(failures ? `${failures} failures` : "ok: no process ended, nothing undefined");
	process.exit(failures ? 1 : 0);
}

main();
