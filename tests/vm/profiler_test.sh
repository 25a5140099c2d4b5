#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The main job: run_profiler.sh in the virtual machine, all three layers.
. "$(dirname "${BASH_SOURCE[0]}")/../system/system.sh"
require_root
require_tool qemu-system-x86_64 busybox ip
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export TMPDIR=$scratch/tmp
mkdir "$TMPDIR"

expect_nothing_left() {
	local left
	left=$(leftovers_of "$pid")
	expect "nothing is left behind $1$left" [ -z "$left" ]
}

setsid env --default-signal=INT "$PROF_ROOT/run_profiler.sh" --vm --kernel "${PROF_KERNEL:-6.1}" --duration 10 \
	>"$scratch/out" 2>"$scratch/err" </dev/null &
pid=$!
wait "$pid"
status=$?
expect "exits 0" [ $status = 0 ]
[ $status = 0 ] || tail -n 20 "$scratch/err"
users=$(number_after "$scratch/out" 'Userspace events:')
correlated=$(number_after "$scratch/out" 'Correlated:')
whole=$(grep -cE '^\[CORR\] seq=[0-9]+ tcp_seq=[0-9]+ NIC->Kernel=-?[0-9]+us Kernel->User=-?[0-9]+us Total=-?[0-9]+us class=' "$scratch/out")
expect "at least 100 lines with all three layers ($whole)" [ "$whole" -ge 100 ]
expect "Correlated at least 95 % ($correlated of $users)" [ $((correlated * 100)) -ge $((users * 95)) ]
expect "ping lines" grep -q '^\[ping\] rtt_us=[0-9]* us$' "$scratch/out"
expect "statistics block" grep -qx '=== Correlation Statistics ===' "$scratch/out"
expect "latency block" grep -qx '=== Average Latencies ===' "$scratch/out"
expect "Kernel->User is measured" grep -qE '^Kernel->User: +-?[0-9]+ us$' "$scratch/out"
expect "the cross-check never disagrees" grep -q 'agreed=[1-9][0-9]* disagreed=0 ' "$scratch/out"
expect_nothing_left "at the end"

setsid env --default-signal=INT "$PROF_ROOT/run_profiler.sh" --vm --kernel "${PROF_KERNEL:-6.1}" --duration 300 \
	>"$scratch/out" 2>"$scratch/err" </dev/null &
pid=$!
for _ in $(seq 1200); do
	grep -q '^\[CORR\]' "$scratch/out" && break
	sleep 0.1
done
kill -INT "$pid"
wait "$pid"
expect "Ctrl-C exits 0" [ $? = 0 ]
expect "Ctrl-C prints the statistics" grep -qx '=== Correlation Statistics ===' "$scratch/out"
expect_nothing_left "after Ctrl-C"
finish
