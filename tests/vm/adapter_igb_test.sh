#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A real driver's clock: igb, as far as QEMU's model of the 82576 goes, which has it from
# QEMU 8.1 on.  Each has functions 16 slots above its own (SR-IOV), which must be free.
# It stamps PTP's frames only, as the card does; iomem=relaxed: see ptp_bounds.c.
. "$(dirname "${BASH_SOURCE[0]}")/../system/system.sh"
require_root
require_tool qemu-system-x86_64 busybox
[ -n "${PROF_FULL:-}" ] || skip "left out of the short run: PROF_FULL=1 runs it"
qemu-system-x86_64 -device igb,help >/dev/null 2>&1 || skip "this QEMU has no igb: Debian 13's has"
for kernel in ${PROF_KERNELS:-6.1 6.12}; do
	"$PROF_ROOT/ebpf/vm/run_in_vm.sh" --prepare --kernel "$kernel" || skip "no Debian kernel to be had here"
	"$PROF_ROOT/ebpf/vm/run_in_vm.sh" --kernel "$kernel" --timeout 600 --boot iomem=relaxed --nic igb,addr=0x8 --nic igb,addr=0xa -- \
		bash "$PROF_ROOT/tests/vm/adapter/igb_guest.sh" "$PROF_BIN" "$PROF_BIN/../tests"
	expect "kernel $kernel: igb" [ $? = 0 ]
done
finish
