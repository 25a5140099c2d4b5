#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Somebody cuts the bus's file short under the client: it says so and ends, and
# what it had is there.
. "$(dirname "${BASH_SOURCE[0]}")/../system.sh"
. "$(dirname "$0")/client.sh"
EXCHANGE=$PROF_BIN/exchange
require_tool "$EXCHANGE" "$CLIENT"
trap client_cleanup EXIT
trap 'exit 1' INT TERM

"$EXCHANGE" --plain --listen 127.0.0.1:0 --rate 400 --duration 60 >"$work/exchange" 2>&1 &
children+=($!)
wait_for 15 grep -qs listening "$work/exchange" || fail "the exchange does not start"
where=$(sed -n 's/^exchange: listening on \([^ ]*\).*/\1/p' "$work/exchange")
timeout -k 5 60 "$CLIENT" "ws://$where/market/stream?streams=btcusdt@aggTrade" --bus "$bus" \
	--print --duration 30 >"$work/out" 2>"$work/err" &
client=$!
children+=($client)
has_messages() { [ "$(grep -c '^{' "$work/out")" -gt 400 ]; }
wait_for 20 has_messages || fail "no messages: $(cat "$work/err")"

begin=$SECONDS
truncate -s 4096 "/dev/shm$bus"
wait "$client"
status=$?
expect "exit 1" [ "$status" = 1 ]
expect "within 5 s, not after the 30 of --duration" [ $((SECONDS - begin)) -le 5 ]
expect "says why, once" [ "$(grep -c "^websocket_client: cannot go on using bus '$bus': .*cut short" "$work/err")" = 1 ]
expect "no signal's last words" [ "$(grep -ci 'bus error\|sanitizer' "$work/err")" = 0 ]
expect "every message it counted was printed" grep -q \
	"^websocket_client: $(grep -c '^{' "$work/out") messages" "$work/err"
finish
