// SPDX-License-Identifier: BSD-2-Clause
// The exchange against a second client that is not ours: the package ws (npm,
// or Debian's node-ws).  Arguments: the exchange's address, its CA, the target.
"use strict";
const fs = require("fs");
const WebSocket = require("ws");

const [where, caFile, target] = process.argv.slice(2);
const chains = new Map();
let count = 0;
let pongs = 0;

function fail(why) {
	console.log("FAIL: " + why);
	process.exit(1);
}

const ws = new WebSocket("wss://" + where + target, { ca: fs.readFileSync(caFile) });
ws.on("error", (error) => fail(String(error)));
ws.on("pong", () => pongs++);
ws.on("open", () => ws.ping("are you there"));
ws.on("message", (bytes) => {
	const message = JSON.parse(bytes);
	const last = chains.get(message.stream);

	if (message.data.e !== "aggTrade")
		fail("not an aggTrade: " + bytes);
	if (last !== undefined && message.data.a !== last + 1)
		fail(`${message.stream}: ${message.data.a} after ${last}`);
	chains.set(message.stream, message.data.a);
	if (++count === 400)
		ws.close(1000);
});
ws.on("close", (code) => {
	if (code !== 1000 || count < 400 || chains.size !== 2 || pongs !== 1)
		fail(`close code ${code}, ${count} messages, ${chains.size} streams, ${pongs} pongs`);
	console.log(`ok: ${count} messages of ${chains.size} streams to the package ws`);
	process.exit(0);
});
setTimeout(() => fail("no 400 messages in 30 s"), 30000);
