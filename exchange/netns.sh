# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Sourced by run_profiler.sh and the system tests: the little network in which
# the embedded exchange is profiled.
#
#   [ exchange's namespace ]     [ NIC's namespace ]           [ client's namespace ]
#      srv0 10.88.0.1  ===veth===  nic0 <-dpdk_capture-> dtap0 ---> dtap0 10.88.0.2
#
# The tap is made by dpdk_capture and then moved to the client's namespace: if
# the wire and the tap were in one namespace, every segment would arrive twice.
# Without a capture the client's namespace holds the other end of the wire.

netns_server_if=srv0
netns_nic=nic0
netns_tap=dtap0
netns_exchange_addr=10.88.0.1
netns_exchange_addr6=fd00:88::1
netns_client_addr=10.88.0.2
netns_client_addr6=fd00:88::2
netns_prefix=wslat.$$

netns_exchange_exec="ip netns exec $netns_prefix.x"
netns_nic_exec="ip netns exec $netns_prefix.n"

# Runs a step of the set-up; says which one failed, and why.
netns_step() {
	local text
	text=$("$@" 2>&1) || {
		[ -n "${is_stopping:-}" ] || # who interrupts us interrupts it
			echo "${program:-netns}: network: '$*': $text" >&2
		return 1
	}
}

netns_configure_client() {
	netns_step ip -n "$netns_prefix.c" addr add "$netns_client_addr/24" dev "$1" &&
		netns_step ip -n "$netns_prefix.c" addr add "$netns_client_addr6/64" dev "$1" nodad &&
		netns_step ip -n "$netns_prefix.c" link set "$1" mtu 1500 up
}

# netns_up [NO_CAPTURE]: makes the namespaces and the wire.  With a non-empty
# argument the wire ends at the client, not at the capture.
netns_up() {
	local far=n ns
	[ -z "${1:-}" ] || far=c
	netns_remove_stale
	for ns in x n c; do
		netns_step ip netns add "$netns_prefix.$ns" || return
		netns_step ip -n "$netns_prefix.$ns" link set lo up || return
	done
	netns_step ip link add "$netns_server_if" netns "$netns_prefix.x" type veth \
		peer name "$netns_nic" netns "$netns_prefix.$far" || return
	# Without this TCP never connects through a user-space data path: the
	# checksums of veth are left for a device that is not there.
	netns_step ip netns exec "$netns_prefix.x" ethtool -K "$netns_server_if" tx off tso off gso off || return
	netns_step ip netns exec "$netns_prefix.$far" ethtool -K "$netns_nic" tx off tso off gso off gro off || return
	netns_step ip -n "$netns_prefix.x" addr add "$netns_exchange_addr/24" dev "$netns_server_if" || return
	netns_step ip -n "$netns_prefix.x" addr add "$netns_exchange_addr6/64" dev "$netns_server_if" nodad || return
	netns_step ip -n "$netns_prefix.x" link set "$netns_server_if" up || return
	netns_step ip -n "$netns_prefix.$far" link set "$netns_nic" up || return
	[ "$far" = n ] || netns_configure_client "$netns_nic" || return
	netns_client_exec="ip netns exec $netns_prefix.c"
}

# Hands the tap that dpdk_capture made to the client.
netns_attach_tap() {
	netns_step ip -n "$netns_prefix.n" link set "$netns_tap" netns "$netns_prefix.c" &&
		netns_configure_client "$netns_tap"
}

netns_down() {
	local ns
	for ns in x n c; do
		[ ! -e "/run/netns/$netns_prefix.$ns" ] || ip netns del "$netns_prefix.$ns"
	done
}

# A run that was killed outright could not clean up: its successor does.
netns_remove_stale() {
	local path name pid
	for path in /run/netns/wslat.*; do
		[ -e "$path" ] || continue
		name=${path##*/}
		pid=${name#wslat.}
		pid=${pid%.*}
		kill -0 "$pid" 2>/dev/null || ip netns del "$name"
	done
}
