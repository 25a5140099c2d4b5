#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The exchange against clients that are not ours.
. "$(dirname "${BASH_SOURCE[0]}")/../system.sh"
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
python=/usr/bin/python3
"$python" -c 'import websockets' 2>/dev/null || skip "python3-websockets is not installed"
export PROF_BIN

"$python" "$here/exchange_interop.py"
expect "python3-websockets" [ $? = 0 ]

# The package ws: where NODE_PATH says, or Debian's node-ws.
export NODE_PATH=${NODE_PATH:-/usr/share/nodejs}
if command -v node >/dev/null && node -e 'require("ws")' 2>/dev/null; then
	scratch=$(mktemp -d)
	: >"$scratch/out" # there before anybody looks
	"$PROF_BIN/exchange" --listen 127.0.0.1:0 --cert-dir "$scratch" --duration 60 >"$scratch/out" &
	exchange=$!
	trap 'kill $exchange 2>/dev/null; wait $exchange 2>/dev/null; rm -rf "$scratch"' EXIT
	for _ in $(seq 100); do
		grep -q listening "$scratch/out" && break
		sleep 0.1
	done
	where=$(sed -n 's/^exchange: listening on \([^ ]*\) .*/\1/p' "$scratch/out")
	node "$here/exchange_interop.js" "$where" "$scratch/ca.pem" \
		'/market/stream?streams=btcusdt@aggTrade/ethusdt@aggTrade'
	expect "the package ws" [ $? = 0 ]
else
	echo "SKIP of one part: the package ws is not installed (npm install ws, or Debian's node-ws)"
fi
finish
