#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# editcap, mergecap and reordercap of Wireshark 4.0.17 (Debian 12): a pcapng file whose Decryption
# Secrets Block stands before its first Interface Description Block, which the format allows, counts as one of no
# link type: they refuse to write what they read ("can't be written as a "pcapng" file").  tshark reads the
# same file and writes it again.  With the two blocks the other way round all of them take it.
#
# Expected instead: the same for both orders, as for tshark.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
unpack bookworm wireshark-common=4.0.17-0+deb12u3 tshark=4.0.17-0+deb12u3
command -v python3 >/dev/null || skip "python3 is not installed"

python3 - "$work/root/tmp" <<'PY'
import struct, sys

def block(kind, body):
    body += b"\0" * (-len(body) % 4)
    return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)

secrets = b"CLIENT_RANDOM " + b"11" * 32 + b" " + b"22" * 48 + b"\n"
frame = bytes.fromhex("020000000002020000000001" "0800" "4500001c000000004011000" "00a0000010a000002" "1f901f9000080000")
head = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
keys = block(10, struct.pack("<4sI", b"KSLT", len(secrets)) + secrets)  # "TLSK", little-endian
interface = block(1, struct.pack("<HHI", 1, 0, 0))  # Ethernet
packet = block(6, struct.pack("<IIIII", 0, 0, 0, len(frame), len(frame)) + frame)
for name, blocks in ("keys_first", (keys, interface)), ("interface_first", (interface, keys)):
    with open(f"{sys.argv[1]}/{name}.pcapng", "wb") as file:
        file.write(head + b"".join(blocks) + packet)
PY

frames() { in_root tshark -r "$1" -T fields -e frame.number 2>/dev/null | wc -l; }
tried() {
	in_root "$@" >/dev/null 2>"$work/said" && echo taken && return
	grep -o "can't be written as a \"pcapng\" file" "$work/said" || head -n 1 "$work/said"
}
for order in keys_first interface_first; do
	wanted="can't be written as a \"pcapng\" file"
	[ $order = keys_first ] || wanted=taken
	is "$order: frames that tshark reads" 1 "$(frames /tmp/$order.pcapng)"
	is "$order: tshark -w" taken "$(tried tshark -r /tmp/$order.pcapng -w /tmp/t.pcapng)"
	is "$order: editcap" "$wanted" "$(tried editcap /tmp/$order.pcapng /tmp/e.pcapng)"
	is "$order: mergecap" "$wanted" "$(tried mergecap -w /tmp/m.pcapng /tmp/$order.pcapng /tmp/$order.pcapng)"
	is "$order: reordercap" "$wanted" "$(tried reordercap /tmp/$order.pcapng /tmp/r.pcapng)"
done
verdict
