#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# DPDK 22.11.11 (Debian 12), driver net_af_packet: what the kernel drops because the ring is full
# is in none of the port's counters.  Of 5,000 frames that come while testpmd is held, into a ring
# of 512, it receives 512, and tells 0 dropped, 0 missed, 0 errors; the kernel knows of the rest
# (PACKET_STATISTICS), but nobody asks.
#
# Expected instead: the shortfall in rte_eth_stats.imissed, as other drivers tell a full ring, and
# as net_af_packet of 25.11 does.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
version=22.11.11-0+deb12u1
unpack bookworm dpdk-dev=$version librte-net-af-packet23=$version librte-net-null23=$version

net=finding$$
sender_and_receiver "$net"

testpmd_start in "$net" -- \
	--vdev net_af_packet0,iface=receiver,framesz=2048,blocksz=4096,framecnt=512 --vdev net_null0 -- \
	--no-flush-rx --forward-mode=rxonly --portmask=1 --total-num-mbufs=8192 --auto-start
kill -STOP "$testpmd"
ip netns exec "$net" python3 - <<'PY'
import socket
sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
sender.bind(("sender", 0))
for _ in range(5000):
    sender.send(bytes.fromhex("ffffffffffff02000000000188b5") + bytes(86))
PY
arrived=$(ip netns exec "$net" cat /sys/class/net/receiver/statistics/rx_packets)
kill -CONT "$testpmd"
sleep 2
testpmd_stop

grep -A 6 'Accumulated\|Forward statistics for port 0' "$work/testpmd.log"
is "frames the interface has taken" 5000 "$arrived"
is "frames received" 512 "$(testpmd_total RX-packets)"
is "frames told as dropped" 0 "$(testpmd_total RX-dropped)"
verdict
