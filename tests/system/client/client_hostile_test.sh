#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Servers that mean ill: each breach is told, and the client goes on.  Worth
# most in a build with AddressSanitizer.
. "$(dirname "${BASH_SOURCE[0]}")/../system.sh"
. "$(dirname "$0")/client.sh"
EXCHANGE=$PROF_BIN/exchange
require_tool openssl "$EXCHANGE" "$CLIENT"
client_net

# hostile SCENARIO TEXT [CODE]: the text must be said, messages keep coming, and
# the exchange is told why, where it still listens.
hostile() {
	local port=$((9443 + ${#asides[@]}))
	mkdir "$work/certs"
	ip netns exec "$netns" "$EXCHANGE" --listen 127.0.0.1:$port --cert-dir "$work/certs" \
		--rate 300 --no-client-rate --log "$work/sent" --scenario "$1" >"$work/exchange" 2>&1 &
	local exchange=$!
	children+=("$exchange")
	wait_for 15 listens_on $port || fail "$1: the exchange does not start"
	in_net timeout -k 5 60 "$CLIENT" "wss://127.0.0.1:$port/market/stream?streams=btcusdt@aggTrade" \
		--ca-file "$work/certs/ca.pem" --bus "$bus" --reconnect-max 300 --duration 4 \
		>"$work/out" 2>"$work/err"
	local status=$?
	kill "$exchange"
	wait "$exchange" 2>/dev/null
	expect "$1: exit 0" [ "$status" = 0 ]
	expect "$1: says '$2'" grep -q "$2" "$work/err"
	expect "$1: messages came" grep -q '^websocket_client: [1-9][0-9][0-9]* messages' "$work/err"
	[ -z "${3:-}" ] || expect "$1: the first connection is closed with $3" \
		grep -q "^# conn=1	close $3	" "$work/sent"
	if grep -q 'Sanitizer\|runtime error' "$work/err"; then fail "$1: $(grep -m 1 'Sanitizer\|runtime error' "$work/err")"; fi
}

aside hostile masked 'broke the WebSocket protocol: a masked frame' 1002
aside hostile oversized 'it sent a message of more than 64 MiB'
aside hostile bad-utf8 'it sent a text that is not UTF-8' 1007
aside hostile bad-opcode 'broke the WebSocket protocol: a frame of an unknown kind' 1002
aside hostile bad-control 'broke the WebSocket protocol: a control frame that is fragmented or too long' 1002
aside hostile bad-fragment 'broke the WebSocket protocol: a continuation of nothing' 1002
aside hostile half-frame 'connection 1 to 127.0.0.1 lost: unexpected eof while reading'
aside hostile reset 'connection 1 to 127.0.0.1 lost'
aside hostile garbage 'connection 1 to 127.0.0.1 lost: \(wrong version number\|record layer failure\)' # OpenSSL 3.0, 3.5
aside hostile alert 'connection 1 to 127.0.0.1 lost: .*alert bad record mac'
aside hostile bad-json ' [1-9][0-9]* malformed'
aside hostile drip ' 0 reconnects' 1000
aside hostile rekey ' 0 range errors' 1000
wait "${asides[@]}" # what floods goes alone
aside hostile ping-flood ' 0 range errors' 1000
asides_end
finish
