#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Every way in which a client comes by its bytes, in the VM: TLS after STARTTLS, read-ahead, SSL_peek,
# records in parts, memory BIOs fed by another thread, one object's address for
# several connections (cleared: one object), a socket of which no record's header can be seen beside another one.
# No line is wrong, and what has none is counted.  tshark is the judge.
. "$(dirname "${BASH_SOURCE[0]}")/../../system/system.sh"
require_root
require_tool qemu-system-x86_64 busybox tshark tcpdump openssl
ways="starttls ahead peek fed fed-starttls reused crossed scattered"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
if [ -n "${PROF_FULL:-}" ]; then
	ways+=" cleared plain peek-ahead parts parts-ahead fed-ahead"
else
	echo "SKIP cleared, plain, peek-ahead, parts, parts-ahead, fed-ahead: PROF_FULL=1 runs them"
fi
ways=${PROF_SSL_WAYS:-$ways}

"$PROF_ROOT/ebpf/vm/run_in_vm.sh" --kernel "${PROF_KERNEL:-6.1}" --timeout 600 --collect "$scratch" -- \
	bash "$PROF_ROOT/tests/vm/probe_ssl/ways_run.sh" "$PROF_BIN" "$PROF_BIN/../tests/ssl_ways" \
	"$scratch" 60 $ways
expect "the run came about" [ $? = 0 ]
python3 -B "$PROF_ROOT/tests/vm/probe_ssl/check_ways.py" "$scratch" 9443
expect "every line is right, and what has none is counted" [ $? = 0 ]
[ -z "${PROF_KEEP:-}" ] || cp -r "$scratch" "$PROF_KEEP/"
finish
