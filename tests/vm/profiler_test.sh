#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The main job: run_profiler.sh in the virtual machine, all three layers.
. "$(dirname "${BASH_SOURCE[0]}")/../system/system.sh"
require_root
require_tool qemu-system-x86_64 busybox ip
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

leftovers >"$scratch/before"
"$PROF_ROOT/run_profiler.sh" --vm --kernel "${PROF_KERNEL:-6.1}" --duration 10 \
	>"$scratch/out" 2>"$scratch/err" </dev/null
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
leftovers >"$scratch/after"
expect "nothing is left behind" diff "$scratch/before" "$scratch/after"
finish
