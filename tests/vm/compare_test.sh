#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# event_correlator --compare on real recordings of all three layers, made in the
# virtual machine: 200 us that netem adds between the capture and the socket are
# found, on that stage, and two equal runs do not differ.  PROF_ROUNDS=10 makes
# ten rounds instead of two.
. "$(dirname "${BASH_SOURCE[0]}")/../system/system.sh"
require_tool qemu-system-x86_64 busybox ip
for part in websocket_client exchange event_correlator dpdk_capture ebpf_loader; do
	[ -x "$PROF_BIN/$part" ] || skip "$part is not built"
done
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
rounds=${PROF_ROUNDS:-2}

export PROF_BIN PROF_ROOT
"$PROF_ROOT/ebpf/vm/run_in_vm.sh" --kernel "${PROF_KERNEL:-6.1}" --timeout $((120 + rounds * 120)) \
	--rw "$scratch" -- "$PROF_ROOT/tests/vm/compare_guest.sh" "$scratch" "$rounds" 10
expect "every run came about" [ $? = 0 ]

compare() { # A B: the comparison, in $scratch/verdict
	"$PROF_BIN/event_correlator" --compare "$scratch/$1" "$scratch/$2" >"$scratch/verdict"
	expect "compares $1 with $2" [ $? = 0 ]
	grep '^verdict:' "$scratch/verdict"
}

for ((round = 1; round <= rounds && !failures; round++)); do
	compare "$round.first" "$round.second"
	expect "round $round: equal runs do not differ" grep -q '^verdict: no difference found' "$scratch/verdict"
	[ "$failures" = 0 ] || cat "$scratch/verdict"
	compare "$round.second" "$round.delayed"
	expect "round $round: the delay is found, between the NIC and the kernel" \
		grep -q '^verdict: B is slower: NIC->Kernel +' "$scratch/verdict"
	[ "$failures" = 0 ] || cat "$scratch/verdict"
done
finish
