#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The loader without root, refused, locked out, and with its bus cut short, in
# the VM: which rights are enough, what is said of what is missing, what is left.
. "$(dirname "${BASH_SOURCE[0]}")/../../system/system.sh"
[ -n "${PROF_FULL:-}${PROF_KERNELS:-}" ] || skip "left out of the short run: PROF_FULL=1 runs it"
require_root
require_tool qemu-system-x86_64 busybox python3 setpriv bpftool
"$PROF_ROOT/ebpf/vm/run_in_vm.sh" --kernel "${PROF_KERNEL:-6.1}" --timeout 700 -- \
	bash "$PROF_ROOT/tests/vm/probe_rights/run.sh" "$PROF_BIN/ebpf_loader"
expect "the loader asks for no more than it needs, and says what is missing" [ $? = 0 ]
finish
