#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A client that would rather speak HTTP/2 is not offered it, is served what it
# asks for in HTTP/1.1, and the exchange lives on when it goes.
. "$(dirname "${BASH_SOURCE[0]}")/../system.sh"
require_tool openssl timeout
work=$(mktemp -d)
"$PROF_BIN/exchange" --listen 127.0.0.1:0 --cert-dir "$work" --duration 60 >"$work/out" 2>"$work/err" &
exchange=$!
trap 'kill $exchange 2>/dev/null; wait $exchange 2>/dev/null; rm -rf "$work"' EXIT
for _ in $(seq 100); do
	grep -q listening "$work/out" && break
	sleep 0.1
done
where=$(sed -n 's/^exchange: listening on \([^ ]*\) .*/\1/p' "$work/out")

# is_alive TEXT
is_alive() {
	sleep 0.3
	expect "the exchange lives on after $1" kill -0 $exchange
}

for offer in h2 h2,http/1.1; do
	for _ in 1 2 3; do
		timeout 10 openssl s_client -connect "$where" -alpn $offer </dev/null >"$work/said" 2>&1
	done
	expect "h2 is not agreed upon with who offers $offer" \
		[ "$(grep -c 'ALPN protocol: h2' "$work/said")" = 0 ]
	is_alive "who offers $offer"
done
if command -v node >/dev/null; then
	timeout 10 node -e '
		const client = require("http2").connect(process.argv[1], { rejectUnauthorized: false });
		client.on("error", () => {});
		setTimeout(() => { client.destroy(); process.exit(0); }, 500);' "https://$where" 2>/dev/null
	is_alive "Node's HTTP/2 client"
fi
if command -v curl >/dev/null; then
	curl -sS --http2 --cacert "$work/ca.pem" "https://$where/none" -o "$work/page" \
		-w '%{http_version} %{http_code}' --max-time 10 >"$work/answer" 2>&1
	expect "curl --http2 is answered: $(cat "$work/answer")" grep -q '^1.1 ' "$work/answer"
	is_alive "curl --http2"
fi
timeout 20 "$PROF_BIN/websocket_client" "wss://$where/ws/btcusdt@aggTrade" --ca-file "$work/ca.pem" \
	--no-bus --count 5 >/dev/null 2>"$work/client"
status=$?
expect "and serves WebSocket as before" [ $status = 0 ]
finish
