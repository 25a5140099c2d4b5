#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# run_profiler.sh --client: Python's websockets, connected before we come, in a network namespace
# of its own: what is said of it, a line for each of its messages, and the end with it; and with the
# keys as all that is probed, where this kernel takes such a probe.
. "$(dirname "${BASH_SOURCE[0]}")/../system.sh"
. "$(dirname "${BASH_SOURCE[0]}")/../parts.sh"
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
python=/usr/bin/python3
require_root
require_tool ip nsenter ss python3
"$python" -c 'import websockets' 2>/dev/null || skip "python3-websockets is not installed"
work=$(mktemp -d)
parts_dir=$work
program=foreign_client
far=wslat.$$.f
near=wslat.$$.n

cleanup() {
	end_in_namespaces $far $near
	rm -rf "$work"
}
trap cleanup EXIT

join_namespaces $far 10.78.0.1 $near 10.78.0.2

# watch NAME KEYS PATTERN OPTION...: the profiler beside a client that is ended once the profiler has said PATTERN.
watch() {
	local name=$1 keys=$2 pattern=$3
	shift 3
	env MESSAGES_AGAIN_S="${again_s:-100}" ${keys:+SSLKEYLOGFILE="$keys"} ip netns exec $near "$python" -B "$here/../messages/messages_client.py" \
		"wss://10.78.0.1:9442/market/stream?streams=btcusdt@aggTrade/ethusdt@aggTrade" "$work/ca.pem" 100 \
		>/dev/null 2>&1 &
	client=$!
	for _ in $(seq 100); do
		ip netns exec $near ss -tnpH state established | grep -q "pid=$client," && break
		sleep 0.05
	done
	"$PROF_ROOT/run_profiler.sh" --client $client "$@" >"$work/$name.out" 2>"$work/$name.err" </dev/null &
	profiler=$!
	for _ in $(seq 600); do
		! grep -q "$pattern" "$work/$name.out" "$work/$name.err" && kill -0 $profiler 2>/dev/null || break
		sleep 0.1
	done
	sleep 1
	kill $client
	wait $profiler
	status=$?
	wait $client
	expect "$name: exits 0 when the client has ended ($(tail -n 1 "$work/$name.err"))" [ $status = 0 ]
	expect "$name: says what it is and where" grep -qxF \
		"run_profiler.sh: client: $client (python3): connected to 10.78.0.1:9442, by near0, in a network namespace of its own" \
		"$work/$name.err"
	expect "$name: says that it has ended" grep -qx "run_profiler.sh: client $client has ended: so does the run" "$work/$name.err"
	lines=$(grep -c '^\[CORR\].*class=no-user' "$work/$name.out")
}

start exchange ip netns exec $far "$PROF_BIN/exchange" --listen 10.78.0.1:9442 --cert-dir "$work" --scenario mixed:1
wait_for exchange.out listening
watch environment "$work/keys.log" '^\[CORR\]' --no-ebpf
expect "environment: its keys are found by what its environment names" \
	grep -q "client: its keys: from /proc/$client/root$work/keys.log" "$work/environment.err"
expect "environment: $lines lines of class no-user" [ "$lines" -ge 20 ]
watch without '' 'NIC layer: passive' --no-ebpf
expect "without keys: that is said" grep -q 'client: its keys cannot be had without probes' "$work/without.err"
expect "without keys: no line" [ "$lines" = 0 ]
watch "none, environment" "$work/keys.log" '^\[CORR\]' --attach none
expect "none, environment: no loader has anything to do" grep -qx 'run_profiler.sh: kernel layer: off' "$work/none, environment.err"
expect "none, environment: $lines lines of class no-user" [ "$lines" -ge 20 ]
again_s=3
watch none '' '^\[CORR\]\|keys cannot be had' --attach none
if grep -q 'keys cannot be had' "$work/none.err"; then
	echo "SKIP of one part: no probe on keys here: $(grep 'keys cannot be had' "$work/none.err")"
else
	expect "none: its keys are probed, and no read is" grep -qx 'run_profiler.sh: kernel layer: attached to no read (--attach none)' "$work/none.err"
	expect "none: $lines lines of class no-user, of connections that it made since" [ "$lines" -ge 20 ]
fi
"$PROF_ROOT/run_profiler.sh" --client 999999999 2>"$work/err" >"$work/out"
expect "no such process: 1, one line" [ "$? $(wc -l <"$work/err")" = "1 1" ]
"$PROF_ROOT/run_profiler.sh" --client one 2>"$work/err" >"$work/out"
expect "no number: 2, one line" [ "$? $(wc -l <"$work/err")" = "2 1" ]
finish
