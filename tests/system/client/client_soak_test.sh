#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Busy: 5,000 messages a second for SOAK_S seconds, 10 if not given; SOAK_S=600 is
# for people (ctest would end it).  Nothing is lost, and the client does not grow.
. "$(dirname "${BASH_SOURCE[0]}")/../system.sh"
. "$(dirname "$0")/client.sh"
EXCHANGE=$PROF_BIN/exchange
RATE=5000
SOAK_S=${SOAK_S:-10}
require_tool "$EXCHANGE" "$CLIENT" "$EVENTS"
trap client_cleanup EXIT
trap 'exit 1' INT TERM

rss_kib() { awk '/^VmRSS/ { print $2 }' "/proc/$1/status"; }

# cpu_ms PID: user and system time so far.
cpu_ms() { awk -v hz="$(getconf CLK_TCK)" '{ print int(($14 + $15) * 1000 / hz) }' "/proc/$1/stat"; }

mkdir "$work/certs"
"$EXCHANGE" --listen 127.0.0.1:0 --cert-dir "$work/certs" --rate $RATE >"$work/exchange" 2>&1 &
exchange=$!
children+=($exchange)
wait_for 15 grep -qs listening "$work/exchange" || fail "the exchange does not start"
where=$(sed -n 's/^exchange: listening on \([^ ]*\).*/\1/p' "$work/exchange")
"$EVENTS" "$bus" 2>"$work/events.err" | wc -l >"$work/events" &
events=$!
wait_for 10 grep -q ready "$work/events.err"
"$CLIENT" "wss://$where/market/stream?streams=btcusdt@aggTrade" --ca-file "$work/certs/ca.pem" \
	--bus "$bus" --duration $((SOAK_S + 2)) >"$work/out" 2>"$work/err" &
client=$!
children+=($client)

sleep 2 # all that is allocated has been
begin_kib=$(rss_kib $client)
begin_ms=$(cpu_ms $client)
sleep $((SOAK_S - 1))
end_kib=$(rss_kib $client)
used_ms=$(($(cpu_ms $client) - begin_ms))
wait $client
status=$?
wait $events
received=$(sed -n 's/^websocket_client: \([0-9]*\) messages, .*/\1/p' "$work/err" | tail -n 1)
cat "$work/err"
echo "$received messages; RSS $begin_kib KiB, then $end_kib KiB; $((used_ms / 10 / (SOAK_S - 1)))% of a core"
expect "exit 0" [ $status = 0 ]
expect "about $RATE messages a second" [ "$received" -gt $((RATE * SOAK_S * 9 / 10)) ]
expect "nothing dropped, no reconnect, no gap, nothing malformed" \
	grep -q ' 0 dropped, 0 reconnects, 0 roll-overs, 0 gaps, 0 malformed' "$work/err"
expect "nothing missing, every range known" grep -q ' 0 missing in gaps.* 0 range errors' "$work/err"
expect "every message came off the bus" [ "$(cat "$work/events")" = "$received" ]
expect "progress is told every 10 s" grep -q \
	'^websocket_client: [0-9]* messages/s, 1 connections, rtt [0-9]* us, 0 gaps$' "$work/err"
# A page or two of the C library's own; a leak of a byte a message would be 49 KiB in 10 s.
expect "the client has not grown" [ $((end_kib - begin_kib)) -le 16 ]
finish
