#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A kernel that preempts (6.12 with preempt=full, 7.x as it is) skips BPF programs: in the VM,
# with more readers than processors and a process that updates a BPF map, every byte is seen
# or told as unseen.  PROF_FULL=1 for each way to attach, for longer.
. "$(dirname "${BASH_SOURCE[0]}")/../../system/system.sh"
. "$(dirname "${BASH_SOURCE[0]}")/../kernels.sh"
require_root
require_tool qemu-system-x86_64 busybox python3
kernels="newest" seconds=4 ways=auto
[ -z "${PROF_FULL:-}" ] || { kernels="6.12 7.2 7.3" seconds=20 ways="kprobe fentry auto"; }
for kernel in ${PROF_KERNELS:-$kernels}; do
	for attach in $ways; do
		"$PROF_ROOT/ebpf/vm/run_in_vm.sh" --kernel "$kernel" --boot preempt=full --timeout 300 -- \
			python3 -B "$PROF_ROOT/tests/vm/probe_preempt/check.py" "$PROF_BIN" $attach $seconds
		expect "kernel $kernel, preempt=full, $attach: every byte is seen or told" [ $? = 0 ]
	done
done
finish
