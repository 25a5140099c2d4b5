#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Anybody's messages in the VM: Python, Node and Go, none of which gives its secrets away, have a
# line for each message with NIC and kernel stamps; and Python with --ssl the user's time as well.
# PROF_KERNEL for another kernel, PROF_CLIENTS for a selection of python node go go12 user.
. "$(dirname "${BASH_SOURCE[0]}")/../../system/system.sh"
[ -n "${PROF_FULL:-}" ] || skip "left out of the short run: PROF_FULL=1 runs it"
require_root
require_tool qemu-system-x86_64 busybox ethtool go node
/usr/bin/python3 -c "import websockets" 2>/dev/null || skip "python3-websockets is not installed"
here=$PROF_ROOT/tests/vm/messages
names=${PROF_CLIENTS:-python node go go12 user}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

mkdir "$scratch/out"
(cd "$PROF_ROOT/tests/system/messages" && GOCACHE=${GOCACHE:-$scratch/cache} go build -o "$scratch/go" messages_client.go) ||
	fail "messages_client.go cannot be built"
"$PROF_ROOT/ebpf/vm/run_in_vm.sh" --kernel "${PROF_KERNEL:-6.1}" --timeout 280 --collect "$scratch/out" -- \
	bash "$here/run.sh" "$PROF_BIN" "$scratch/out" "$PROF_ROOT" "$scratch/go" $names
expect "the run came about" [ $? = 0 ]
python3 -B "$here/check.py" "$scratch/out" $names
expect "a line for each message" [ $? = 0 ]
[ -z "${PROF_KEEP:-}" ] || cp -r "$scratch/out" "$PROF_KEEP/messages"
finish
