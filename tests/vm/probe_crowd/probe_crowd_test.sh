#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Many threads waiting in tcp_recvmsg() at once, in the VM: every call is seen, and
# where a kretprobe has no room for all of them, every other is counted as lost.
. "$(dirname "${BASH_SOURCE[0]}")/../../system/system.sh"
. "$(dirname "${BASH_SOURCE[0]}")/../kernels.sh"
require_root
require_tool qemu-system-x86_64 busybox python3
# One kernel is enough by default: how many calls fit is the loader's own doing.
[ -n "${PROF_FULL:-}" ] || PROF_KERNELS=${PROF_KERNELS:-${PROF_KERNEL:-6.1}}
choose_kernels
for kernel in $kernels; do
	"$PROF_ROOT/ebpf/vm/run_in_vm.sh" --kernel "$kernel" --timeout 240 -- \
		bash "$PROF_ROOT/tests/vm/probe_crowd/run.sh" "$PROF_BIN" 2>&1
	expect "kernel $kernel: the crowd is seen or counted" [ $? = 0 ]
done
finish
