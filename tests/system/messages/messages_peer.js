// SPDX-License-Identifier: BSD-2-Clause
// The package ws, either end:
//   messages_peer.js take URL CA-FILE SECONDS
//     (until the server closes at most, and once there is the file that MESSAGES_WAIT names)
//   messages_peer.js serve PORT CERT KEY     sends compressed messages to whoever comes
//     (its secrets to the file that SERVER_KEYS names)
'use strict';
const fs = require('fs');
const https = require('https');
const WebSocket = require('ws');

function take(url, caFile, seconds) {
	if (!fs.existsSync(process.env.MESSAGES_WAIT || '/')) {
		setTimeout(take, 100, url, caFile, seconds);
		return;
	}
	const socket = new WebSocket(url, { ca: fs.readFileSync(caFile),
		checkServerIdentity: () => undefined });
	let count = 0;

	socket.on('message', () => count++);
	socket.on('error', (error) => { console.error(error.message); process.exit(1); });
	socket.on('close', () => { console.log(count); process.exit(0); });
	setTimeout(() => socket.close(), 1000 * seconds);
}

function serve(port, cert, key) {
	const server = https.createServer({ cert: fs.readFileSync(cert), key: fs.readFileSync(key) });
	const keys = process.env.SERVER_KEYS;
	const sockets = new WebSocket.Server({ server, perMessageDeflate: { threshold: 0 } });

	if (keys)
		server.on('keylog', (line) => fs.appendFileSync(keys, line, { mode: 0o600 }));
	sockets.on('connection', (socket) => {
		let number = 0;
		const timer = setInterval(() => {
			for (let i = 0; i < 5; i++)
				socket.send(JSON.stringify({ number: number++,
					text: 'compressed '.repeat(number % 40) }));
		}, 10);

		socket.on('close', () => clearInterval(timer));
	});
	server.listen(port, '127.0.0.1', () => console.log('listening'));
}

if (process.argv[2] === 'take') {
	console.error('ready');
	take(process.argv[3], process.argv[4], Number(process.argv[5]));
} else {
	serve(Number(process.argv[3]), process.argv[4], process.argv[5]);
}
