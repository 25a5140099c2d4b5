#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Every way in which a connection ends: it is reported, and nothing that was
# sent on a living connection is lost or doubled.  Times are shortened by options.
. "$(dirname "$0")/system.sh"
. "$(dirname "$0")/client.sh"
EXCHANGE=$PROF_BIN/exchange
require_tool openssl "$PYTHON" "$EXCHANGE" "$CLIENT"
client_net
port=9443
url=wss://127.0.0.1:$port/market/stream?streams=btcusdt@aggTrade/ethusdt@aggTrade

# exchange_up ARGUMENT...: listening when this returns; its log is $work/sent.
exchange_up() {
	rm -f "$work/sent"
	ip netns exec "$netns" "$EXCHANGE" --listen 127.0.0.1:$port --cert-dir "$work/certs" \
		--no-client-rate --log "$work/sent" "$@" >"$work/exchange" 2>&1 &
	exchange=$!
	children+=("$exchange")
	wait_for 15 listens_on $port || fail "the exchange does not start: $(cat "$work/exchange")"
}

exchange_down() {
	kill "${1:--TERM}" "$exchange" 2>/dev/null
	wait "$exchange" 2>/dev/null
}

# client ARGUMENT...: to its end; what it printed is in $work/out and $work/err.
client() {
	in_net timeout -k 5 60 "$CLIENT" --ca-file "$work/certs/ca.pem" --bus "$bus" --print \
		--ping-interval 500 --reconnect-max 500 "$@" >"$work/out" 2>"$work/err"
	status=$?
}

client_in_background() {
	ip netns exec "$netns" timeout -k 5 60 "$CLIENT" --ca-file "$work/certs/ca.pem" --bus "$bus" \
		--print --ping-interval 500 --reconnect-max 500 "$@" >"$work/out" 2>"$work/err" &
	client_pid=$!
	children+=("$client_pid")
}

says() { expect "$1: says '$2'" grep -q -- "$2" "$work/err"; }
delivered() { expect "$1: nothing lost or doubled" "$PYTHON" "$here/client_delivered.py" "$2" "$work/sent" "$work/out"; }
unharmed() {
	expect "$1: exit 0" [ "$status" = 0 ]
	expect "$1: no gap, nothing malformed" grep -q ' 0 gaps, 0 malformed' "$work/err"
	expect "$1: every range known" grep -q ' 0 range errors' "$work/err"
}

mkdir "$work/certs"

# The 24 hours of a connection, in 3 seconds: three successors.
exchange_up --rate 400
client "$url" --roll-over 3 --duration 12
exchange_down
unharmed roll-over
delivered roll-over complete
says roll-over 'the connection is old: a successor is connected'
expect "roll-over: no break" grep -q ' 0 reconnects, [2-9] roll-overs' "$work/err"

# The exchange announces that it goes, and goes.
exchange_up --rate 400 --scenario shutdown
client "wss://127.0.0.1:$port/stream?streams=btcusdt@aggTrade" --duration 9
exchange_down
unharmed shutdown
delivered shutdown complete
says shutdown 'the server announces its shutdown'

# It closes without a word of warning; it resets in the middle of a frame.
for scenario in reconnect half-frame reset garbage; do
	exchange_up --rate 400 --scenario $scenario
	client "$url" --duration 5
	exchange_down
	unharmed $scenario
	delivered $scenario prefix
	says $scenario '^websocket_client: connection 1 to 127.0.0.1 lost: '
done

# It crashes, and comes back.
exchange_up --rate 400
client_in_background "$url" --duration 8
sleep 3
exchange_down -KILL
cp "$work/sent" "$work/sent.first"
exchange_up --rate 400 --seed 2 --keep-cert
wait "$client_pid"
status=$?
exchange_down
expect "crash: exit 0" [ "$status" = 0 ]
says crash 'connection 1 to 127.0.0.1 lost'
expect "crash: connected again" grep -q ' [1-9][0-9]* reconnects' "$work/err"

# The network is away for longer than the client waits for a pong.
exchange_up --rate 400
client_in_background "$url" --duration 12 --dead-timeout 1500
sleep 3
in_net ip link set lo down
sleep 4
in_net ip link set lo up
wait "$client_pid"
status=$?
exchange_down
expect "outage: exit 0" [ "$status" = 0 ]
says outage 'lost: no answer to a ping for 1500 ms'
expect "outage: connected again" [ "$(grep -c '"ethusdt@aggTrade"' "$work/out")" -gt 100 ]
delivered outage prefix

# Certificates that must not be accepted; nothing is sent to such a server.
for bad in expired:'certificate has expired' wrong-host:'IP address mismatch' \
	unknown-ca:'unable to get local issuer certificate\|self-signed certificate'; do
	exchange_up --cert "${bad%%:*}"
	client "$url" --duration 5
	exchange_down
	expect "${bad%%:*}: exit 1" [ "$status" = 1 ]
	says "${bad%%:*}" "its certificate is refused: .*\(${bad#*:}\)"
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
expect "upgrade: exit 1" [ "$status" = 1 ]
says upgrade "HTTP/1.1 404"

# Acknowledged, and silent for ever.
client "wss://127.0.0.1:$port/market/stream?streams=btcusdt@aggTrade/btcusdt@bookTicker" \
	--silence-timeout 2 --duration 4
says silent 'btcusdt@bookTicker is served on /public, not on /market'
says silent 'stream btcusdt@bookTicker: silent for 2 s: it is served on /public'
client "wss://127.0.0.1:$port/market/stream" --subscribe btcusdt@aggTrade \
	--subscribe btcusdt@bookTicker --silence-timeout 2 --duration 4
expect "two routes: no stream is silent" [ "$(grep -c 'silent for' "$work/err")" = 0 ]
expect "two routes: both streams spoke" [ "$(grep -o '"stream":"[^"]*"' "$work/out" | sort -u | wc -l)" = 2 ]
exchange_down
finish
