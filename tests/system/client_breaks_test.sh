#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Every way in which a connection ends: it is reported, and nothing that was
# sent on a living connection is lost or doubled.  Times are shortened by options;
# OUTAGE_S=60 makes the outage last a whole minute instead of 4 s.
. "$(dirname "$0")/system.sh"
. "$(dirname "$0")/client.sh"
EXCHANGE=$PROF_BIN/exchange
OUTAGE_S=${OUTAGE_S:-4}
require_tool openssl "$PYTHON" "$EXCHANGE" "$CLIENT"
client_net
port=9443
path=market/stream?streams=btcusdt@aggTrade/ethusdt@aggTrade
url=wss://127.0.0.1:$port/$path
exchange_net=$netns # where the exchange runs, and its address there
exchange_address=127.0.0.1

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
says() { expect "$1: says '$2'" grep -q -- "$2" "$work/err"; }
unharmed() {
	expect "$1: exit 0" [ "$status" = 0 ]
	expect "$1: no gap, nothing malformed" grep -q ' 0 gaps, 0 malformed' "$work/err"
	expect "$1: every range known" grep -q ' 0 range errors' "$work/err"
}

# delivered NAME LOG...: see client_delivered.py.
delivered() {
	local name=$1
	shift
	expect "$name: nothing lost or doubled" "$PYTHON" "$here/client_delivered.py" "$work/out" "$@"
}

mkdir "$work/certs"

# The 24 hours of a connection, in 3 seconds: three successors.
exchange_up --rate 400
client "$url" --roll-over 3 --duration 12
exchange_down
unharmed roll-over
delivered roll-over "$work/sent"
says roll-over 'the connection is old: a successor is connected'
expect "roll-over: no break" grep -q ' 0 reconnects, [2-9] roll-overs' "$work/err"

# The exchange announces that it goes, and goes.
exchange_up --rate 400 --scenario shutdown
client "wss://127.0.0.1:$port/stream?streams=btcusdt@aggTrade" --duration 9
exchange_down
unharmed shutdown
delivered shutdown "$work/sent"
says shutdown 'the server announces its shutdown'

# It closes without a word of warning; it closes or resets in the middle of a
# frame; it sends what is no TLS, and goes on for as long as it is let.
for scenario in reconnect:500 half-frame:500 reset:500 garbage:fault; do
	name=${scenario%:*}
	exchange_up --rate 400 --scenario "$name"
	client "$url" --duration 5
	exchange_down
	unharmed "$name"
	delivered "$name" "$work/sent:${scenario#*:}"
	says "$name" '^websocket_client: connection 1 to 127.0.0.1 lost: '
done

# What a reconnect misses is no gap in the feed, and counted apart.
exchange_up --rate 400 --scenario reconnect
client "$url" --duration 5
exchange_down
unharmed missed
expect "missed: 0 missing in gaps, some across reconnects" \
	grep -q ': 0 missing in gaps, [1-9][0-9]* missing across reconnects' "$work/err"

# It crashes, and comes back.
exchange_up --rate 400
client_in_background "$url" --duration 8
sleep 3
exchange_down -KILL
cp "$work/sent" "$work/sent.first"
exchange_up --rate 400 --seed 2 --keep-cert
client_wait
exchange_down
unharmed crash
delivered crash "$work/sent.first:kill" "$work/sent:500"
says crash 'connection 1 to 127.0.0.1 lost'
expect "crash: connected again" grep -q ' [1-9][0-9]* reconnects' "$work/err"

# The network swallows everything for longer than the client waits for a pong:
# between the two is a third, which stops forwarding.
client_route
exchange_net=$netns_far
exchange_address=$far_address
exchange_up --rate 400
client_in_background "wss://$far_address:$port/$path" --duration $((OUTAGE_S + 10)) --dead-timeout 1500
sleep 3
break_ns=$(monotonic_ns)
client_forward 0
sleep "$OUTAGE_S"
client_forward 1
client_wait
exchange_down
unharmed outage
delivered outage "$work/sent:500:$break_ns"
says outage 'lost: no answer to a ping for 1500 ms'
expect "outage: connected again" grep -q ' [1-9][0-9]* reconnects' "$work/err"

# The same without pings: it is the kernel that asks whether anybody is there.
exchange_up --rate 400
client_in_background "wss://$far_address:$port/$path" --duration 18 --dead-timeout 1500 --ping-interval 0
sleep 3
break_ns=$(monotonic_ns)
client_forward 0
sleep 8
client_forward 1
client_wait
exchange_down
unharmed "outage without pings"
delivered "outage without pings" "$work/sent:500:$break_ns"
says "outage without pings" 'lost: Connection timed out'
expect "outage without pings: connected again" grep -q ' [1-9][0-9]* reconnects' "$work/err"
exchange_net=$netns
exchange_address=127.0.0.1

# Certificates that must not be accepted; nothing is sent to such a server, nor by it.
for bad in expired:'certificate has expired' wrong-host:'IP address mismatch' \
	unknown-ca:'unable to get local issuer certificate\|self-signed certificate'; do
	name=${bad%%:*}
	exchange_up --cert "$name"
	client "$url" --duration 5
	exchange_down
	expect "$name: exit 1" [ "$status" = 1 ]
	says "$name" "its certificate is refused: .*\(${bad#*:}\)"
	expect "$name: nothing was sent" [ "$(grep -vc '^#' "$work/sent")" = 0 ]
done

# No such name; nobody there; no WebSocket there.
client "wss://no.such.host.invalid/stream" --duration 20
expect "dns: exit 1" [ "$status" = 1 ]
says dns 'cannot connect to no.such.host.invalid'
client "$url" --duration 5
expect "refused: exit 1" [ "$status" = 1 ]
says refused 'Connection refused'
exchange_up
client "wss://127.0.0.1:$port/no/such/path" --duration 5
exchange_down
expect "upgrade: exit 1" [ "$status" = 1 ]
says upgrade "HTTP/1.1 404"

# Acknowledged, and silent for ever.
exchange_up
client "wss://127.0.0.1:$port/market/stream?streams=btcusdt@aggTrade/btcusdt@bookTicker" \
	--silence-timeout 2 --duration 4
exchange_down
unharmed silent
delivered silent "$work/sent"
expect "silent: it was" [ "$(grep -c 'bookTicker' "$work/sent")" = 0 ]
says silent 'btcusdt@bookTicker is served on /public, not on /market'
says silent 'stream btcusdt@bookTicker: silent for 2 s: it is served on /public'
exchange_up
client "wss://127.0.0.1:$port/market/stream" --subscribe btcusdt@aggTrade \
	--subscribe btcusdt@bookTicker --silence-timeout 2 --duration 4
exchange_down
delivered "two routes" "$work/sent"
expect "two routes: no stream is silent" [ "$(grep -c 'silent for' "$work/err")" = 0 ]
expect "two routes: both streams spoke" [ "$(grep -o '"stream":"[^"]*"' "$work/out" | sort -u | wc -l)" = 2 ]
finish
