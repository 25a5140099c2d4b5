#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The connectors that people use, unmodified, over TLS on loopback, under the
# venue's own host names.  CONNECTORS: a folder where they are installed already.
. "$(dirname "${BASH_SOURCE[0]}")/../system.sh"
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
packages=(@binance/spot@32.0.4 @binance/derivatives-trading-usds-futures@38.1.1
	@binance/derivatives-trading-coin-futures@8.0.1 binance@3.6.5)
require_tool node npm
scratch=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2>/dev/null; wait; rm -rf "$scratch"' EXIT

CONNECTORS=${CONNECTORS:-$scratch}
if [ "$CONNECTORS" = "$scratch" ]; then
	(cd "$scratch" && timeout 100 npm install --silent --no-audit --no-fund --ignore-scripts \
		--prefix "$scratch" "${packages[@]}" >npm.log 2>&1) ||
		skip "npm cannot install ${packages[*]}: $(tail -n 1 "$scratch/npm.log")"
fi
export NODE_PATH=$CONNECTORS/node_modules

# serve NAME OPTION...: an exchange whose port is then in $port.
serve() {
	local name=$1
	shift
	: >"$scratch/$name" # there before anybody looks
	"$PROF_BIN/exchange" --listen 127.0.0.1:0 --cert-dir "$scratch/cert" --keep-cert \
		--host stream.binance.com --host fstream.binance.com --host dstream.binance.com --host ws-api.binance.com \
		"$@" >"$scratch/$name" &
	pids+=($!)
	for _ in $(seq 100); do
		grep -q listening "$scratch/$name" && break
		sleep 0.1
	done
	port=$(sed -n 's/^exchange: listening on [^ ]*:\([0-9]*\) .*/\1/p' "$scratch/$name")
}

mkdir "$scratch/cert"
serve steady --rate 30
steady=$port
serve ending --rate 30 --max-life 2
ending=$port
serve trading --rate 30
LOG_LEVEL=error node "$here/exchange_trade.js" "$port" "$scratch/cert/ca.pem"
expect "the official connector's WebSocket API client trades" [ $? = 0 ]
LOG_LEVEL=error node "$here/exchange_connectors.js" "$steady" "$ending" "$scratch/cert/ca.pem"
expect "every stream method of the connectors, and their types" [ $? = 0 ]
for pid in "${pids[@]}"; do
	kill "$pid"
	wait "$pid"
	expect "the exchange ends in order" [ $? = 0 ]
done
pids=()
expect "no client was cut off for sending too much" \
	grep -q ' rate_limited=0 .* violations=0 .* bad_requests=0 ' "$scratch/steady"
finish
