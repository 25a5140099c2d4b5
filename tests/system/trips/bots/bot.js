// SPDX-License-Identifier: BSD-2-Clause
// bot.js BASE-URL CA-FILE ORDERS: as bot.py, with the package ws.
'use strict';
const fs = require('fs');
const WebSocket = require('ws');

const [base, caFile, orders] = process.argv.slice(2);
const options = base.startsWith('wss:') ?
	{ ca: fs.readFileSync(caFile), checkServerIdentity: () => undefined } : {};
const wanted = Number(orders);
const lines = [];
let sent = 0;
let answered = 0;

function order(number, update) {
	return JSON.stringify({ id: number, method: 'order.test', params: { symbol: 'BTCUSDT',
		side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', quantity: '1', price: '1',
		newClientOrderId: String(update), apiKey: 'k'.repeat(64), signature: '0'.repeat(64),
		timestamp: Date.now() } });
}

function trade() {
	const api = new WebSocket(base + '/ws-api/v3', options);
	const fail = (error) => { console.error(error.message); process.exit(1); };

	api.on('error', fail);
	api.on('message', (text) => {
		if (JSON.parse(text).status !== 200)
			fail(new Error(`refused: ${text}`));
		if (++answered === wanted) {
			console.log(lines.join('\n'));
			process.exit(0);
		}
	});
	api.on('open', () => {
		const market = new WebSocket(base + '/stream?streams=btcusdt@bookTicker', options);

		market.on('error', fail);
		market.on('message', (text) => {
			if (sent === wanted)
				return;
			const update = JSON.parse(text).data.u;

			lines.push(`${++sent} ${update} ${process.pid}`);
			api.send(order(sent, update));
		});
	});
}

function begin() {
	if (fs.existsSync(process.env.BOT_WAIT || '/'))
		trade();
	else
		setTimeout(begin, 50);
}

console.error('ready');
begin();
