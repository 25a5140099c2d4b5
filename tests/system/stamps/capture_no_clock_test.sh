#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Interfaces without a clock of their own (veth, tun, lo) that are asked for its stamps all the
# same: one line says so, the kernel's are used, and nothing is changed on them, not by
# a capture that is killed either.
. "$(dirname "${BASH_SOURCE[0]}")/../system.sh"
require_root
require_tool ip python3
namespace=noclock.$$
work=$(mktemp -d)
bus=/ws_latency_no_clock.$$
trap 'ip netns del $namespace; rm -rf "$work" "/dev/shm$bus"' EXIT
ip netns add $namespace || skip "no network namespaces here"
run="ip netns exec $namespace"
[ -e /dev/net/tun ] || modprobe tun 2>/dev/null
ip -n $namespace link set lo up
ip -n $namespace link add va type veth peer name vb
ip -n $namespace link set va up
ip -n $namespace link set vb up
interfaces="vb lo"
if $run ip tuntap add dev tn mode tun 2>/dev/null && ip -n $namespace link set tn up; then
	interfaces+=" tn"
else
	echo "no tun here: left out"
fi
sleep 0.3 # until the links' own state has settled

# state INTERFACE: all that could be changed, but for counters; hwtstamp as SIOCGHWTSTAMP has it.
state() {
	ip -n $namespace -d link show "$1"
	$run python3 -B - "$1" <<-'PY'
		import ctypes, fcntl, socket, struct, sys
		config = ctypes.create_string_buffer(12)
		request = struct.pack("16sP", sys.argv[1].encode(), ctypes.addressof(config)) + bytes(16)
		try:
		    fcntl.ioctl(socket.socket(), 0x89B1, request)
		    print("hwtstamp", config.raw.hex())
		except OSError as error:
		    print("hwtstamp", error.errno)
	PY
}

for interface in $interfaces; do
	state "$interface" >"$work/before"
	$run "$PROF_BIN/dpdk_capture" -l 0 -- --iface "$interface" --all --stamps adapter --bus "$bus" \
		--duration 1 2>"$work/err"
	expect "$interface: it works" [ $? = 0 ]
	expect "$interface: one line" [ "$(grep -c "$interface: has no clock of its own: the kernel's stamps are used" "$work/err")" = 1 ]
	expect "$interface: the kernel's stamps" grep -q "passive: $interface.*stamps: the kernel's, of each packet" "$work/err"
	state "$interface" >"$work/after"
	expect "$interface: nothing is changed" cmp "$work/before" "$work/after"

	$run "$PROF_BIN/dpdk_capture" -l 0 -- --iface "$interface" --all --stamps adapter --bus "$bus" 2>"$work/err" &
	killed=$!
	for _ in $(seq 200); do grep -q 'passive:' "$work/err" && break; sleep 0.05; done
	kill -KILL $killed
	wait $killed 2>/dev/null
	state "$interface" >"$work/after"
	expect "$interface: killed: nothing is changed" cmp "$work/before" "$work/after"
	expect "$interface: no note is left" [ -z "$(ls /run | grep "^ws_latency.stamping.$($run stat -L -c %i /proc/self/ns/net)\.")" ]
done
$run "$PROF_BIN/dpdk_capture" -- --check-adapters >"$work/check"
for interface in $interfaces; do
	expect "$interface: --check-adapters has its line" \
		[ "$(grep -c "$interface: no: it has no clock of its own: the kernel's stamps are used" "$work/check")" = 1 ]
done
finish
