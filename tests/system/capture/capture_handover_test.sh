#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# run_profiler.sh --inline refuses what it cannot hand to DPDK, in one line that
# names it, before it builds or changes anything.  (What it does with an adapter
# that it can: tests/vm/capture_pci_test.sh.)
. "$(dirname "${BASH_SOURCE[0]}")/../system.sh"
require_root
url=wss://127.0.0.1:1/

# refuses TEXT STATUS PATTERN ARGUMENT...
refuses() {
	local text=$1 status=$2 pattern=$3 said got
	shift 3
	said=$("$PROF_ROOT/run_profiler.sh" "$@" 2>&1)
	got=$?
	[ $got = "$status" ] && [ "$(wc -l <<<"$said")" = 1 ] && grep -q -- "$pattern" <<<"$said" &&
		pass "$text" && return
	fail "$text: status $got, said: $said"
}

refuses "without a URL" 2 '--inline: needs a URL' --inline 0000:00:03.0
refuses "beside --iface" 2 '--iface or --no-dpdk' "$url" --inline 0000:00:03.0 --iface lo
refuses "beside --no-dpdk" 2 '--iface or --no-dpdk' "$url" --inline 0000:00:03.0 --no-dpdk
refuses "no address" 2 "--inline 'eth0': not a PCI address" "$url" --inline eth0
refuses "no path either" 2 'not a PCI address' "$url" --inline ../../0000:00:03.0
refuses "no device" 1 'there is no such device' "$url" --inline ffff:1f:1f.7
for path in /sys/bus/pci/devices/*; do
	[ -e "$path" ] && [[ $(cat "$path/class") != 0x02* ]] || continue
	refuses "no adapter" 1 'is no network adapter' "$url" --inline "${path##*/}"
	break
done
finish
