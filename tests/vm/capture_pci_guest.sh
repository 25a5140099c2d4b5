#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Inside the VM of capture_pci_test.sh: the whole profiler through a PCI adapter
# that DPDK owns.
#
#   [ .x: eth0 10.88.0.1, exchange ] ==hub== [ PCI adapter on vfio-pci <-dpdk_capture-> dtap0 10.88.0.2 ]
#
# usage: capture_pci_guest.sh SECONDS
set -u
seconds=$1
work=$(mktemp -d)
bus=/ws_latency_pci
ns=pcix
fail() {
	echo "capture_pci_guest: $1" >&2
	tail -n 5 "$work"/*.err >&2
	exit 1
}
wait_for() { # FILE TEXT
	for _ in $(seq 300); do
		grep -q "$2" "$1" 2>/dev/null && return
		sleep 0.2
	done
	fail "'$2' did not come in $1"
}

modprobe -a e1000e virtio_net vmxnet3 vfio_iommu_type1 vfio-pci tun vhost_net || fail "modules"
sleep 1
# The two adapters on the hub, in the order of their addresses.
mapfile -t pci < <(for path in /sys/bus/pci/devices/*; do
	[ "$(cat "$path/class")" = 0x020000 ] && basename "$path"
done)
[ ${#pci[@]} = 2 ] || fail "${#pci[@]} adapters instead of 2"
kernel_if=$(ls "/sys/bus/pci/devices/${pci[0]}/net" 2>/dev/null ||
	ls /sys/bus/pci/devices/"${pci[0]}"/virtio*/net)
echo "adapters: ${pci[0]} ($kernel_if, the exchange's), ${pci[1]} (DPDK's)"
echo vfio-pci >"/sys/bus/pci/devices/${pci[1]}/driver_override"
[ ! -e "/sys/bus/pci/devices/${pci[1]}/driver" ] ||
	echo "${pci[1]}" >"/sys/bus/pci/devices/${pci[1]}/driver/unbind"
echo "${pci[1]}" >/sys/bus/pci/drivers_probe
[ "$(basename "$(readlink "/sys/bus/pci/devices/${pci[1]}/driver")")" = vfio-pci ] ||
	fail "${pci[1]} is not on vfio-pci"

ip netns add $ns && ip link set "$kernel_if" netns $ns && ip -n $ns link set lo up &&
	ip -n $ns addr add 10.88.0.1/24 dev "$kernel_if" && ip -n $ns link set "$kernel_if" up ||
	fail "the exchange's namespace"
ip netns exec $ns ethtool -K "$kernel_if" tx off tso off gso off >/dev/null 2>&1
ip netns exec $ns "$PROF_BIN/exchange" --listen 10.88.0.1:8443 --cert-dir "$work/certs" \
	>"$work/exchange.out" 2>"$work/exchange.err" &
wait_for "$work/exchange.out" listening
"$PROF_BIN/event_correlator" --bus $bus >"$work/report" 2>"$work/correlator.err" &
correlator=$!
"$PROF_BIN/dpdk_capture" -l 0 -a "${pci[1]}" -- --exception dtap0 --bus $bus -v \
	2>"$work/capture.err" &
capture=$!
wait_for "$work/capture.err" 'dpdk_capture: inline:'
grep 'dpdk_capture: inline:' "$work/capture.err"
ip addr add 10.88.0.2/24 dev dtap0 && ip link set dtap0 mtu 1500 up || fail "dtap0"
"$PROF_BIN/ebpf_loader" --bus $bus 2>"$work/loader.err" &
loader=$!
wait_for "$work/loader.err" 'ebpf_loader: attached'
"$PROF_BIN/websocket_client" \
	"wss://10.88.0.1:8443/market/stream?streams=btcusdt@aggTrade/ethusdt@aggTrade" \
	--ca-file "$work/certs/ca.pem" --bus $bus --duration "$seconds" \
	>"$work/client.out" 2>"$work/client.err" || fail "the client"
sleep 1
kill -INT $loader $capture
wait $capture || fail "dpdk_capture ended with $?"
tail -1 "$work/capture.err"
kill -INT $correlator
wait $correlator || fail "the correlator ended with $?"
ip link show dtap0 >/dev/null 2>&1 && fail "dtap0 is still there"
ls -d /run/dpdk/dpdk_capture_* 2>/dev/null && fail "DPDK left its run-time directory"
cat "$work/report"
