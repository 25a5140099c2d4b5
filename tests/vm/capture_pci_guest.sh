#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Inside the VM of capture_pci_test.sh: the whole profiler through a PCI adapter
# that DPDK owns, as run_profiler.sh --inline sets it up; and whatever happens,
# the adapter goes back to its kernel driver.
#
#   [ .x: 10.88.0.1, exchange ] ==hub== [ PCI adapter on vfio-pci <-dpdk_capture-> interface 10.88.0.2 ]
#
# usage: capture_pci_guest.sh SECONDS [more]
set -u
seconds=$1
more=${2:-}
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
chmod 0755 "$work"
ns=pcix
export PROF_IN_VM=yes
fail() {
	echo "capture_pci_guest: $1" >&2
	grep -hs '^run_profiler.sh: ' "$work/profiler.err" >&2
	tail -n 8 "$work"/*.err >&2
	exit 1
}
wait_for() { # FILE TEXT
	for _ in $(seq 600); do
		grep -q "$2" "$1" 2>/dev/null && return
		sleep 0.1
	done
	fail "'$2' did not come in $1"
}
step() { echo "capture_pci_guest: $(cut -d. -f1 /proc/uptime) s: $1" >&2; }

interface_of() { # PCI
	for _ in $(seq 100); do
		for path in "/sys/bus/pci/devices/$1"/net/* "/sys/bus/pci/devices/$1"/virtio*/net/*; do
			[ ! -e "$path" ] || { basename "$path"; return; }
		done
		sleep 0.1
	done
	fail "$1 has no interface"
}
driver_of() { basename "$(readlink "/sys/bus/pci/devices/$1/driver")"; }

modprobe -a e1000e virtio_net vmxnet3 || fail "modules"
# The two adapters on the hub, in the order of their addresses.
mapfile -t pci < <(for path in /sys/bus/pci/devices/*; do
	[ "$(cat "$path/class")" = 0x020000 ] && basename "$path"
done)
[ ${#pci[@]} = 2 ] || fail "${#pci[@]} adapters instead of 2"
far=$(interface_of "${pci[0]}") || exit
near=$(interface_of "${pci[1]}") || exit
driver=$(driver_of "${pci[1]}")
echo "adapters: ${pci[0]} ($far, the exchange's), ${pci[1]} ($near, $driver, to be DPDK's)"
ip netns add $ns && ip link set "$far" netns $ns && ip -n $ns link set lo up &&
	ip -n $ns addr add 10.88.0.1/24 dev "$far" && ip -n $ns link set "$far" up ||
	fail "the exchange's namespace"
ip addr add 10.88.0.2/24 dev "$near" && ip link set "$near" up &&
	ip route add 10.89.0.0/24 via 10.88.0.1 dev "$near" || fail "the adapter's own interface"
ip netns exec $ns ethtool -K "$far" tx off tso off gso off >/dev/null 2>&1
ip netns exec $ns "$PROF_BIN/exchange" --listen 10.88.0.1:8443 --cert-dir "$work/certs" \
	>"$work/exchange.out" 2>"$work/exchange.err" &
wait_for "$work/exchange.out" listening
export SSL_CERT_FILE=$work/certs/ca.pem

# begin SECONDS: the profiler in the background.
begin() {
	setsid env --default-signal=INT "$root/run_profiler.sh" \
		"wss://10.88.0.1:8443/market/stream?streams=btcusdt@aggTrade/ethusdt@aggTrade" \
		--inline "${pci[1]}" --duration "$1" >"$work/report" 2>"$work/profiler.err" </dev/null &
	profiler=$!
}
# ended WHEN STATUS: it has, and the adapter is what it was.
ended() {
	wait $profiler
	status=$?
	[ $status = "$2" ] || fail "$1: run_profiler.sh ended with $status"
	[ "$(driver_of "${pci[1]}")" = "$driver" ] || fail "$1: ${pci[1]} is not back with $driver"
	near=$(interface_of "${pci[1]}") || exit
	ip -4 -o addr show dev "$near" | grep -q 10.88.0.2/24 || fail "$1: $near has lost its address"
	ip route show dev "$near" | grep -q '^10.89.0.0/24 via 10.88.0.1' || fail "$1: $near has lost its route"
	[ "$(cat "/sys/bus/pci/devices/${pci[1]}/driver_override")" = '(null)' ] || fail "$1: driver_override stays"
	[ -z "$(pgrep dpdk_capture)" ] || fail "$1: dpdk_capture lives on"
	ls -d /run/dpdk/dpdk_capture_* 2>/dev/null && fail "$1: DPDK left its run-time directory"
	# The kernel's own driver carries traffic again.
	(exec 3<>/dev/tcp/10.88.0.1/8443) || fail "$1: no connection by $near"
	step "$1: ${pci[1]} is back with $driver as $near, and connects"
}

step "the adapters are ready"
begin "$seconds"
ended "after its time" 0
grep -h 'NIC layer' "$work/profiler.err"
cat "$work/report"
[ -n "$more" ] || exit 0

begin 600
wait_for "$work/profiler.err" 'user layer'
[ "$(driver_of "${pci[1]}")" = vfio-pci ] || fail "${pci[1]} is not on vfio-pci"
kill -KILL "$(pgrep dpdk_capture)" || fail "no dpdk_capture to kill"
ended "dpdk_capture killed" 1

# Killed outright, it cannot clean up; the next run does.
begin 600
wait_for "$work/profiler.err" 'user layer'
kill -KILL $profiler
for _ in $(seq 300); do pgrep dpdk_capture >/dev/null || break; sleep 0.1; done
begin 600
wait_for "$work/profiler.err" 'user layer'
kill -INT $profiler
ended "run_profiler.sh killed, its successor interrupted" 0
[ -z "$(ls /run/ws_latency.pci.* 2>/dev/null)" ] || fail "its notes stay"
