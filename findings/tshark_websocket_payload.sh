#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# tshark 4.0.17 (Debian 12): "-T fields -e websocket.payload" prints "1" for every WebSocket frame that has a
# payload, whatever it is, as the field is of no type there ("tshark -G fields": FT_NONE); of two frames
# in one segment "1,1".  In 4.6.9 (sid) it is of bytes, and prints them.  Only
# websocket.payload.text says the same in both, and only for text.
#
# Expected instead: the payload, or an error, as for a field that does not exist.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
command -v python3 >/dev/null || skip "python3 is not installed"

# A handshake, and one segment with two text frames: "hello", "hi".
python3 - "$work/capture.pcap" <<'PY'
import socket, struct, sys

def total(data):
    data += b"\0" * (len(data) % 2)
    value = sum(struct.unpack(f">{len(data) // 2}H", data))
    while value >> 16:
        value = (value & 0xFFFF) + (value >> 16)
    return ~value & 0xFFFF

def frame(source, target, ports, seq, ack, payload):
    a, b = socket.inet_aton(source), socket.inet_aton(target)
    tcp = struct.pack(">HHIIBBHHH", *ports, seq, ack, 5 << 4, 0x18, 65535, 0, 0) + payload
    tcp = tcp[:16] + struct.pack(">H", total(a + b + struct.pack(">HH", 6, len(tcp)) + tcp)) + tcp[18:]
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp), 1, 0x4000, 64, 6, 0, a, b)
    ip = ip[:10] + struct.pack(">H", total(ip)) + ip[12:]
    return bytes.fromhex("020000000002020000000001" "0800") + ip + tcp

ask = (b"GET / HTTP/1.1\r\nHost: example.org\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
       b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
answer = (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
          b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n")
client, server = ("10.0.0.1", "10.0.0.2", (40000, 80)), ("10.0.0.2", "10.0.0.1", (80, 40000))
frames = [frame(*client, 1, 1, ask), frame(*server, 1, 1 + len(ask), answer),
          frame(*server, 1 + len(answer), 1 + len(ask), b"\x81\x05hello\x81\x02hi")]
with open(sys.argv[1], "wb") as file:
    file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
    for i, data in enumerate(frames):
        file.write(struct.pack("<IIII", 1700000000, i, len(data), len(data)) + data)
PY

# told FIELD: what is printed of it.
told() { in_root tshark -r /tmp/capture.pcap -Y websocket -T fields -e "$1" 2>/dev/null; }

for release in "bookworm tshark=4.0.17-0+deb12u3 FT_NONE 1,1" "sid tshark=4.6.9-1+b1 FT_BYTES 68656c6c6f,6869"; do
	read -r suite package type payload <<<"$release"
	unpack "$suite" "$package"
	cp "$work/capture.pcap" "$work/root/tmp/"
	is "$package: the field's type" "$type" "$(in_root tshark -G fields 2>/dev/null | awk -F'\t' '$3 == "websocket.payload" { print $4 }')"
	is "$package: websocket.payload" "$payload" "$(told websocket.payload)"
	is "$package: websocket.payload.text" "hello,hi" "$(told websocket.payload.text)"
	for mount in proc dev; do umount "$work/root/$mount"; done
	cleanups=()
	rm -rf --one-file-system "$work/root" "$work/apt"
done
verdict
