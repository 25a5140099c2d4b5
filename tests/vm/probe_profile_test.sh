#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The embedded profile by each way to attach, over IPv4 and IPv6, in the VM: at
# least 99 % correlated.  IPv6 by fentry; all four of them on each kernel with
# PROF_FULL=1, PROF_KERNELS for fewer kernels.
. "$(dirname "${BASH_SOURCE[0]}")/../system/system.sh"
. "$(dirname "${BASH_SOURCE[0]}")/kernels.sh"
[ -n "${PROF_FULL:-}${PROF_KERNELS:-}" ] || skip "left out of the short run: PROF_FULL=1 runs it"
require_root
require_tool qemu-system-x86_64 busybox
runs="fentry:6"
[ -z "${PROF_FULL:-}" ] || { runs="kprobe:4 fentry:4 kprobe:6 fentry:6"; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

choose_kernels
for kernel in $kernels; do
	"$PROF_ROOT/ebpf/vm/run_in_vm.sh" --kernel "$kernel" --timeout 400 --collect "$scratch" -- bash -c '
		cd "$1"
		for run in $2; do
			options="--attach ${run%:*}"
			[ "${run#*:}" = 4 ] || options+=" --ipv6"
			PROF_IN_VM=yes "$0" $options --duration 8 >out.$run 2>err.$run
			echo $? >status.$run
		done' "$PROF_ROOT/run_profiler.sh" "$scratch" "$runs"
	for run in $runs; do
		text="kernel $kernel, ${run%:*}, IPv${run#*:}"
		out=$scratch/out.$run
		expect "$text: exits 0" [ "$(cat "$scratch/status.$run")" = 0 ]
		users=$(number_after "$out" 'Userspace events:')
		correlated=$(number_after "$out" 'Correlated:')
		expect "$text: attached by ${run%:*}" grep -q "kernel layer: attached by ${run%:*}" "$scratch/err.$run"
		[ "${run#*:}" = 4 ] || expect "$text: to an IPv6 address" grep -q 'wss://\[' "$scratch/err.$run"
		expect "$text: at least 100 messages ($users)" [ "$users" -ge 100 ]
		expect "$text: at least 99 % correlated ($correlated of $users)" \
			[ $((correlated * 100)) -ge $((users * 99)) ]
		expect "$text: the cross-check never disagrees" grep -q 'agreed=[1-9][0-9]* disagreed=0 ' "$out"
		sed -n '/^=== Reasons/,/^$/p' "$out"
	done
	rm -f "$scratch"/*
done
finish
