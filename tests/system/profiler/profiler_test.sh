#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# run_profiler.sh on this kernel (--host): what it prints, and that it leaves
# nothing behind however it ends.
. "$(dirname "${BASH_SOURCE[0]}")/../system.sh"
require_root
require_tool ip ethtool
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export TMPDIR=$scratch/tmp
mkdir -m 0777 "$TMPDIR"
chmod 0711 "$scratch"
profiler=$PROF_ROOT/run_profiler.sh

expect_nothing_left() {
	local left
	left=$(leftovers_of "$pid")
	expect "nothing is left behind $1$left" [ -z "$left" ]
}

run_profiler_until() { # SECONDS SIGNAL NAME-OF-PART-OR-SCRIPT; sets pid
	local part
	setsid env --default-signal=INT "$profiler" --host --no-ebpf --duration 60 >"$scratch/out" 2>"$scratch/err" </dev/null &
	pid=$!
	for _ in $(seq 200); do
		grep -q '^\[CORR\]' "$scratch/out" && break
		sleep 0.1
	done
	sleep "$1"
	if [ "$3" = script ]; then
		kill "-$2" "-$pid" # its whole process group, as a terminal does
	else
		part=$(pgrep -P "$pid" -f "/$3 " | head -n 1)
		[ -n "$part" ] || { fail "$3 is a child of the script"; kill -INT "$pid"; }
		[ -z "$part" ] || kill "-$2" "$part"
	fi
	wait "$pid"
}

setsid env --default-signal=INT "$profiler" --host --duration 6 >"$scratch/out" 2>"$scratch/err" </dev/null &
pid=$!
wait "$pid"
expect "exits 0" [ $? = 0 ]
users=$(number_after "$scratch/out" 'Userspace events:')
lines=$(grep -c '^\[CORR\] seq=[0-9]* tcp_seq=[0-9]* NIC->Kernel=' "$scratch/out")
expect "at least 100 [CORR] lines ($lines)" [ "$lines" -ge 100 ]
expect "a line for every message ($users)" [ "$lines" = "$users" ]
expect "ping lines" grep -q '^\[ping\] rtt_us=[0-9]* us out_us=' "$scratch/out"
expect "statistics block" grep -qx '=== Correlation Statistics ===' "$scratch/out"
expect "latency block" grep -qx '=== Average Latencies ===' "$scratch/out"
expect "NIC->User is measured" grep -qE '^NIC->User: +[0-9]+ us$' "$scratch/out"
if grep -q 'kernel layer: off' "$scratch/err"; then
	expect "Kernel->User=n/a" grep -q 'Kernel->User=n/a' "$scratch/out"
	expect "the reason is printed once" [ "$(grep -c '^ebpf_loader: ' "$scratch/err")" = 1 ]
	whole=$(grep -c 'class=no-kernel' "$scratch/out")
else
	whole=$(number_after "$scratch/out" 'Correlated:')
fi
expect "95 % of the messages have their segment ($whole of $users)" [ $((whole * 100)) -ge $((users * 95)) ]
expect_nothing_left "at the end"

mkdir -m 0700 "$scratch/closed" # a folder that the unprivileged parts cannot reach by its name
setsid env --default-signal=INT "$profiler" --host --no-ebpf --duration 4 --out "$scratch/closed/kept" \
	>"$scratch/out" 2>"$scratch/err" </dev/null &
pid=$!
for _ in $(seq 200); do
	grep -q '^\[CORR\]' "$scratch/out" && break
	sleep 0.1
done
for part in websocket_client event_correlator; do
	uid=$(ps -o uid= -p "$(pgrep -P "$pid" -f "/$part " | head -n 1)" | tr -d ' ')
	expect "$part does not run as root (uid $uid)" [ "${uid:-0}" != 0 ]
done
wait "$pid"
expect "--out: exits 0" [ $? = 0 ]
expect "--out: one JSON line a message" \
	[ "$(wc -l <"$scratch/closed/kept/messages.jsonl")" = "$(number_after "$scratch/out" 'Userspace events:')" ]
"$PROF_BIN/event_correlator" --replay "$scratch/closed/kept/recording.bin" >"$scratch/replayed"
expect "--out: the replay prints what the run printed" cmp "$scratch/replayed" "$scratch/closed/kept/summary.txt"
expect_nothing_left "after --out"

run_profiler_until 1 INT script
expect "Ctrl-C exits 0" [ $? = 0 ]
expect "Ctrl-C prints the statistics" grep -qx '=== Correlation Statistics ===' "$scratch/out"
expect_nothing_left "after Ctrl-C"

for part in websocket_client dpdk_capture exchange event_correlator; do
	run_profiler_until 1 KILL "$part"
	expect "kill -9 of $part exits 1" [ $? = 1 ]
	expect "kill -9 of $part is said" grep -q "$part: ended unexpectedly" "$scratch/err"
	[ "$part" = event_correlator ] ||
		expect "the statistics come all the same" grep -qx '=== Correlation Statistics ===' "$scratch/out"
	expect_nothing_left "after kill -9 of $part"
done
finish
