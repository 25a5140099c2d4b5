// SPDX-License-Identifier: BSD-2-Clause
// A server of the package ws (npm, or Debian's node-ws) for the client, which
// says and checks what client_interop.py does: whole and fragmented messages
// of up to 1 MiB, pings that must be answered with their payload - also in the
// middle of a fragmented message - and compression if asked for.
//
//   client_interop.js PORT CERT KEY yes|no SENT
"use strict";
const fs = require("fs");
const https = require("https");
const WebSocket = require("ws");

const [port, cert, key, compress, sentPath] = process.argv.slice(2);
const COUNT = 600;
const SIZES = [0, 0, 0, 10, 200, 5000, 65535, 65536, 200000, 1000000];
let pongs = 0;

function text(i) {
	const size = i % 10 ? 0 : SIZES[(i / 10) % SIZES.length];
	const data = { e: "aggTrade", E: 1790000000000 + i, s: "BTCUSDT", a: i, T: 1,
		pad: "é€😀x".repeat(size / 10) };

	return JSON.stringify({ stream: "btcusdt@aggTrade", data });
}

// One at a time: of several that wait, a client need not answer each (RFC 6455, 5.5.3).
function pingAndWait(ws, payload) {
	ws.ping(payload);
	return new Promise((resolve) => ws.once("pong", (echo) => {
		pongs += echo.toString() === payload;
		resolve();
	}));
}

// Cuts where it likes, in the middle of a character too.
async function sendFragments(ws, bytes, i) {
	const cut = Math.max(1, Math.floor(bytes.length / 4));

	for (let at = 0; at < bytes.length; at += cut) {
		ws.send(bytes.subarray(at, at + cut), { binary: false, fin: at + cut >= bytes.length });
		if (at === 0 && i % 70 === 0)
			await pingAndWait(ws, "inside " + i);
	}
}

async function serve(ws) {
	const sent = fs.openSync(sentPath, "w");

	ws.on("error", (error) => console.log("error " + error));
	ws.on("close", (code) => console.log("closed " + code));
	for (let i = 0; i < COUNT; i++) {
		const message = text(i);

		fs.writeSync(sent, message + "\n");
		if (i % 7 === 0)
			await sendFragments(ws, Buffer.from(message), i);
		else
			ws.send(message);
		if (i % 50 === 0)
			await pingAndWait(ws, "payload " + i);
	}
	fs.closeSync(sent);
	// Python's words, for the test to look for.
	const is = ws.extensions.includes("permessage-deflate") ? "True" : "False";
	console.log(`pongs ${pongs} compression ${is}`);
}

const server = https.createServer({ cert: fs.readFileSync(cert), key: fs.readFileSync(key) });
const options = { server, perMessageDeflate: compress === "yes" };
new (WebSocket.WebSocketServer || WebSocket.Server)(options).on("connection", serve);
server.listen(Number(port), "127.0.0.1");
