#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Every message of the embedded run with all three layers, in the virtual
# machine, under every scenario and on a path that loses, reorders and delays,
# against tshark's decryption of a packet capture.  A selection; all of them
# with PROF_FULL=1.
. "$(dirname "${BASH_SOURCE[0]}")/../system/system.sh"
require_tool qemu-system-x86_64 busybox tcpdump tshark mergecap
for part in websocket_client exchange event_correlator dpdk_capture ebpf_loader; do
	[ -x "$PROF_BIN/$part" ] || skip "$part is not built"
done
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

only=(--only steady --only loss)
[ -z "${PROF_FULL:-}" ] || only=()

export PROF_BIN PROF_ROOT
table=("$PROF_ROOT/tests/system/oracle/table.sh" --kernel yes --netem yes --seconds 6
	"${only[@]}" --out "$scratch/run")
"$PROF_ROOT/ebpf/vm/run_in_vm.sh" --kernel "${PROF_KERNEL:-6.1}" --timeout 800 --collect "$scratch" -- \
	"${table[@]}" --judge no
came_about=$?
"${table[@]}" --judge only
status=$?
expect "every run came about" [ $came_about = 0 ]
[ $status != 77 ] || exit 77
expect "every message of every scenario agrees on all three layers" [ $status = 0 ]
finish
