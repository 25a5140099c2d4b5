#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The main job: run_profiler.sh in the virtual machine, all three layers; what
# it keeps; and how it ends when it is interrupted or a part is killed.
. "$(dirname "${BASH_SOURCE[0]}")/../system/system.sh"
require_root
require_tool qemu-system-x86_64 busybox ip
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export TMPDIR=$scratch/tmp
mkdir "$TMPDIR"
kept="$scratch/what is kept"

expect_nothing_left() {
	local left
	left=$(leftovers_of "$pid")
	expect "nothing is left behind $1$left" [ -z "$left" ]
}

setsid env --default-signal=INT "$PROF_ROOT/run_profiler.sh" --vm --kernel "${PROF_KERNEL:-6.1}" --duration 10 \
	--out "$kept" >"$scratch/out" 2>"$scratch/err" </dev/null &
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
expect "ping lines" grep -q '^\[ping\] rtt_us=[0-9]* us out_us=' "$scratch/out"
expect "statistics block" grep -qx '=== Correlation Statistics ===' "$scratch/out"
expect "latency block" grep -qx '=== Average Latencies ===' "$scratch/out"
expect "Kernel->User is measured" grep -qE '^Kernel->User: +-?[0-9]+ us$' "$scratch/out"
expect "the cross-check never disagrees" grep -q 'agreed=[1-9][0-9]* disagreed=0 ' "$scratch/out"
# The replay prints what is in the summary, to the byte, if both are whole.
expect_kept() {
	"$PROF_BIN/event_correlator" --replay "$kept/recording.bin" >"$scratch/replayed" 2>"$scratch/replay.err"
	expect "--out: the recording is whole $1" [ "$? $(wc -c <"$scratch/replay.err")" = "0 0" ]
	expect "--out: and so is the summary $1" cmp "$scratch/replayed" "$kept/summary.txt"
	expect "--out: one JSON line a message $1" [ "$(wc -l <"$kept/messages.jsonl")" = \
		"$(number_after "$kept/summary.txt" 'Userspace events:')" ]
	expect "--out: the report is there $1" grep -q '</html>' "$kept/report.html"
}

expect_kept "at the end"
expect_nothing_left "at the end"
rm -rf "$kept"

setsid env --default-signal=INT "$PROF_ROOT/run_profiler.sh" --vm --kernel "${PROF_KERNEL:-6.1}" --duration 300 \
	--out "$kept" >"$scratch/out" 2>"$scratch/err" </dev/null &
pid=$!
for _ in $(seq 1200); do
	grep -q '^\[CORR\]' "$scratch/out" && break
	sleep 0.1
done
kill -TERM "$pid"
wait "$pid"
status=$?
expect "SIGTERM exits 0 ($status)" [ $status = 0 ]
[ $status = 0 ] || tail -n 20 "$scratch/err"
expect "SIGTERM prints the statistics" grep -qx '=== Correlation Statistics ===' "$scratch/out"
expect_kept "after SIGTERM"
expect_nothing_left "after SIGTERM"

# Only where there is a kernel layer can its loader be killed.
cat >"$scratch/guest" <<'END'
. "$PROF_ROOT/tests/system/system.sh"
export TMPDIR=$(mktemp -d) PROF_IN_VM=yes
setsid "$PROF_ROOT/run_profiler.sh" --duration 60 >/tmp/out 2>/tmp/err &
pid=$!
for _ in $(seq 600); do grep -q '^\[CORR\]' /tmp/out && break; sleep 0.1; done
pkill -KILL -x ebpf_loader
wait $pid
expect "kill -9 of ebpf_loader exits 1" [ $? = 1 ]
expect "kill -9 of ebpf_loader is said" grep -q 'ebpf_loader: ended unexpectedly with status 137' /tmp/err
expect "the statistics come all the same" grep -qx '=== Correlation Statistics ===' /tmp/out
expect "with its messages" [ "$(number_after /tmp/out 'Correlated:')" -gt 0 ]
expect "nothing is left behind after kill -9 of ebpf_loader$(leftovers_of $pid)" [ -z "$(leftovers_of $pid)" ]
expect "no probe is left" [ "$(bpftool prog list | grep -cE 'name (fentry_enter|kprobe_enter)')" = 0 ]
finish
END
"$PROF_ROOT/ebpf/vm/run_in_vm.sh" --kernel "${PROF_KERNEL:-6.1}" --timeout 400 -- \
	env PROF_ROOT="$PROF_ROOT" PROF_BIN="$PROF_BIN" bash "$scratch/guest" 2>&1
expect "a run whose ebpf_loader is killed ends well" [ $? = 0 ]
finish
