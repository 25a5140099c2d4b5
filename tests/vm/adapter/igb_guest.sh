#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# In the VM, with two of QEMU's igb (Intel 82576): what the capture makes of a real driver's clock.
# usage: igb_guest.sh BIN TESTS
set -u
bin=$1 tests=$2 failures=0
expect() {
	local text=$1
	shift
	if "$@"; then echo "ok: $text"; else echo "FAIL: $text"; failures=$((failures + 1)); fi
}
modprobe igb
mapfile -t interfaces < <(for at in /sys/class/net/*; do
	[ "$(basename "$(readlink "$at/device/driver")" 2>/dev/null)" = igb ] && basename "$at"
done)
echo "igb: ${interfaces[*]}"
[ ${#interfaces[@]} = 2 ] || exit 1
for interface in "${interfaces[@]}"; do ip link set "$interface" up; done
for _ in $(seq 100); do
	[ "$(cat /sys/class/net/"${interfaces[1]}"/operstate)" = up ] && break
	sleep 0.1
done
"$bin/dpdk_capture" -- --check-adapters | tee /tmp/check
expect "its clock is found and read" grep -q "${interfaces[1]}: .*clock /dev/ptp[0-9]* read .*window [0-9]* ns.*drift" /tmp/check
expect "that it stamps PTP's packets only is said" grep -q "${interfaces[1]}: only PTP's packets can be stamped" /tmp/check
"$bin/dpdk_capture" -l 0 -- --iface "${interfaces[1]}" --all --stamps adapter --bus /igb --duration 1 2>/tmp/err
expect "it is not asked for what it cannot do" grep -q "${interfaces[1]}: its adapter stamps only some packets" /tmp/err
expect "the kernel's stamps are used" grep -q "stamps: the kernel's, of each packet" /tmp/err
"$tests/ptp_bounds" "${interfaces[0]}" "${interfaces[1]}" 1000
expect "stamps of PTP's frames within their uncertainty" [ $? = 0 ]
[ $failures = 0 ]
