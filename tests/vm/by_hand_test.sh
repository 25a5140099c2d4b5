#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The programs by hand, in the virtual machine: all three layers.
. "$(dirname "${BASH_SOURCE[0]}")/../system/system.sh"
[ -n "${PROF_FULL:-}" ] || skip "left out of the short run: PROF_FULL=1 runs it"
require_root
require_tool qemu-system-x86_64 busybox
out=$(mktemp)
"$PROF_ROOT/ebpf/vm/run_in_vm.sh" --timeout 400 -- \
	env PROF_ROOT="$PROF_ROOT" PROF_BIN="$PROF_BIN" bash "$PROF_ROOT/tests/system/profiler/by_hand_test.sh" \
	>"$out" </dev/null
status=$?
cat "$out"
grep -q 'ok: all correlated' "$out" || status=1
rm -f "$out"
exit $status
