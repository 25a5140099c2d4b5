#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# event_correlator --compare on real recordings of all three layers, made in the
# virtual machine: 200 us that netem adds between the capture and the socket are
# found, on that stage, and two equal runs do not differ.  PROF_ROUNDS=10 makes
# ten rounds instead of two.
. "$(dirname "${BASH_SOURCE[0]}")/../system/system.sh"
[ -n "${PROF_FULL:-}${PROF_ROUNDS:-}" ] || skip "left out of the short run: PROF_FULL=1 runs it"
require_tool qemu-system-x86_64 busybox ip
for part in websocket_client exchange event_correlator dpdk_capture ebpf_loader; do
	[ -x "$PROF_BIN/$part" ] || skip "$part is not built"
done
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
rounds=${PROF_ROUNDS:-2}

export PROF_BIN PROF_ROOT
"$PROF_ROOT/ebpf/vm/run_in_vm.sh" --kernel "${PROF_KERNEL:-6.1}" --timeout $((120 + rounds * 120)) \
	--collect "$scratch" -- "$PROF_ROOT/tests/vm/compare_guest.sh" "$scratch" "$rounds" 10
expect "every run came about" [ $? = 0 ]

# judge TEXT A B PATTERN: what the comparison of A and B has to say.
judge() {
	"$PROF_BIN/event_correlator" --compare "$scratch/$2" "$scratch/$3" >"$scratch/verdict"
	expect "compares $2 with $3" [ $? = 0 ]
	expect "$1: $(grep '^verdict:' "$scratch/verdict")" grep -q "$4" "$scratch/verdict"
	[ "$failures" = 0 ] || cat "$scratch/verdict"
}

for ((round = 1; round <= rounds; round++)); do
	judge "equal runs do not differ" "$round.first" "$round.second" '^verdict: no difference found'
	judge "the delay is found, between the NIC and the kernel" "$round.prompt" "$round.delayed" \
		'^verdict: B is slower: NIC->Kernel +'
done
finish
