#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Every way in which a connection ends: it is reported, and nothing that was
# sent on a living connection is lost or doubled.  Times are shortened by options;
# OUTAGE_S=60 makes the outage last a whole minute instead of 4 s.  Each way waits
# beside the others, on a port of its own.
. "$(dirname "${BASH_SOURCE[0]}")/../system.sh"
. "$(dirname "$0")/client.sh"
EXCHANGE=$PROF_BIN/exchange
OUTAGE_S=${OUTAGE_S:-4}
require_tool openssl "$PYTHON" "$EXCHANGE" "$CLIENT"
client_net
client_route
path=market/stream?streams=btcusdt@aggTrade/ethusdt@aggTrade
exchange_net=$netns # where the exchange runs, and its address there
exchange_address=127.0.0.1

# break_off NAME COMMAND...: with $name, a $port and its $url.
break_off() {
	name=$1
	port=$((9443 + ${#asides[@]}))
	url=wss://127.0.0.1:$port/$path
	mkdir "$work/certs"
	"${@:2}"
}
way() { aside break_off "$@"; }

# exchange_up ARGUMENT...: listening when this returns; its log is $work/sent.
exchange_up() {
	rm -f "$work/sent" "$work/exchange" # or the last one's "listening" is found
	ip netns exec "$exchange_net" "$EXCHANGE" --listen "$exchange_address:$port" \
		--cert-dir "$work/certs" --no-client-rate --log "$work/sent" "$@" >"$work/exchange" 2>&1 &
	exchange=$!
	children+=("$exchange")
	wait_for 15 grep -qs listening "$work/exchange" ||
		fail "the exchange does not start: $(cat "$work/exchange")"
}

exchange_down() {
	kill "${1:--TERM}" "$exchange" 2>/dev/null
	wait "$exchange" 2>/dev/null
}

client_in_background() {
	ip netns exec "$netns" timeout -k 5 $((OUTAGE_S + 60)) "$CLIENT" --ca-file "$work/certs/ca.pem" \
		--bus "$bus" --print --ping-interval 500 --reconnect-max 500 "$@" >"$work/out" 2>"$work/err" &
	client_pid=$!
	children+=("$client_pid")
}

client_wait() {
	wait "$client_pid"
	status=$?
}

# client ARGUMENT...: to its end; what it printed is in $work/out and $work/err.
client() {
	client_in_background "$@"
	client_wait
}

monotonic_ns() { "$PYTHON" -c 'import time; print(time.clock_gettime_ns(time.CLOCK_MONOTONIC))'; }
says() { expect "$name: says '$1'" grep -q -- "$1" "$work/err"; }
unharmed() {
	expect "$name: exit 0" [ "$status" = 0 ]
	expect "$name: no gap, nothing malformed" grep -q ' 0 gaps, 0 malformed' "$work/err"
	expect "$name: every range known" grep -q ' 0 range errors' "$work/err"
}
refused_with() {
	expect "$name: exit 1" [ "$status" = 1 ]
	says "$1"
}

# delivered LOG...: see client_delivered.py.
delivered() {
	expect "$name: nothing lost or doubled" "$PYTHON" "$here/client_delivered.py" "$work/out" "$@"
}

# The 24 hours of a connection, in 3 seconds: three successors.
roll_over() {
	exchange_up --rate 400
	client "$url" --roll-over 3 --duration 12
	exchange_down
	unharmed
	delivered "$work/sent"
	says 'the connection is old: a successor is connected'
	expect "$name: no break" grep -q ' 0 reconnects, [2-9] roll-overs' "$work/err"
}

# The exchange announces that it goes, and goes.
announced() {
	exchange_up --rate 400 --scenario shutdown
	client "wss://127.0.0.1:$port/stream?streams=btcusdt@aggTrade" --duration 9
	exchange_down
	unharmed
	delivered "$work/sent"
	says 'the server announces its shutdown'
}

# It closes without a word of warning; it closes or resets in the middle of a
# frame; it sends what is no TLS, and goes on for as long as it is let.
cut_off() { # SPARED
	exchange_up --rate 400 --scenario "$name"
	client "$url" --duration 5
	exchange_down
	unharmed
	delivered "$work/sent:$1"
	says '^websocket_client: connection 1 to 127.0.0.1 lost: '
}

# What a reconnect misses is no gap in the feed, and counted apart.
counted_apart() {
	exchange_up --rate 400 --scenario reconnect
	client "$url" --duration 5
	exchange_down
	unharmed
	expect "$name: 0 missing in gaps, some across reconnects" \
		grep -q ': 0 missing in gaps, [1-9][0-9]* missing across reconnects' "$work/err"
}

# It crashes, and comes back.
crashed() {
	exchange_up --rate 400
	client_in_background "$url" --duration 8
	sleep 3
	exchange_down -KILL
	cp "$work/sent" "$work/sent.first"
	exchange_up --rate 400 --seed 2 --keep-cert
	client_wait
	exchange_down
	unharmed
	delivered "$work/sent.first:kill" "$work/sent:500"
	says 'connection 1 to 127.0.0.1 lost'
	expect "$name: connected again" grep -q ' [1-9][0-9]* reconnects' "$work/err"
}

# The network swallows everything for longer than the client waits for a pong:
# between the two is a third, which stops forwarding.
swallowed() { # SECONDS REASON CLIENT-ARGUMENT...
	local seconds=$1 reason=$2
	shift 2
	exchange_net=$netns_far
	exchange_address=$far_address
	exchange_up --rate 400
	client_in_background "wss://$far_address:$port/$path" --duration $((seconds + 10)) \
		--dead-timeout 1500 "$@"
	sleep 3
	break_ns=$(monotonic_ns)
	client_forward 0
	sleep "$seconds"
	client_forward 1
	client_wait
	exchange_down
	unharmed
	delivered "$work/sent:500:$break_ns"
	says "$reason"
	expect "$name: connected again" grep -q ' [1-9][0-9]* reconnects' "$work/err"
}

# The second without pings: it is the kernel that asks whether anybody is there.
both_outages() {
	swallowed "$OUTAGE_S" 'lost: no answer to a ping for 1500 ms'
	name="outage without pings"
	swallowed 8 'lost: Connection timed out' --ping-interval 0
}

# A certificate that must not be accepted; nothing is sent to such a server, nor by it.
not_trusted() { # REASON
	exchange_up --cert "$name"
	client "$url" --duration 5
	exchange_down
	refused_with "its certificate is refused: .*\($1\)"
	expect "$name: nothing was sent" [ "$(grep -vc '^#' "$work/sent")" = 0 ]
}

# No such name; nobody there any more; no WebSocket there.
no_name() {
	exchange_up # makes the certificates
	exchange_down
	client "wss://no.such.host.invalid/stream" --duration 20
	refused_with 'cannot connect to no.such.host.invalid'
}
nobody() {
	exchange_up
	exchange_down
	client "$url" --duration 5
	refused_with 'Connection refused'
}
no_websocket() {
	exchange_up
	client "wss://127.0.0.1:$port/no/such/path" --duration 5
	exchange_down
	refused_with "HTTP/1.1 404"
}

# Acknowledged, and silent for ever.
silent() {
	exchange_up
	client "wss://127.0.0.1:$port/market/stream?streams=btcusdt@aggTrade/btcusdt@bookTicker" \
		--silence-timeout 2 --duration 4
	exchange_down
	unharmed
	delivered "$work/sent"
	expect "$name: it was" [ "$(grep -c 'bookTicker' "$work/sent")" = 0 ]
	says 'btcusdt@bookTicker is served on /public, not on /market'
	says 'stream btcusdt@bookTicker: silent for 2 s: it is served on /public'
}
two_routes() {
	exchange_up
	client "wss://127.0.0.1:$port/market/stream" --subscribe btcusdt@aggTrade \
		--subscribe btcusdt@bookTicker --silence-timeout 2 --duration 4
	exchange_down
	delivered "$work/sent"
	expect "$name: no stream is silent" [ "$(grep -c 'silent for' "$work/err")" = 0 ]
	expect "$name: both streams spoke" [ "$(grep -o '"stream":"[^"]*"' "$work/out" | sort -u | wc -l)" = 2 ]
}

way outage both_outages
way roll-over roll_over
way shutdown announced
way reconnect cut_off 500
way half-frame cut_off 500
way reset cut_off 500
way garbage cut_off fault
way missed counted_apart
way crash crashed
way expired not_trusted 'certificate has expired'
way wrong-host not_trusted 'IP address mismatch'
way unknown-ca not_trusted 'unable to get local issuer certificate\|self-signed certificate'
way dns no_name
way refused nobody
way upgrade no_websocket
way silent silent
way "two routes" two_routes
asides_end
finish
