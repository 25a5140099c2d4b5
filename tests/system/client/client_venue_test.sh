#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The venue's own names and ports, which here lead to the embedded exchange:
# addresses without a route, streams sorted to their routes, how often may be pinged.
. "$(dirname "${BASH_SOURCE[0]}")/../system.sh"
. "$(dirname "$0")/client.sh"
EXCHANGE=$PROF_BIN/exchange
require_tool "$EXCHANGE" "$CLIENT" "$EVENTS" "$PROF_BIN/bus_stat"
client_net
mkdir "$work/certs"
echo "127.0.0.1 localhost fstream.binance.com stream.binance.com" >"$work/hosts"

# exchange_up ARGUMENT...: on the port that the venue has.
exchange_up() {
	rm -f "$work/exchange"
	ip netns exec "$netns" "$EXCHANGE" --listen 127.0.0.1:443 --cert-dir "$work/certs" --rate 100 \
		--host fstream.binance.com --host stream.binance.com "$@" >"$work/exchange" 2>&1 &
	exchange=$!
	children+=($exchange)
	wait_for 15 grep -qs listening "$work/exchange" || fail "the exchange does not start"
}

exchange_down() {
	kill $exchange
	wait $exchange 2>/dev/null
}

# client ARGUMENT...: to its end, with the names as above.
client() {
	in_net unshare -m sh -c 'mount --bind "$0" /etc/hosts && exec "$@"' "$work/hosts" \
		timeout -k 5 30 "$CLIENT" --bus "$bus" "$@" >"$work/out" 2>"$work/err"
	status=$?
}

trusting=(--ca-file "$work/certs/ca.pem")
says() { expect "$1: says '$2'" grep -q -- "^websocket_client: $2" "$work/err"; }
spoke() { expect "$1: $2 speaks" grep -q "^{\"stream\":\"$2\"" "$work/out"; }

exchange_up
client "wss://fstream.binance.com:443/ws/stream" "${trusting[@]}" --print --duration 2
expect "the seed URL: exit 0" [ $status = 0 ]
says "the seed URL" 'on /ws and /stream of fstream.binance.com what /market serves stays silent; it is asked for on /market/stream'
says "the seed URL" 'no stream was asked for; btcusdt@aggTrade is taken'
spoke "the seed URL" btcusdt@aggTrade

client "wss://fstream.binance.com/ws/btcusdt@aggTrade/btcusdt@bookTicker" "${trusting[@]}" \
	--subscribe ethusdt@depth@100ms --ping-interval 20 --print --duration 4 &
running=$!
sleep 3
"$PROF_BIN/bus_stat" --bus "$bus" >"$work/stat" 2>&1
wait $running
spoke "both routes" btcusdt@aggTrade
# What the URL's own address serves stays there, bare as it was asked for.
expect "both routes: bare quotes" grep -q '^{"e":"bookTicker".*"s":"BTCUSDT"' "$work/out"
expect "both routes: bare depth" grep -q '^{"e":"depthUpdate".*"s":"ETHUSDT"' "$work/out"
expect "both routes: two sockets, numbered" [ "$(grep -c '127.0.0.1:443' "$work/stat")" = 2 ]
says "both routes" 'this exchange drops whoever pings more often: one ping every 250 ms'
expect "both routes: so it does" grep -q ' 0 reconnects' "$work/err"

client "wss://stream.binance.com:443/ws/btcusdt@trade" "${trusting[@]}" --ping-interval 20 --duration 4
says "spot" 'this exchange drops whoever pings more often: one ping every 500 ms'
expect "spot: nobody is dropped" grep -q ' 0 reconnects' "$work/err"
exchange_down
expect "nobody sent too much" grep -q ' rate_limited=0 ' "$work/exchange"

# A name is what is escaped in the URL, and UTF-8; nobody's own table of streams is whole.
name=币安人生usdt@aggTrade
wrong_server names
ip netns exec "$netns" "$EVENTS" "$bus" >"$work/events" 2>"$work/events.err" &
events=$!
children+=($events)
wait_for 10 grep -q ready "$work/events.err"
client "ws://127.0.0.1:$port/market/stream?streams=%E5%B8%81%e5%ae%89%E4%BA%BA%E7%94%9Fusdt%40aggTrade%2Fbtcusdt@new" \
	--subscribe 币安usdt@kline_1m --silence-timeout 1 --duration 3
expect "names: exit 0" [ $status = 0 ]
says "names" 'btcusdt@new is no stream that is known here; it is asked for all the same'
says "names" 'stream btcusdt@new: silent for 1 s: it is in the URL'
says "names" 'stream 币安usdt@kline_1m: silent for 1 s'
says "names" "stream $name: silent for 1 s: it has spoken before"
wait $events
expect "names: two messages under one name on the bus" [ "$(cut -f 10 "$work/events" | grep -cx "$name")" = 2 ]
wrong_server_down
exchange_up
client "wss://stream.binance.com/stream?streams=btcusdt%40trade%2Fethusdt%40trade" "${trusting[@]}" --print --duration 1
for stream in btcusdt@trade ethusdt@trade; do spoke "escaped names" "$stream"; done
exchange_down

# No certificate is good enough, and with --insecure every one is.
for kind in expired wrong-host unknown-ca; do
	exchange_up --cert "$kind"
	client wss://fstream.binance.com/market/stream?streams=btcusdt@aggTrade --duration 1
	expect "$kind, with the system's authorities: exit 1" [ $status = 1 ]
	client wss://fstream.binance.com/market/stream?streams=btcusdt@aggTrade --insecure --print --duration 1
	expect "$kind, --insecure: exit 0" [ $status = 0 ]
	spoke "$kind, --insecure" btcusdt@aggTrade
	exchange_down
done
finish
