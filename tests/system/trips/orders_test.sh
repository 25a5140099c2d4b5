#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The bot of --order-on, on the exchange's WebSocket API: an order for every n-th message, with
# that message's id; each answered, and told as a round trip.
. "$(dirname "${BASH_SOURCE[0]}")/../system.sh"
require_tool python3
scratch=$(mktemp -d)
bus=/orders_test_$$
pids=()
trap 'kill "${pids[@]}" 2>/dev/null; wait; rm -rf "$scratch" "/dev/shm$bus"' EXIT
cd "$scratch" || exit 1

: >exchange # there before anybody looks
"$PROF_BIN/exchange" --listen 127.0.0.1:0 --cert-dir . --rate 300 --no-client-rate >exchange &
exchange=$!
pids+=($exchange)
for _ in $(seq 100); do grep -q listening exchange && break; sleep 0.1; done
url=wss://$(sed -n 's/^exchange: listening on \([^ ]*\) .*/\1/p' exchange)/ws/btcusdt@bookTicker/ethusdt@bookTicker
"$PROF_BIN/event_correlator" --bus "$bus" --unit ns --jsonl messages --trips trips --record recording >lines 2>err &
correlator=$!
pids+=($correlator)
for _ in $(seq 100); do [ -e "/dev/shm$bus" ] && break; sleep 0.1; done
"$PROF_BIN/websocket_client" "$url" --ca-file ca.pem --bus "$bus" --no-ping-lines --print \
	--order-on btcusdt@bookTicker --order-every 3 --count 1500 --duration 60 >printed 2>said
expect "the client ends well" [ $? = 0 ]
kill -INT $correlator
wait $correlator
expect "the correlator, too" [ $? = 0 ]
kill $exchange
wait $exchange
pids=()

number() { sed -n "s/.* \([0-9]*\) $1.*/\1/p" said | tail -n 1; }
expect "orders were sent" [ "$(number 'test orders sent')" -ge 50 ]
expect "none refused" [ "$(number refused)" = 0 ]
taken=$(sed -n 's/.* bad_requests=0 .* order_tests=\([0-9]*\)$/\1/p' exchange)
expect "the exchange has taken them" [ "$(number answered)" -le "$taken" ] # the last may be under way at the end
expect "and no others" [ "$taken" -le "$(number 'test orders sent')" ]
expect "each answer is a round trip" [ "$(grep -c '"what":"order"' trips)" = "$(number answered)" ]
expect "each for every third message of its stream, with its id" python3 - <<'PY'
import json
ids = [m["u"] for m in map(json.loads, (line for line in open("printed") if line.startswith('{"u":'))) if m["s"] == "BTCUSDT"]
orders = [t["request_id"] for t in map(json.loads, open("trips")) if t["what"] == "order"]
assert set(orders) <= set(ids[::3]), set(orders) - set(ids[::3])
assert len(set(orders)) == len(orders)
PY
# The truth: the id in the order, as the exchange echoed it, is that of the message in the line.
expect "every order is linked by its id to that message, and to no other" python3 - <<'PY'
import json
printed = [json.loads(line) for line in open("printed") if line.startswith("{")]
market = [m for m in printed if "u" in m]  # all of the first connection; the others are answers
orders = [o for o in map(json.loads, open("trips")) if o["what"] == "tick-to-order"]
messages = {m["seq"]: m for m in map(json.loads, open("messages"))}
wrong = 0
for order in orders:
    assert order["class"] == "id", order
    message = messages[order["seq"]]
    assert message["conn"] == order["conn"] and message["message_index"] == order["message_index"]
    assert message["stream"] == "btcusdt@bookTicker" and message["user_ns"] == order["user_ns"] <= order["write_ns"]
    wrong += market[order["message_index"]]["u"] != order["request_id"]
assert orders and wrong == 0, f"{wrong} of {len(orders)}"
lines = [line.split() for line in open("lines") if line.startswith("[ORDER]")]
assert [(f"order={o['request_id']}", f"seq={o['seq']}", "class=id") for o in orders] == [tuple(words[1:4]) for words in lines]
print(f"{len(orders)} orders, {wrong} wrong")
PY
expect "the report counts them" grep -q "^orders, by proof: id=$(number answered) thread=0 ambiguous=0\$" lines
"$PROF_BIN/event_correlator" --replay recording --unit ns --trips again >replayed 2>err
expect "a replay says the same" cmp -s lines replayed
expect "in its objects, too" cmp -s trips again
"$PROF_BIN/websocket_client" wss://stream.binance.com:9443/ws/btcusdt@trade --no-bus --order-on btcusdt@trade 2>said
expect "not on a venue of others" [ $? = 2 ]
expect "and says why" grep -q 'for an exchange of your own' said
"$PROF_BIN/websocket_client" ws://127.0.0.1:1/ws --no-bus --order-on '!miniTicker@arr' 2>said
expect "not for a stream of many symbols" [ $? = 2 ]
finish
