// SPDX-License-Identifier: BSD-2-Clause
// The official spot connector's WebSocket API client, as it is published, against the exchange:
// all that is offered, and the errors that are documented.  The keys are made up here and now.
// Arguments: the exchange's port, the CA.
"use strict";
const crypto = require("crypto");
const fs = require("fs");
const https = require("https");
const path = require("path");
const { Spot } = require("@binance/spot");
const { Types } = require("./connector_types.js");

const [port, caFile] = process.argv.slice(2);
const agent = new https.Agent({
	ca: fs.readFileSync(caFile),
	lookup: (host, options, done) => options.all ? done(null, [{ address: "127.0.0.1", family: 4 }])
						     : done(null, "127.0.0.1", 4),
});
const types = new Types(path.join(process.env.NODE_PATH, "@binance/spot/dist/index.d.ts"));
let failures = 0;

function check(what, truth, seen = "") {
	if (!truth)
		failures++;
	console.log(`${truth ? "ok" : "FAIL"}: ${what}${truth ? "" : ": " + JSON.stringify(seen)}`);
}

const madeUp = () => crypto.randomBytes(48).toString("base64").replace(/[+/]/g, "x"); // 64 of them
const keys = {
	"HMAC": { apiKey: madeUp(), apiSecret: madeUp() },
	"Ed25519": { apiKey: madeUp(), privateKey: crypto.generateKeyPairSync("ed25519").privateKey
		.export({ type: "pkcs8", format: "pem" }) },
	"RSA": { apiKey: madeUp(), privateKey: crypto.generateKeyPairSync("rsa", { modulusLength: 2048 })
		.privateKey.export({ type: "pkcs8", format: "pem" }) },
};

const connect = (key, more = {}) => new Spot({ configurationWebsocketAPI: {
	...key, agent, wsURL: `wss://ws-api.binance.com:${port}/ws-api/v3`, ...more } }).websocketAPI.connect();

const order = (more = {}) => ({ symbol: "BTCUSDT", side: "BUY", type: "LIMIT", timeInForce: "GTC",
				price: 0.1, quantity: 10, ...more });

async function refused(what, code, promise) {
	const error = await promise.then((answer) => ({ taken: answer.data }), (reason) => reason);
	check(`${what}: ${code}`, error.code === code && typeof error.msg === "string", error);
}

async function general(connection) {
	const ping = await connection.ping();
	const time = await connection.time();
	const count = (answer) => answer.rateLimits.find((one) => one.rateLimitType === "REQUEST_WEIGHT").count;

	check("ping", JSON.stringify(ping.data) === "{}", ping);
	check("time", Math.abs(Number(time.data.serverTime) - Date.now()) < 2000, time.data);
	check("each request has a weight", Number(count(time)) === Number(count(ping)) + 1, [ping, time]);
}

// "Conditional fields in order responses", as the venue calls them: of other kinds of orders.
const CONDITIONAL = ["stopPrice", "trailingDelta", "trailingTime", "icebergQty", "strategyId", "strategyType",
		     "preventedMatchId", "preventedQuantity", "usedSor", "workingFloor", "pegPriceType", "pegOffsetType",
		     "pegOffsetValue", "peggedPrice", "expiryReason"];

async function orders(name, connection) {
	const ids = [...Array(8).keys()].map((i) => `${name}-${i}`);
	const answers = await Promise.all(ids.map((id) => connection.orderPlace(order({ newClientOrderId: id }))));
	const data = answers.map((answer) => answer.data);
	const missing = types.missing("OrderPlaceResponseResult", data[0])
		.filter((field) => !CONDITIONAL.includes(field));
	const unknown = types.missing("OrderPlaceResponseResult", {});

	check(`${name}: each answer finds its order by its id`, data.every((one, i) => one.clientOrderId === ids[i]), data);
	check(`${name}: orders are numbered`, new Set(data.map((one) => one.orderId)).size === ids.length, data);
	check(`${name}: a limit order waits`, data[0].status === "NEW" && data[0].price === "0.10000000" &&
		data[0].origQty === "10.00000000" && data[0].fills.length === 0, data[0]);
	check(`${name}: its answer has the fields of its type`, missing.length === 0, missing);
	check(`${name}: the type is found`, unknown.length > CONDITIONAL.length, unknown);
	check(`${name}: orders are counted`, answers.at(-1).rateLimits.filter((one) => one.rateLimitType === "ORDERS").length === 2,
	      answers.at(-1).rateLimits);
	const tested = await connection.orderTest(order());
	check(`${name}: a test has nothing to say`, JSON.stringify(tested.data) === "{}", tested);
}

