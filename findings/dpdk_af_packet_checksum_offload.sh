#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# DPDK 22.11.11 (Debian 12), driver net_af_packet, between two veth pairs: what the kernel hands
# over with its checksum still to be computed, as veth ends do by default, is forwarded with
# that unfinished checksum.  ARP is answered, a TCP connection is never established; with
# "tx off" on the ends it is.
#
# Expected instead: the driver computes it, or says in the mbuf's flags that it is not there.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
command -v ethtool >/dev/null || skip "ethtool is not installed"
version=22.11.11-0+deb12u1
unpack bookworm dpdk-dev=$version librte-net-af-packet23=$version

left=findingl$$ middle=findingm$$ right=findingr$$
for net in $left $middle $right; do
	ip netns add $net || skip "no network namespaces here"
	cleanups+=("ip netns del $net")
done
ip -n $middle link add in0 type veth peer name eth0 netns $left
ip -n $middle link add in1 type veth peer name eth0 netns $right
ip -n $left addr add 192.0.2.1/24 dev eth0
ip -n $right addr add 192.0.2.2/24 dev eth0
for link in "$left eth0" "$right eth0" "$middle in0" "$middle in1"; do
	ip -n ${link% *} link set dev ${link#* } up
done

testpmd_start in $middle -- --vdev net_af_packet0,iface=in0 --vdev net_af_packet1,iface=in1 -- \
	--forward-mode=io --total-num-mbufs=8192 --auto-start

ip netns exec $right python3 -c '
import socket
listener = socket.create_server(("192.0.2.2", 7000))
while True: listener.accept()' &
server=$!
cleanups+=("kill $server")
arp() { ip -n $left neigh show 192.0.2.2 | grep -q lladdr && echo answered || echo "not answered"; }
connects() {
	ip netns exec $left python3 -c '
import socket
try: socket.create_connection(("192.0.2.2", 7000), timeout=8); print("established")
except TimeoutError: print("timed out")'
}
is "TCP, checksums left to the peer" "timed out" "$(connects)"
is "ARP meanwhile" answered "$(arp)"
for net in $left $right; do ip netns exec $net ethtool -K eth0 tx off >/dev/null; done
is "TCP, checksums computed by the ends" established "$(connects)"
testpmd_stop
verdict
