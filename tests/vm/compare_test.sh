#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# event_correlator --compare on real recordings of all three layers, made in the
# virtual machine: 200 us that netem adds between the capture and the socket are
# found, on that stage, and two equal runs do not differ.  PROF_ROUNDS=10 makes
# ten rounds instead of two.
#
# Runs are only equal on a machine that does nothing else meanwhile and keeps its
# speed.  Where a fixed piece of work took a twentieth more in one of two, they
# were not equal and the next are taken; where others took more than a tenth of
# the CPU time, a wrong verdict proves nothing.  Too few are left: skipped.
. "$(dirname "${BASH_SOURCE[0]}")/../system/system.sh"
[ -n "${PROF_FULL:-}${PROF_ROUNDS:-}" ] || skip "left out of the short run: PROF_FULL=1 runs it"
require_tool qemu-system-x86_64 busybox ip
for part in websocket_client exchange event_correlator dpdk_capture ebpf_loader; do
	[ -x "$PROF_BIN/$part" ] || skip "$part is not built"
done
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
rounds=${PROF_ROUNDS:-2}
made=$((rounds + (rounds + 2) / 3))

# Seconds of CPU time: all that the machine has spent or was denied, less what our children have.
others_s() {
	local all ours
	all=$(awk -v hz="$(getconf CLK_TCK)" '$1 == "cpu" { print int(($2 + $3 + $4 + $7 + $8 + $9) / hz) }' /proc/stat)
	ours=$(awk -v hz="$(getconf CLK_TCK)" '{ print int(($14 + $15 + $16 + $17) / hz) }' /proc/$$/stat)
	echo $((all - ours))
}

export PROF_BIN PROF_ROOT
began_s=$SECONDS others_before_s=$(others_s)
"$PROF_ROOT/ebpf/vm/run_in_vm.sh" --kernel "${PROF_KERNEL:-6.1}" --timeout $((120 + made * 120)) \
	--collect "$scratch" -- "$PROF_ROOT/tests/vm/compare_guest.sh" "$scratch" "$made" 10
expect "every run came about" [ $? = 0 ]
others_percent=$((100 * ($(others_s) - others_before_s) / (($(nproc) * (SECONDS - began_s)) + 1)))
echo "others took $others_percent % of the machine's CPU time"
disturbed=0

# judge TEXT A B PATTERN: what the comparison of A and B has to say.
judge() {
	"$PROF_BIN/event_correlator" --compare "$scratch/$2" "$scratch/$3" >"$scratch/verdict"
	expect "compares $2 with $3" [ $? = 0 ]
	if [ "$others_percent" -gt 10 ] && ! grep -q "$4" "$scratch/verdict"; then
		disturbed=$((disturbed + 1))
		return
	fi
	expect "$1: $(grep '^verdict:' "$scratch/verdict")" grep -q "$4" "$scratch/verdict"
	[ "$failures" = 0 ] || cat "$scratch/verdict"
}

median() { sort -n "$scratch/$1" | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'; }

# By how many percent the slower of two runs was slower at a fixed piece of work.
drift_percent() {
	local a b
	a=$(median "$1.speed") b=$(median "$2.speed")
	echo $((100 * (a > b ? a - b : b - a) / (a > b ? b : a)))
}

equal=0
for ((round = 1; round <= made && !failures; round++)); do
	drift=$(drift_percent "$round.first" "$round.second")
	if [ "$drift" -ge 5 ]; then
		echo "round $round: no equal runs: the machine's own speed changed by $drift %"
	elif [ $((equal += 1)) -le "$rounds" ]; then
		judge "equal runs do not differ (speed: $drift %)" "$round.first" "$round.second" \
			'^verdict: no difference found'
	fi
	[ "$round" -gt "$rounds" ] ||
		judge "the delay is found, between the NIC and the kernel" "$round.second" \
			"$round.delayed" '^verdict: B is slower: NIC->Kernel +'
done
[ "$failures" != 0 ] || [ "$equal" -ge "$rounds" ] ||
	skip "the machine does not keep its speed: $equal of $made pairs of runs were equal"
[ "$failures" != 0 ] || [ "$disturbed" = 0 ] ||
	skip "the machine was busy with other things: $disturbed of $((2 * rounds)) comparisons prove nothing"
finish