async function kinds(connection) {
	const ack = (await connection.orderPlace(order({ newOrderRespType: "ACK" }))).data;
	const maker = (await connection.orderPlace(order({ type: "LIMIT_MAKER", timeInForce: undefined }))).data;
	const gone = (await connection.orderPlace(order({ timeInForce: "IOC", side: "SELL" }))).data;
	const rates = (await connection.orderTest(order({ computeCommissionRates: true }))).data;
	const untold = types.missing("OrderTestResponseResult", rates);

	check("ACK says no more than that", Object.keys(ack).sort().join() ===
		"clientOrderId,orderId,orderListId,symbol,transactTime", ack);
	check("a maker is acknowledged", maker.status === undefined && maker.orderId !== undefined, maker);
	check("immediate or cancel: nobody was there", gone.status === "EXPIRED" && gone.side === "SELL", gone);
	check("rates have the fields of their type", rates.discount !== undefined && untold.length === 0, untold);
}

async function errors(connection) {
	const place = (more) => connection.orderPlace(order(more));
	const short = await connect({ apiKey: "short", apiSecret: "s" });

	await refused("a key that is none", -2014, short.orderPlace(order()));
	await short.disconnect();
	await refused("no such symbol", -1121, place({ symbol: "NOPE" }));
	await refused("market orders", -2010, place({ type: "MARKET", timeInForce: undefined, price: undefined }));
	await refused("a type that is none", -1116, place({ type: "HOPE" }));
	await refused("a side that is none", -1117, place({ side: "HOLD" }));
	await refused("no price", -1102, place({ price: undefined }));
	await refused("price 0", -1013, place({ price: 0 }));
	await refused("nine decimals", -1111, place({ price: 0.123456789 }));
	await refused("time in force that is none", -1115, place({ timeInForce: "GTX" }));
	await refused("an id with a space", -1100, place({ newClientOrderId: "a b" }));
	await refused("a window too long", -1102, place({ recvWindow: 60001 }));
	await refused("a test is checked, too", -1121, connection.orderTest(order({ symbol: "NOPE" })));
	await refused("what is not offered", -1020, connection.exchangeInfo());
}

// 50 in 10 s; so many more that they are too many, whenever the 10 s began.
async function tooMany(connection) {
	const results = await Promise.allSettled([...Array(130).keys()].map(() => connection.orderPlace(order())));
	const codes = new Set(results.filter((one) => one.status === "rejected").map((one) => one.reason.code));

	check("too many orders: -1015", [...codes].join() === "-1015", [...codes]);
	check("and some before that", results.some((one) => one.status === "fulfilled"), results.length);
}

async function main() {
	const connections = [];

	for (const [name, key] of Object.entries(keys)) {
		connections.push(await connect(key));
		await orders(name, connections.at(-1));
	}
	await general(connections[0]);
	await kinds(connections[0]);
	await errors(connections[0]);
	const micro = await connect(keys.HMAC, { timeUnit: "MICROSECOND" });
	connections.push(micro);
	const time = (await micro.time()).data.serverTime;
	check("in microseconds where asked for", Math.abs(Number(time) / 1000 - Date.now()) < 2000, String(time));
	await tooMany(connections[0]);
	for (const connection of connections)
		await connection.disconnect();
	process.exit(failures ? 1 : 0);
}

main();
