#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Every way to take bytes out of a TCP socket (splice, zero copy, kTLS, sockmap, KCM,
# io_uring, MPTCP), in the VM: what the loader saw and what it told as unseen is what the
# reader took, byte for byte.  Nothing is silent.
. "$(dirname "${BASH_SOURCE[0]}")/../../system/system.sh"
. "$(dirname "${BASH_SOURCE[0]}")/../kernels.sh"
require_root
require_tool qemu-system-x86_64 busybox python3
choose_kernels
for kernel in $kernels; do
	for attach in ${PROF_FULL:+kprobe fentry} auto; do
		"$PROF_ROOT/ebpf/vm/run_in_vm.sh" --kernel "$kernel" --timeout 300 -- \
			python3 -B "$PROF_ROOT/tests/vm/probe_reads/check.py" "$PROF_BIN" $attach
		expect "kernel $kernel, $attach: seen and told are what was taken" [ $? = 0 ]
	done
done
finish
