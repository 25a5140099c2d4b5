#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes capture files as others write them, and beside each FILE what is to be read of it.

usage: capture_files.py FOLDER

FILE.want has the lines that `dpdk_capture --dump` must print; FILE.status its exit status.
"""
import ctypes
import ctypes.util
import gzip
import lzma
import struct
import sys

ETHER = bytes.fromhex("020000000002020000000001")
MARK = bytes.fromhex("0200000000010000")
TYPE = {4: 0x0800, 6: 0x86DD}
LINKS = {
    # name: (LINKTYPE, what stands before an IP header of that version)
    "ethernet": (1, lambda v: ETHER + struct.pack(">H", TYPE[v])),
    "tagged": (1, lambda v: ETHER + struct.pack(">HHHHH", 0x88A8, 7, 0x8100, 9, TYPE[v])),
    "null": (0, lambda v: struct.pack("<I", {4: 2, 6: 30}[v])),
    "null_be": (0, lambda v: struct.pack(">I", {4: 2, 6: 28}[v])),
    "loop": (108, lambda v: struct.pack(">I", {4: 2, 6: 24}[v])),
    "raw12": (12, lambda v: b""),
    "raw14": (14, lambda v: b""),
    "raw": (101, lambda v: b""),
    "ipv4": (228, lambda v: b""),
    "ipv6": (229, lambda v: b""),
    "sll": (113, lambda v: struct.pack(">HHH8sH", 0, 1, 6, MARK, TYPE[v])),
    "sll_tagged": (113, lambda v: struct.pack(">HHH8sHHH", 0, 1, 6, MARK, 0x8100, 5, TYPE[v])),
    "sll2": (276, lambda v: struct.pack(">HHIHBB8s", TYPE[v], 0, 2, 1, 0, 6, MARK)),
    "ppp": (9, lambda v: bytes((0xFF, 3, 0, {4: 0x21, 6: 0x57}[v]))),
    "ppp_short": (9, lambda v: bytes(({4: 0x21, 6: 0x57}[v],))),
    "ppp_serial": (50, lambda v: bytes((0xFF, 3, 0, {4: 0x21, 6: 0x57}[v]))),
    "chdlc": (104, lambda v: struct.pack(">HH", 0x0F00, TYPE[v])),
}
START_NS = 1700000000 * 10**9


def segment(number, version):
    """(IP packet, its line behind the time)."""
    size = 100 + number
    tcp = struct.pack(">HHIIBBHHH", 443, 50000, 1000 * number, 1, 5 << 4, 0x18, 65535, 0, 0)
    tcp += bytes([65 + number % 26]) * size
    if version == 4:
        src, dst = "192.0.2.1", "192.0.2.2"
        ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp), number, 0x4000, 64, 6, 0,
                         bytes((192, 0, 2, 1)), bytes((192, 0, 2, 2)))
    else:
        src, dst = "2001:db8::1", "2001:db8::2"
        address = bytes.fromhex("20010db8") + bytes(11)
        ip = struct.pack(">IHBB", 6 << 28, len(tcp), 6, 64) + address + b"\1" + address + b"\2"
    return ip + tcp, f"{src}\t443\t{dst}\t50000\t{1000 * number}\t{size}"


def frames(link, count, first=0, unit_ns=1, snap=None):
    """(time_ns, captured, whole, line) each."""
    out = []
    for number in range(first, first + count):
        version = {"ipv4": 4, "ipv6": 6}.get(link, 4 + 2 * (number % 2))
        packet, line = segment(number, version)
        frame = LINKS[link][1](version) + packet
        time_ns = (START_NS + number * 1000000007) // unit_ns * unit_ns
        out.append((time_ns, frame[:snap], frame, f"{time_ns}\t{line}"))
    return out


def pcap(link, order="<", magic=0xA1B23C4D, count=10):
    unit_ns = 1 if magic == 0xA1B23C4D else 1000
    out = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 262144, LINKS[link][0])
    lines = []
    for time_ns, captured, whole, line in frames(link, count, unit_ns=unit_ns):
        out += struct.pack(order + "IIII", time_ns // 10**9, time_ns % 10**9 // unit_ns, len(captured), len(whole))
        out += struct.pack(order + "IHBB", 2, 0x0800, 0, 0) if magic == 0xA1B2CD34 else b""
        out += captured
        lines.append(line)
    return out, lines


def block(order, kind, body):
    body += bytes(-len(body) % 4)
    return struct.pack(order + "II", kind, len(body) + 12) + body + struct.pack(order + "I", len(body) + 12)


def section(order):
    return block(order, 0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1))


def option(order, code, value):
    return struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)


def interface(order, kind, snap=0, resolution=None, offset_s=None, name=b"eth0"):
    options = option(order, 2, name)
    if resolution is not None:
        options += option(order, 9, bytes((resolution,)))
    if offset_s is not None:
        options += option(order, 14, struct.pack(order + "q", offset_s))
    return block(order, 1, struct.pack(order + "HHI", kind, 0, snap) + options + option(order, 0, b""))


def packet(order, index, ticks, captured, whole, is_obsolete=False):
    head = struct.pack(order + "HH", index, 0) if is_obsolete else struct.pack(order + "I", index)
    head += struct.pack(order + "IIII", ticks >> 32, ticks & 0xFFFFFFFF, len(captured), len(whole))
    return block(order, 2 if is_obsolete else 6, head + captured)


CLOCKS = (
    # how an interface counts: (if_tsresol or None, if_tsoffset or None, ns -> ticks, ticks -> ns)
    (None, None, lambda t: t // 1000, lambda n: n * 1000),
    (9, None, lambda t: t, lambda n: n),
    (0x80 | 20, None, lambda t: (t << 20) // 10**9, lambda n: n * 10**9 >> 20),
    (3, 1600000000, lambda t: t // 10**6 - 1600000000000, lambda n: (n + 1600000000000) * 10**6),
    (0x80 | 33, 1700000000, lambda t: (t - START_NS << 33) // 10**9, lambda n: (n * 10**9 >> 33) + START_NS),
    (12, 1700000000, lambda t: (t - START_NS) * 1000 + 7, lambda n: n // 1000 + START_NS),
)


def many(order, first, is_obsolete=False):
    """A section of six interfaces, each with a link type, a snap length and a clock of its own."""
    kinds = ("ethernet", "raw", "sll2", "tagged", "null", "sll")
    out, lines, all_frames = section(order), [], []
    for index, kind in enumerate(kinds):
        resolution, offset_s, to_ticks, to_ns = CLOCKS[index]
        snap = 96 + 16 * index
        out += interface(order, LINKS[kind][0], snap, resolution, offset_s, b"if%d" % index)
        for number in range(first + index, first + 60, len(kinds)):
            ((time_ns, captured, whole, line),) = frames(kind, 1, number, snap=snap)
            ticks = to_ticks(time_ns)
            line = f"{to_ns(ticks)}\t{line.split(chr(9), 1)[1]}"
            all_frames.append((time_ns, line, packet(order, index, ticks, captured, whole, is_obsolete)))
    for _, line, one in sorted(all_frames):  # as mergecap does
        out += one
        lines.append(line)
    return out + block(order, 5, struct.pack(order + "III", 0, 0, 0)), lines


def zstd(data):
    library = ctypes.CDLL("libzstd.so.1")
    room = ctypes.create_string_buffer(len(data) + 1024)
    library.ZSTD_compress.restype = ctypes.c_size_t
    size = library.ZSTD_compress(room, ctypes.c_size_t(len(room)), data, ctypes.c_size_t(len(data)), 3)
    return room.raw[:size]


def lz4(data):
    library = ctypes.CDLL("liblz4.so.1")
    room = ctypes.create_string_buffer(len(data) + 65536)
    library.LZ4F_compressFrame.restype = ctypes.c_size_t
    size = library.LZ4F_compressFrame(room, ctypes.c_size_t(len(room)), data, ctypes.c_size_t(len(data)), None)
    return room.raw[:size]


def write(name, data, lines, status=0):
    with open(f"{sys.argv[1]}/{name}", "wb") as out:
        out.write(data)
    with open(f"{sys.argv[1]}/{name}.want", "w") as out:
        out.writelines(line + "\n" for line in lines)
    with open(f"{sys.argv[1]}/{name}.status", "w") as out:
        print(status, file=out)


for link in LINKS:
    write(f"link_{link}.pcap", *pcap(link))
for order, name in (("<", "le"), (">", "be")):
    for magic in (0xA1B2C3D4, 0xA1B23C4D, 0xA1B2CD34):
        write(f"{magic:x}_{name}.pcap", *pcap("ethernet", order, magic))
    write(f"many_{name}.pcapng", *many(order, 0))
    write(f"obsolete_{name}.pcapng", *many(order, 0, True))
little, big = many("<", 0), many(">", 60)
both, lines = little[0] + big[0], little[1] + big[1]
write("sections.pcapng", both, lines)
write("sections.pcapng.gz", gzip.compress(both), lines)
write("members.pcapng.gz", gzip.compress(little[0]) + gzip.compress(big[0]), lines)
write("sections.pcapng.zst", zstd(both), lines)
write("frames.pcapng.zst", zstd(little[0]) + zstd(big[0]), lines)
write("sections.pcapng.lz4", lz4(both), lines)
write("sections.pcapng.xz", lzma.compress(both), [], 1)

# What is whole is delivered, and the rest told.
write("cut.pcapng", both[:-100], lines[:-1], 1)
write("cut.pcap", pcap("raw")[0][:-1], pcap("raw")[1][:-1], 1)
write("cut.pcapng.gz", gzip.compress(both)[:-20], None or lines, 1)
write("damaged.pcapng", both[:len(little[0])] + b"\6\0\0\0\7\0\0\0" + both[len(little[0]):], little[1], 1)

# Frames that end within their headers, as a small snap length leaves them.
short = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 30, 101)
short += struct.pack("<IIII", 1, 0, 30, 100) + bytes([0x45, 0, 0, 100, 0, 0, 0x40, 0, 64, 6]) + bytes(20)
write("short.pcap", short, [], 1)

# A link that is not read, among two that are; a frame of no interface; one without a stamp.
wild = block("<", 6, struct.pack("<IIIII", 1, 0, 1, 20, 20) + bytes(20))
lost = block("<", 6, struct.pack("<IIIII", 9, 0, 1, 20, 20) + bytes(20))
((time_ns, captured, whole, line),) = frames("raw", 1, 1)
one = packet("<", 0, time_ns, captured, whole)
start = section("<") + interface("<", 101, resolution=9)
write("wild.pcapng", start + interface("<", 127) + wild + one + wild, [line], 1)
write("lost.pcapng", start + lost + one, [line], 1)
simple = block("<", 3, struct.pack("<I", len(whole)) + captured)
write("simple.pcapng", start + simple + one, ["0\t" + line.split("\t", 1)[1], line])
write("wild.pcap", struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 127), [], 1)
write("empty.pcap", b"", [], 1)
write("unknown.pcap", b"no capture file at all, by any measure", [], 1)
