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

# drift_near PPM: --check's drift of the second one's clock is so much, give or take what it says and 3 ppm.
drift_near() {
	"$bin/dpdk_capture" -- --check-adapters >/tmp/check
	grep "${interfaces[1]}: " /tmp/check
	sed -nE "s/.* ${interfaces[1]}: .*drift ([+-][0-9.]+) ppm \(\+-([0-9.]+)\).*/\1 \2/p" /tmp/check |
		awk -v wanted="$1" '{ is_near = ($1 - wanted) ^ 2 <= ($2 + 3) ^ 2 } END { exit !is_near }'
}
expect "its drift as it comes" drift_near 0
expect "its clock is found and read" grep -q "${interfaces[1]}: .*clock /dev/ptp[0-9]* read .*window [0-9]* ns.*drift" /tmp/check
expect "that it stamps PTP's packets only is said" grep -q "${interfaces[1]}: only PTP's packets can be stamped" /tmp/check
clock=/dev/$(basename "$(echo /sys/class/net/"${interfaces[1]}"/device/ptp/ptp*)")
"$bin/dpdk_capture" -l 0 -- --iface "${interfaces[1]}" --all --stamps adapter --bus /igb --duration 1 2>/tmp/err
expect "it is not asked for what it cannot do" grep -q "${interfaces[1]}: its adapter stamps only some packets" /tmp/err
expect "the kernel's stamps are used" grep -q "stamps: the kernel's, of each packet" /tmp/err
for ppm in 0 100 -100; do
	expect "its rate is set: $ppm ppm" python3 -B "$(dirname "$0")/adjust_clock.py" "$clock" $ppm
	[ $ppm = 0 ] || expect "$ppm ppm: and seen" drift_near $ppm
	expect "$ppm ppm: stamps of PTP's frames within their uncertainty" \
		"$tests/ptp_bounds" "${interfaces[0]}" "${interfaces[1]}" 500 \
		"/sys/class/net/${interfaces[1]}/device/resource0"
done
[ $failures = 0 ]
