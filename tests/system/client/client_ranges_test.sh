#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The published ranges of a most awkward stream, every message, against
# tshark's decryption and against the server's own account.
. "$(dirname "${BASH_SOURCE[0]}")/../system.sh"
. "$(dirname "$0")/client.sh"
require_tool tshark tcpdump openssl "$PYTHON" "$EVENTS"
client_net
certificate localhost 2 "DNS:localhost,IP:127.0.0.1"
messages=${MESSAGES:-3000}

# one NAME PORT SCHEME SERVER-ARGUMENT...
one() {
	local name=$1 port=$2 scheme=$3 keys=$work/keys.$1
	shift 3
	serve "$port" --messages "$messages" --log "$work/log.$name" "$@"
	ip netns exec "$netns" tcpdump -U --immediate-mode -Z root -i lo -B 65536 -s 0 -w "$work/$name.pcap" "tcp port $port" 2>"$work/tcpdump" &
	local tcpdump=$!
	children+=($tcpdump)
	wait_for 10 grep -qs "listening on" "$work/tcpdump"
	"$EVENTS" "$bus" >"$work/events.$name" 2>"$work/events.err" &
	local events=$!
	children+=($events)
	wait_for 10 grep -q ready "$work/events.err"
	in_net timeout -k 5 60 "$CLIENT" "$scheme://127.0.0.1:$port/market/stream?streams=btcusdt@aggTrade" \
		--ca-file "$work/ca.pem" --keylog "$keys" --bus "$bus" --count "$messages" \
		>"$work/out.$name" 2>"$work/err.$name"
	expect "$name: the client exits 0" [ $? = 0 ]
	cat "$work/err.$name"
	wait "$events"
	settled "$work/$name.pcap"
	kill "$tcpdump"
	wait "$tcpdump" 2>/dev/null
	[ "$scheme" = wss ] || keys=-
	expect "$name: every range is right" "$PYTHON" "$here/client_ranges.py" "$work/$name.pcap" \
		"$keys" "$port" "$work/events.$name" "$work/log.$name"
	expect "$name: no range error" grep -q ' 0 range errors' "$work/err.$name"
}

one tls13 9443 wss --cert "$work/localhost.pem" --key "$work/localhost.key" --seed 13
one tls12 9444 wss --cert "$work/localhost.pem" --key "$work/localhost.key" --seed 12 --tls12
one plain 9445 ws --seed 80
finish
