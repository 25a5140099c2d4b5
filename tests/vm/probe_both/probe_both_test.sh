#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Two loaders on the same traffic, one by kprobe and one by fentry, in the VM:
# they must tell the same reads, one by one.  PROF_KERNELS for other kernels.
. "$(dirname "${BASH_SOURCE[0]}")/../../system/system.sh"
. "$(dirname "${BASH_SOURCE[0]}")/../kernels.sh"
[ -n "${PROF_FULL:-}${PROF_KERNELS:-}" ] || skip "left out of the short run: PROF_FULL=1 runs it"
require_root
require_tool qemu-system-x86_64 busybox python3
choose_kernels
for kernel in $kernels; do
	"$PROF_ROOT/ebpf/vm/run_in_vm.sh" --kernel "$kernel" --timeout 240 -- \
		bash "$PROF_ROOT/tests/vm/probe_both/run.sh" "$PROF_BIN"
	expect "kernel $kernel: kprobe and fentry tell the same reads" [ $? = 0 ]
done
finish
