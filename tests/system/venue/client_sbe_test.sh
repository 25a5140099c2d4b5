#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# SBE from an encoder that is not ours, 100,000 messages of each template with PROF_FULL=1;
# and header fields from files and from the command line, which are seen by the server alone.
. "$(dirname "${BASH_SOURCE[0]}")/../system.sh"
. "$(dirname "${BASH_SOURCE[0]}")/../client/client.sh"
venue=$(dirname "${BASH_SOURCE[0]}")
EXCHANGE=$PROF_BIN/exchange
require_tool "$EXCHANGE" "$CLIENT" "$PYTHON"
trap client_cleanup EXIT
trap 'exit 1' INT TERM
count=5000
[ -z "${PROF_FULL:-}" ] || count=100000

key=0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ01
(umask 077 && printf '# the key\n\nX-MBX-APIKEY: %s\n' "$key" >"$work/key")
(umask 077 && printf 'X-MBX-APIKEY: %s\n' "$key" >"$work/just_key")
"$PYTHON" "$venue/client_sbe.py" "$CLIENT" "$work/just_key" "$count"
expect "SBE of somebody else's is read" [ $? = 0 ]

"$EXCHANGE" --plain --listen 127.0.0.1:0 --venue sbe --rate 50 >"$work/exchange" 2>&1 &
children+=($!)
wait_for 15 grep -qs listening "$work/exchange" || fail "the exchange does not start"
where=$(sed -n 's/^exchange: listening on \([^ ]*\).*/\1/p' "$work/exchange")

# client ARGUMENT...: to its end.
client() {
	timeout -k 5 20 "$CLIENT" "ws://$where/ws/btcusdt@trade" --no-bus "$@" >"$work/out" 2>"$work/err"
	status=$?
}
says() { expect "$1: says '$2'" grep -q -- "^websocket_client: $2" "$work/err"; }
is_secret() { expect "$1: the key is not printed" [ "$(cat "$work/out" "$work/err" | grep -c "$key")" = 0 ]; }

client --count 5 --header-file "$work/key" --print --verbose
expect "a key from a file: exit 0" [ $status = 0 ]
expect "a key from a file: messages" grep -q '^{"sbe":10000,"schema":1,.*"s":"BTCUSDT","E":' "$work/out"
says "a key from a file" '--header: ws:// is not encrypted'
is_secret "a key from a file"
expect "a file of one's own is nothing to warn of" [ "$(grep -c 'others on this machine' "$work/err")" = 0 ]
chmod 644 "$work/key"
client --count 5 --header-file "$work/key"
expect "a file for all: exit 0" [ $status = 0 ]
says "a file for all" "--header-file $work/key: others on this machine can read it: chmod 600 it"
client --count 5 --header "X-MBX-APIKEY:$key"
expect "a key from the command line: exit 0" [ $status = 0 ]
client --duration 2
expect "no key: exit 1" [ $status = 1 ]
says "no key" ".*'HTTP/1.1 401 .*--header-file"

# refused WORDS ARGUMENT...: exit 2 and one line, without what may be a secret.
refused() {
	local words=$1
	shift
	client "$@"
	expect "$words: exit 2" [ $status = 2 ]
	expect "$words: one line" [ "$(wc -l <"$work/err")" = 1 ]
	says "refused" ".*$words"
	is_secret "$words"
}
refused 'not a name, a colon and a value' --header "$key"
refused 'its name cannot be' --header "X Y: $key"
refused 'its name is one of those' --header "Host:$key"
refused 'its value is empty' --header "X-MBX-APIKEY:"
refused 'its value is empty or has something' --header $'X-MBX-APIKEY: a\r\nX: '"$key"
refused 'No such file' --header-file "$work/none"
printf 'X: y\nX-MBX-APIKEY %s\n' "$key" >"$work/bad"
chmod 600 "$work/bad"
refused "$work/bad, line 2: not a name" --header-file "$work/bad"
printf 'X: a\0%s\n' "$key" >"$work/zero"
chmod 600 "$work/zero"
refused "$work/zero, line 1: its value" --header-file "$work/zero"

# micro us|ms VENUE PATH: from the exchange's clock to the callback, in all outputs.
micro() {
	local bus=/client_sbe.$$ exchange correlator
	"$EXCHANGE" --plain --listen 127.0.0.1:0 --venue "$2" --rate 100 >"$work/exchange2" 2>&1 &
	exchange=$!
	children+=("$exchange")
	wait_for 15 grep -qs listening "$work/exchange2" || fail "the exchange does not start"
	"$PROF_BIN/event_correlator" --bus "$bus" --jsonl "$work/jsonl" --csv "$work/csv" >"$work/lines" 2>"$work/err2" &
	correlator=$!
	children+=("$correlator")
	wait_for 15 test -s "/dev/shm$bus" || fail "the correlator does not start"
	"$CLIENT" "ws://$(sed -n 's/^exchange: listening on \([^ ]*\).*/\1/p' "$work/exchange2")$3" --bus "$bus" \
		--header-file "$work/just_key" --print --count 50 >"$work/printed" 2>"$work/err"
	expect "$2, $1: the client exits 0" [ $? = 0 ]
	kill -INT "$correlator"
	wait "$correlator"
	kill "$exchange"
	wait "$exchange" 2>/dev/null
	"$PYTHON" "$venue/exchange_us.py" "$1" "$work/printed" "$work/lines" "$work/jsonl" "$work/csv"
	expect "$2, $1: E->User is right in all outputs, where it is told" [ $? = 0 ]
	rm -f "/dev/shm$bus"
}
micro us sbe "/stream?streams=btcusdt@trade/btcusdt@bestBidAsk"
micro us spot "/ws/btcusdt@aggTrade/btcusdt@trade?timeUnit=MICROSECOND"
micro ms spot "/ws/btcusdt@aggTrade/btcusdt@trade"
finish
