#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# DPDK 22.11.11 (Debian 12), driver net_af_packet: a frame longer than framesz less the ring's
# own header is cut, and handed on as if it were whole.  Its length is that of what is left,
# and neither an error nor a drop is counted: of frames of 150, 400 and 1000 bytes with
# framesz=256, three are received, of 150, 190 and 190 bytes.
#
# Expected instead: the frame's length on the wire in the mbuf, or the frame counted as an error.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
version=22.11.11-0+deb12u1
unpack bookworm dpdk-dev=$version librte-net-af-packet23=$version librte-net-pcap23=$version

net=finding$$
sender_and_receiver "$net"
python3 -c 'import struct, sys
sys.stdout.buffer.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))' >"$work/root/empty.pcap"

testpmd_start in "$net" -- \
	--vdev net_af_packet0,iface=receiver,framesz=256,blocksz=4096,framecnt=512 \
	--vdev net_pcap0,rx_pcap=/empty.pcap,tx_pcap=/received.pcap -- \
	--no-flush-rx --forward-mode=io --total-num-mbufs=8192 --auto-start
ip netns exec "$net" python3 - <<'PY'
import socket
sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
sender.bind(("sender", 0))
for size in 150, 400, 1000:
    sender.send(bytes.fromhex("ffffffffffff02000000000188b5") + bytes(size - 14))
PY
sleep 2
testpmd_stop

is "frames received of three" 3 "$(testpmd_total RX-total)"
is "errors and drops counted" "0 0" "$(grep -c RX-error "$work/testpmd.log") $(testpmd_total RX-dropped)"
is "their lengths (sent: 150 400 1000)" "150 190 190" "$(pcap_lengths "$work/root/received.pcap")"
verdict
