#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Somebody else's bots in the VM, with the kernel layer: each order is linked by its id, and what its
# thread alone would say is right where the bot has one thread; of several it is measured.
# PROF_KERNEL for another kernel, PROF_BOTS for a selection, BOT_ORDERS for more orders.
. "$(dirname "${BASH_SOURCE[0]}")/../../system/system.sh"
[ -n "${PROF_FULL:-}" ] || skip "left out of the short run: PROF_FULL=1 runs it"
require_root
require_tool qemu-system-x86_64 busybox ethtool node
for library in websocket websockets; do
	/usr/bin/python3 -c "import $library" 2>/dev/null || skip "Python's $library is not installed"
done
names=${PROF_BOTS:-one rough pool asyncio node}
orders=${BOT_ORDERS:-200}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
"$PROF_ROOT/ebpf/vm/run_in_vm.sh" --kernel "${PROF_KERNEL:-6.1}" --timeout 700 --collect "$scratch" -- \
	bash "$PROF_ROOT/tests/vm/bots/run.sh" "$PROF_BIN" "$scratch" "$PROF_ROOT" "$orders" "${BOT_RATE:-60}" $names
expect "the run came about" [ $? = 0 ]
[ -z "${PROF_KEEP:-}" ] || cp -r "$scratch" "$PROF_KEEP/bots"
# shellcheck disable=SC2086
/usr/bin/python3 -B "$PROF_ROOT/tests/system/trips/bots/bots_check.py" "$scratch" $(printf "%s:$orders " $names)
expect "each order is linked to its message, and no single thread's to another" [ $? = 0 ]
finish
