#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# --top on a real terminal (tmux): it starts, follows the terminal's size, obeys
# its keys, gives the terminal back with the report on it; without a terminal it
# prints lines.  Also --jsonl - : standard output is the messages' alone.
. "$(dirname "${BASH_SOURCE[0]}")/../system.sh"
require_tool tmux
scratch=$(mktemp -d)
server=ws_latency_test.$$
bus=/ws_latency.top.$$
tmx() { tmux -L "$server" -f /dev/null "$@"; }
cleanup() {
	tmx kill-server 2>/dev/null
	for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null; done
	wait
	rm -rf "$scratch" "/dev/shm$bus"
}
pids=()
trap cleanup EXIT

screen() { tmx capture-pane -p; }

# shows PATTERN: waits until it stands on the screen.
shows() {
	for _ in $(seq 100); do
		screen | grep -qE -e "$1" && return
		sleep 0.1
	done
	screen
	return 1
}

"$PROF_BIN/exchange" --listen 127.0.0.1:0 --cert-dir "$scratch/certs" >"$scratch/exchange.out" 2>&1 &
pids+=($!)
for _ in $(seq 100); do grep -q listening "$scratch/exchange.out" && break; sleep 0.1; done
port=$(sed -n 's/.*listening on 127.0.0.1:\([0-9]*\).*/\1/p' "$scratch/exchange.out")

tmx new-session -d -x 100 -y 30 "'$PROF_BIN/event_correlator' --bus $bus --top --record '$scratch/recording.bin'
	echo \"status \$?\" >'$scratch/status'; stty -a >'$scratch/stty'; sleep 60"
shows 'NIC->User' || { fail "it starts"; finish; }
"$PROF_BIN/websocket_client" --ca-file "$scratch/certs/ca.pem" --bus "$bus" --duration 60 \
	"wss://127.0.0.1:$port/market/stream?streams=btcusdt@aggTrade" >"$scratch/client.out" 2>&1 &
pids+=($!)
expect "it counts messages" shows '^[1-9][0-9]* msg/s  minute [1-9]'
expect "three spans at 100 columns" shows 'last second +last minute +whole run'
expect "a stage has its figures" shows '^User->Parsed +#.* [0-9.]+[nu]s +[0-9.]+[num]?s'
expect "classes" shows '^exact 0 .*user-only [1-9]'
expect "producers" shows '^websocket_client +user +[1-9]'
expect "connections" shows '^ +1 btcusdt@aggTrade '
tmx resize-window -x 40 -y 10
expect "40x10: one span" shows '^(last )?minute? +.*p50 +p99 +max *$|^last minute .*p50'
expect "40x10: no row is longer" [ "$(screen | awk 'length > 40' | wc -l)" = 0 ]
expect "40x10: what was there before is gone" sh -c "! tmux -L $server capture-pane -p | grep -q 'whole run'"
tmx send-keys r
expect "r: the span of the run" shows '^whole run '
tmx resize-window -x 120 -y 40
expect "and back to 120x40" shows 'last second +last minute +whole run'
tmx send-keys w
expect "w: the waterfall gets the room" sh -c "sleep 1; ! tmux -L $server capture-pane -p | grep -q 'last second'"
tmx send-keys q
for _ in $(seq 100); do [ -s "$scratch/stty" ] && break; sleep 0.1; done
expect "q: ends with status 0" grep -qx 'status 0' "$scratch/status"
expect "the report follows" shows '=== Cross-check ==='
expect "the terminal echoes again" grep -qE '(^| )echo( |;|$)' "$scratch/stty"

"$PROF_BIN/event_correlator" --replay "$scratch/recording.bin" --top >"$scratch/lines" 2>"$scratch/err" </dev/null
expect "no terminal: exits 0" [ $? = 0 ]
expect "no terminal: says so" grep -q 'no terminal.*printing lines instead' "$scratch/err"
expect "no terminal: a line for each message" [ "$(grep -c '^\[CORR\]' "$scratch/lines")" = \
	"$(number_after "$scratch/lines" 'Userspace events:')" ]
tmx new-window "TERM=no-such-terminal '$PROF_BIN/event_correlator' --replay '$scratch/recording.bin' --top >/dev/tty 2>'$scratch/err2'; sleep 60"
for _ in $(seq 50); do [ -s "$scratch/err2" ] && break; sleep 0.1; done
expect "an unknown terminal: lines too" grep -q 'printing lines instead' "$scratch/err2"

# An output that cannot be opened: said on a terminal that is as it was.
tmx new-window "'$PROF_BIN/event_correlator' --replay '$scratch/recording.bin' --top --metrics 192.0.2.1:1
	echo \"status \$?\" >'$scratch/status3'; stty -a >'$scratch/stty3'; sleep 60"
for _ in $(seq 100); do [ -s "$scratch/stty3" ] && break; sleep 0.1; done
expect "no output: exits 1" grep -qx 'status 1' "$scratch/status3"
expect "no output: the terminal echoes" grep -qE '(^| )echo( |;|$)' "$scratch/stty3"
expect "no output: the reason can be read" shows '^event_correlator: 192.0.2.1:1: Cannot assign'

"$PROF_BIN/event_correlator" --replay "$scratch/recording.bin" --jsonl - >"$scratch/jsonl" 2>"$scratch/err"
expect "--jsonl -: nothing but objects" [ "$(grep -c '^{.*}$' "$scratch/jsonl")" = "$(wc -l <"$scratch/jsonl")" ]
expect "--jsonl -: one for each message" [ "$(wc -l <"$scratch/jsonl")" = \
	"$(number_after "$scratch/lines" 'Userspace events:')" ]
expect "--jsonl -: the report on stderr" grep -q '=== Correlation Statistics ===' "$scratch/err"
finish
