#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Against a server that is not ours, with compression offered and accepted,
# offered in vain, and not offered: every message whole, every ping answered.
. "$(dirname "$0")/system.sh"
. "$(dirname "$0")/client.sh"
require_tool openssl "$PYTHON" "$CLIENT" "$EVENTS"
"$PYTHON" -c 'import websockets' 2>/dev/null || skip "python3-websockets is not installed"
client_net
certificate localhost 2 "DNS:localhost,IP:127.0.0.1"

# one NAME PORT SERVER-COMPRESSES CLIENT-ARGUMENT...
one() {
	local name=$1 port=$2 compress=$3
	shift 3
	ip netns exec "$netns" "$PYTHON" "$here/client_interop.py" "$port" "$work/localhost.pem" \
		"$work/localhost.key" "$compress" "$work/sent.$name" >"$work/server.$name" 2>&1 &
	children+=($!)
	wait_for 15 listens_on "$port" || fail "$name: no server: $(cat "$work/server.$name")"
	in_net timeout -k 5 60 "$CLIENT" "wss://localhost:$port/stream?streams=btcusdt@aggTrade" \
		--ca-file "$work/ca.pem" --no-bus --print --ping-interval 200 --duration 6 "$@" \
		>"$work/out.$name" 2>"$work/err.$name"
	expect "$name: exit 0" [ $? = 0 ]
	grep '^{' "$work/out.$name" >"$work/got.$name"
	expect "$name: every message as it was sent" cmp "$work/sent.$name" "$work/got.$name"
	expect "$name: nothing malformed, no gap, no range error" [ "$(grep -c \
		' 0 gaps, 0 malformed\| 0 range errors' "$work/err.$name")" = 2 ]
	expect "$name: its pings are answered with their payload" grep -q '^pongs 12' "$work/server.$name"
	[ "$name" = compressed ] || expect "$name: our pings are answered" grep -q '^\[ping\] rtt_us=[0-9]* us$' "$work/out.$name"
	sleep 0.3
	expect "$name: an orderly close" grep -q '^closed 1000' "$work/server.$name"
}

one plain 9501 no
one compressed 9502 yes --compression
expect "compressed: it was" grep -q 'compression True' "$work/server.compressed"
one refused 9503 no --compression
expect "refused: it was" grep -q 'compression False' "$work/server.refused"
one unasked 9504 yes
expect "unasked: it was not" grep -q 'compression False' "$work/server.unasked"
finish
