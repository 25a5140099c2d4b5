#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# npm binance 3.6.5 (a client of many bots; not the exchange's own): subscribeTrades() of a
# USDS-M symbol connects to /private, the route of user data, subscribeAggregateTrades() of the
# same symbol to /market.  A venue whose /private acknowledges every subscription and carries
# user data only, as Binance describes its own, gives such a client no trade and no error.
#
# Expected instead: both on /market.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
command -v node >/dev/null && command -v npm >/dev/null || skip "node and npm are not installed"
cd "$work" && npm install --silent --no-audit --no-fund binance@3.6.5 >npm.log 2>&1 ||
	skip "npm does not give binance@3.6.5"
echo "packages: binance@3.6.5, node $(node --version)"

# The path of the first request that a call makes; nobody answers it.
cat >"$work/path.js" <<'JS'
const net = require("net");
const { WebsocketClient } = require("binance");
const [call, market] = process.argv.slice(2);
const server = net.createServer((socket) => socket.once("data", (bytes) => {
	console.log(bytes.toString().split(" ")[1].split("?")[0]);
	process.exit(0);
}));
server.listen(0, "127.0.0.1", () => {
	const quiet = { trace() {}, info() {}, error() {} };
	const client = new WebsocketClient({ wsUrl: `ws://127.0.0.1:${server.address().port}` }, quiet);
	client.on("exception", () => {});
	client[call]("BTCUSDT", market);
});
setTimeout(() => { console.log("no request"); process.exit(1); }, 15000);
JS
path() { node "$work/path.js" "$@"; }

is "subscribeAggregateTrades, usdm" /market/stream "$(path subscribeAggregateTrades usdm)"
is "subscribeTrades, usdm" /private/stream "$(path subscribeTrades usdm)"
verdict
