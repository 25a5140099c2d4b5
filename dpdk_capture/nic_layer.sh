# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Sourced by run_profiler.sh: the NIC layer, in one of three ways.
. "$root/dpdk_capture/pci_handover.sh"

# Inline, between the embedded exchange's wire and the client.
start_capture_embedded() {
	[ -e /dev/net/tun ] || modprobe tun 2>/dev/null # if it fails, the capture says what is missing
	start dpdk_capture $netns_nic_exec "$bin/dpdk_capture" -l 0 "--vdev=net_af_packet0,iface=$netns_nic" -- \
		--exception "$netns_tap" --bus "$bus" --port "$exchange_port" $verbose "${write_args[@]}"
	wait_for dpdk_capture "$run_dir/dpdk_capture.err" 'dpdk_capture: inline:' 60
	netns_attach_tap || part_failed dpdk_capture "its tap could not be handed to the client"
	say "NIC layer: DPDK inline on $netns_nic, before the client's kernel sees a frame"
}

# The host in a URL, without its port; an IPv6 address without its brackets.
host_of_url() {
	sed -E 's#^[A-Za-z0-9]+://##; s#[/?].*##; s#^.*@##; s#:[0-9]*$##; s#^\[(.*)\]$#\1#' <<<"$1"
}

# Passive, beside the kernel, on --iface or the interface of the route to the other end of
# the connection, which is the proxy if there is one.
start_capture_passive() {
	local other_end=${proxy:-$url} host
	host=$(host_of_url "$other_end")
	if [ -z "$iface" ]; then
		host=$(getent ahosts "$host" | awk 'NR == 1 { print $1 }')
		iface=$(ip -o route get "${host:-0.0.0.0}" 2>/dev/null | sed -n 's/.* dev \([^ ]*\).*/\1/p')
		[ -n "$iface" ] || { say "NIC layer: off: no route to ${proxy:+the proxy }${host:-nowhere}: name one with --iface"; return; }
	fi
	start dpdk_capture "$bin/dpdk_capture" -l 0 -- --iface "$iface" --bus "$bus" $verbose \
		${stamps:+--stamps "$stamps"} "${write_args[@]}"
	wait_for dpdk_capture "$run_dir/dpdk_capture.err" 'dpdk_capture: passive:' 60
	say "NIC layer: DPDK passive on $iface, which the kernel keeps"
}

# Inline, through a PCI adapter that DPDK owns for the time of the run.  The new
# interface bears the name of the one that goes away with its adapter.
start_capture_pci() {
	local interface
	pci_take "$inline_pci" || { failed=1; exit 1; }
	interface=${pci_interface:-$netns_tap}
	start dpdk_capture "$bin/dpdk_capture" -l 0 -a "$inline_pci" -- \
		--exception "$interface" --bus "$bus" $verbose ${stamps:+--stamps "$stamps"} "${write_args[@]}"
	wait_for dpdk_capture "$run_dir/dpdk_capture.err" 'dpdk_capture: inline:' 60
	pci_set_up_interface "$interface" || part_failed dpdk_capture "its interface $interface cannot be set up"
	say "NIC layer: DPDK $(sed -n 's/^dpdk_capture: \(inline: [^,]*\).*/\1/p' "$run_dir/dpdk_capture.err" | head -n 1)," \
		"before this kernel sees a frame"
}

start_nic_layer() {
	set_write_args
	if [ -n "$no_dpdk" ]; then
		say "NIC layer: off"
	elif [ -n "$is_embedded" ]; then
		start_capture_embedded
	elif [ -n "$client" ]; then
		start_capture_of_client
	elif [ -n "$inline_pci" ]; then
		start_capture_pci
	else
		start_capture_passive
	fi
}
