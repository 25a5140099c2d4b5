#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# DPDK 22.11.11 (Debian 12), driver net_pcap: of a pcapng file with two interfaces the frames
# of both are delivered if both have the first one's link type.  If the second interface has
# another, its frames are left out, the others go on being delivered, and the port counts one
# error for each frame that is left out and one more for the description of the interface.
# tcpdump on the same libpcap ends at that description.
#
# Expected instead: an error and an end, as libpcap reports it, or every frame.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
version=22.11.11-0+deb12u1
unpack bookworm dpdk-dev=$version librte-net-pcap23=$version

# make LINK-TYPE: ten frames; the odd ones from the fifth on are the second interface's.
make() {
	python3 - "$1" "$work/root/in.pcapng" <<-'PY'
		import struct, sys
		def block(kind, body):
		    body += b"\0" * (-len(body) % 4)
		    size = struct.pack("<I", 12 + len(body))
		    return struct.pack("<I", kind) + size + body + size
		def interface(link_type):
		    return block(1, struct.pack("<HHI", link_type, 0, 65535))
		def packet(index, time_us):
		    frame = bytes.fromhex("02000000000102000000000288b5") + bytes(46)
		    return block(6, struct.pack("<IIIII", index, time_us >> 32, time_us & 0xffffffff, 60, 60) + frame)
		file = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)) + interface(1)
		file += b"".join(packet(0, 1700000000000000 + n) for n in range(4)) + interface(int(sys.argv[1]))
		file += b"".join(packet(n % 2, 1700000000000000 + n) for n in range(4, 10))
		open(sys.argv[2], "wb").write(file)
	PY
}

# forward: what testpmd receives of it.
forward() {
	testpmd_start --vdev net_pcap0,rx_pcap=/in.pcapng,tx_pcap=/out.pcap -- \
		--no-flush-rx --forward-mode=io --total-num-mbufs=8192 --auto-start
	sleep 2
	testpmd_stop
	echo "$(testpmd_total RX-total) received, $(grep -oE 'RX-error: +[0-9]+' "$work/testpmd.log" |
		head -n 1 | grep -oE '[0-9]+$' || echo 0) errors"
}

make 1
forward >"$work/same"
is "both interfaces are Ethernet" "10 received, 0 errors" "$(cat "$work/same")"
make 113
forward >"$work/other"
is "the second is a Linux cooked capture" "7 received, 4 errors" "$(cat "$work/other")"
verdict
