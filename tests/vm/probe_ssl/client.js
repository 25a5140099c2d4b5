// SPDX-License-Identifier: BSD-2-Clause
// A client on Node's own tls module: client.js PORT CA COUNT; ends after so many chunks.
// Begins once the file $GO is there.
"use strict";
const fs = require("fs");
const tls = require("tls");

const [port, authority, count] = process.argv.slice(2);

function begin() {
	let chunks = 0;
	const socket = tls.connect({ host: "127.0.0.1", port: Number(port), servername: "localhost",
		ca: fs.readFileSync(authority) }, () => {
		socket.write("GET /market/stream?streams=btcusdt@aggTrade/ethusdt@aggTrade HTTP/1.1\r\n" +
			"Host: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
			"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");
	});
	socket.on("data", () => {
		if (++chunks === Number(count)) {
			console.log(chunks);
			socket.destroy();
			process.exit(0);
		}
	});
}

const waiting = setInterval(() => {
	if (process.env.GO && !fs.existsSync(process.env.GO))
		return;
	clearInterval(waiting);
	begin();
}, 100);
