#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Against two servers that are not ours, with compression offered and accepted,
# offered in vain, and not offered: every message whole, every ping answered.
. "$(dirname "${BASH_SOURCE[0]}")/../system.sh"
. "$(dirname "$0")/client.sh"
require_tool openssl "$PYTHON" "$CLIENT"
"$PYTHON" -c 'import websockets' 2>/dev/null || skip "python3-websockets is not installed"
client_net
certificate localhost 2 "DNS:localhost,IP:127.0.0.1"
certs=$work

# has_all NAME: as many lines have been printed as messages were sent.
has_all() { [ "$(grep -c '^{' "$work/out.$1")" -ge "$(wc -l <"$work/sent.$1")" ]; }

# one NAME PORT SERVER-COMPRESSES IS-COMPRESSED CLIENT-ARGUMENT...: against the command in $server.
one() {
	local name=$1 port=$2 compress=$3 is_compressed=$4
	shift 4
	ip netns exec "$netns" "${server[@]}" "$port" "$certs/localhost.pem" \
		"$certs/localhost.key" "$compress" "$work/sent.$name" >"$work/server.$name" 2>&1 &
	children+=($!)
	wait_for 90 listens_on "$port" || fail "$name: no server: $(cat "$work/server.$name")"
	ip netns exec "$netns" timeout -k 5 200 "$CLIENT" "wss://localhost:$port/stream?streams=btcusdt@aggTrade" \
		--ca-file "$certs/ca.pem" --no-bus --print --ping-interval 200 "$@" \
		>"$work/out.$name" 2>"$work/err.$name" &
	local client=$!
	children+=($client)
	wait_for 150 grep -qs '^pongs' "$work/server.$name" # when all has been sent and answered
	wait_for 20 has_all "$name"
	kill $client # timeout hands it on
	wait $client
	expect "$name: exit 0" [ $? = 0 ]
	grep '^{' "$work/out.$name" >"$work/got.$name"
	expect "$name: every message as it was sent" cmp "$work/sent.$name" "$work/got.$name"
	expect "$name: nothing malformed, no gap, no range error" [ "$(grep -c \
		' 0 gaps, 0 malformed\| 0 range errors' "$work/err.$name")" = 2 ]
	expect "$name: its pings are answered with their payload" grep -q "^pongs $pings" "$work/server.$name"
	[[ $name = *-compressed ]] || expect "$name: our pings are answered" grep -q '^\[ping\] rtt_us=[0-9]* us$' "$work/out.$name"
	wait_for 5 grep -q '^closed' "$work/server.$name"
	expect "$name: an orderly close" grep -q '^closed 1000' "$work/server.$name"
	expect "$name: compressed or not: $is_compressed" grep -q "compression $is_compressed" "$work/server.$name"
}

# all NAME PORT: with the command in $server, which sends $pings pings.
all() {
	aside one "$1-plain" "$2" no False
	aside one "$1-compressed" $(($2 + 1)) yes True --compression
	aside one "$1-refused" $(($2 + 2)) no False --compression
	aside one "$1-unasked" $(($2 + 3)) yes False
}

server=("$PYTHON" "$here/servers/client_interop.py")
pings=12
all websockets 9501

# The package ws: where NODE_PATH says, or Debian's node-ws.
export NODE_PATH=${NODE_PATH:-/usr/share/nodejs}
if version=$(node -e 'console.log(require("ws/package.json").version)' 2>/dev/null); then
	echo "the package ws $version"
	server=(node "$here/servers/client_interop.js")
	pings=21
	all ws 9511
else
	echo "SKIP of one part: the package ws is not installed (npm install ws, or Debian's node-ws)"
fi
asides_end
finish
