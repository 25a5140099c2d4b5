#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The adapter's clock: in the VM, a driver of the test's whose clock's error is known to
# the nanosecond, and what the capture makes of its stamps.  PROF_FULL=1: 50,000
# packets, Linux 6.1 and 6.12.  PROF_CASES="check steps": only these of guest.py.
. "$(dirname "${BASH_SOURCE[0]}")/../system/system.sh"
require_root
require_tool qemu-system-x86_64 busybox python3 make gcc
[ -n "${PROF_FULL:-}" ] || skip "left out of the short run: PROF_FULL=1 runs it"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/ws_latency

for kernel in ${PROF_KERNELS:-6.1 6.12}; do
	"$PROF_ROOT/ebpf/vm/run_in_vm.sh" --prepare --kernel "$kernel" || skip "no Debian kernel to be had here"
	[ -e "$cache/kernel-$kernel/build" ] ||
		"$PROF_ROOT/ebpf/vm/fetch_kernel.sh" --headers "$kernel" "$cache/kernel-$kernel" ||
		skip "no headers of Debian's kernel to be had here"
	rm -rf "$scratch/module"
	cp -r "$PROF_ROOT/tests/vm/adapter" "$scratch/module"
	# What Debian's gcc of that release takes, and this one does not, is not asked of it.
	make -s -C "$cache/kernel-$kernel/build" M="$scratch/module" CC=gcc \
		CONFIG_CC_HAS_MIN_FUNCTION_ALIGNMENT= CONFIG_DEBUG_INFO_BTF_MODULES= modules >"$scratch/log" 2>&1 ||
		{ cat "$scratch/log"; fail "kernel $kernel: the module is not built"; continue; }
	"$PROF_ROOT/ebpf/vm/run_in_vm.sh" --kernel "$kernel" --timeout 3000 -- \
		python3 -B "$PROF_ROOT/tests/vm/adapter/guest.py" "$PROF_BIN" "$PROF_BIN/../tests" \
		"$scratch/module/prof_adapter.ko" "${PROF_PACKETS:-50000}" ${PROF_CASES:-}
	expect "kernel $kernel: stamps as sure as they say" [ $? = 0 ]
done
finish
