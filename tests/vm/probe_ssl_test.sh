#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# ebpf_loader --ssl on clients that know nothing of us, in the VM: every SSL_read against tshark.
. "$(dirname "${BASH_SOURCE[0]}")/../system/system.sh"
[ -n "${PROF_FULL:-}" ] || skip "left out of the short run: PROF_FULL=1 runs it"
require_root
require_tool qemu-system-x86_64 busybox tshark tcpdump curl
clients="plain curl"
/usr/bin/python3 -c "import websockets" 2>/dev/null && clients+=" asyncio"
command -v node >/dev/null && clients+=" node"
"$PROF_ROOT/ebpf/vm/run_in_vm.sh" --kernel "${PROF_KERNEL:-6.1}" --timeout 600 -- \
	bash "$PROF_ROOT/tests/vm/probe_ssl/run.sh" "$PROF_BIN" $clients
expect "each SSL_read of $clients has its line" [ $? = 0 ]
finish
