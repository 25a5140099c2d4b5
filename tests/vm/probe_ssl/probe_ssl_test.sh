#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Somebody else's clients, unmodified, in the VM: every call of SSL_read that returned bytes
# has its line, with the right stretch of the stream and all three layers.  PROF_SSL_CLIENTS
# for a selection of plain asyncio node curl late.
. "$(dirname "${BASH_SOURCE[0]}")/../../system/system.sh"
[ -n "${PROF_FULL:-}" ] || skip "left out of the short run: PROF_FULL=1 runs it"
require_root
require_tool qemu-system-x86_64 busybox tshark tcpdump curl bpftrace
clients="plain curl late"
/usr/bin/python3 -c "import websockets" 2>/dev/null && clients+=" asyncio"
command -v node >/dev/null && clients+=" node"
clients=${PROF_SSL_CLIENTS:-$clients}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

"$PROF_ROOT/ebpf/vm/run_in_vm.sh" --kernel "${PROF_KERNEL:-6.1}" --timeout 700 --collect "$scratch" -- \
	bash "$PROF_ROOT/tests/vm/probe_ssl/run.sh" "$PROF_BIN" "$scratch" $clients
expect "every client's run came about" [ $? = 0 ]
for client in $clients; do
	python3 -B "$PROF_ROOT/tests/vm/probe_ssl/check.py" "$scratch/$client" 9443
	right=$?
	expect "$client: each call of SSL_read has its line, and the right one" [ $right = 0 ]
	[ $right = 0 ] || sed -n '/^=== Reasons/,/^$/p; /^=== Losses/,/^$/p' "$scratch/$client/event_correlator.out"
	[ -z "${PROF_KEEP:-}" ] || cp -r "$scratch/$client" "$PROF_KEEP/"
done
finish
