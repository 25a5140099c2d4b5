#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Every message of the embedded run with all three layers, in the virtual
# machine, under every scenario and on a path that loses, reorders and delays,
# against tshark's decryption of a packet capture.  A selection; all of them
# with PROF_FULL=1, those of PROF_ORACLE_ONLY="--only NAME..." by hand; then also the
# stages of NIC->Kernel add up to it.  PROF_ATTACH names the way to attach.
. "$(dirname "${BASH_SOURCE[0]}")/../system/system.sh"
require_tool qemu-system-x86_64 busybox tcpdump tshark mergecap
for part in websocket_client exchange event_correlator dpdk_capture ebpf_loader; do
	[ -x "$PROF_BIN/$part" ] || skip "$part is not built"
done
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

only=(--only steady --only loss)
[ -z "${PROF_FULL:-}" ] || only=()
# shellcheck disable=SC2206
[ -z "${PROF_ORACLE_ONLY:-}" ] || only=($PROF_ORACLE_ONLY)

[ -z "${PROF_FULL:-}${PROF_ORACLE_ONLY:-}" ] || PROF_STAGES="--stages${PROF_ATTACH:+ --attach $PROF_ATTACH}"
export PROF_BIN PROF_ROOT PROF_STAGES=${PROF_STAGES:-}
table=("$PROF_ROOT/tests/system/oracle/table.sh" --kernel yes --netem yes --seconds "${PROF_ORACLE_S:-6}"
	"${only[@]}" --out "$scratch/run")
"$PROF_ROOT/ebpf/vm/run_in_vm.sh" --kernel "${PROF_KERNEL:-6.1}" --timeout 800 --collect "$scratch" -- \
	"${table[@]}" --judge no
came_about=$?
"${table[@]}" --judge only
status=$?
expect "every run came about" [ $came_about = 0 ]
[ $status != 77 ] || exit 77
for messages in ${PROF_STAGES:+"$scratch"/run/*/messages.jsonl}; do
	scenario=$(basename "$(dirname "$messages")")
	python3 -B "$PROF_ROOT/tests/vm/probe_stages/check_embedded.py" "$messages" "$scenario" 30
	expect "$scenario: the stages of every exact message add up" [ $? = 0 ]
done
[ -z "${PROF_KEEP:-}" ] || cp -r "$scratch" "$PROF_KEEP/"
expect "every message of every scenario agrees on all three layers" [ $status = 0 ]
finish
