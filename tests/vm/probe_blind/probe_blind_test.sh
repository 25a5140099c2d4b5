#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Attached and blind, in the VM: SSL_read is probed in the file that is mapped, whatever its name has
# become, and what cannot be seen is told while it lasts.  PROF_FULL=1 for all cases.
. "$(dirname "${BASH_SOURCE[0]}")/../../system/system.sh"
require_root
require_tool qemu-system-x86_64 busybox
cases="replaced nocalls during"
if [ -n "${PROF_FULL:-}" ]; then
	cases+=" deleted namespace before:fentry before:kprobe"
else
	echo "SKIP deleted, namespace, before: PROF_FULL=1 runs them"
fi
"$PROF_ROOT/ebpf/vm/run_in_vm.sh" --kernel "${PROF_KERNEL:-6.1}" --timeout 300 -- \
	bash "$PROF_ROOT/tests/vm/probe_blind/run.sh" "$PROF_BIN" ${PROF_BLIND_CASES:-$cases}
expect "seen, or told" [ $? = 0 ]
finish
