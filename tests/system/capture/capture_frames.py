#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes capture files of awkward frames, in every format that is read.

usage: capture_frames.py FOLDER [SEED]

One set of frames goes into usec.pcap, nsec.pcap, swapped.pcap (the other byte
order), one.pcapng and micro.pcapng (another time resolution).  On stdout: how
many frames of each kind that is no segment there are, as "kind count".
"""
import random
import struct
import sys

TAGS = (0x8100, 0x88A8, 0x9100)
TCP, UDP, ICMP = 6, 17, 1
HOP, ROUTING, FRAGMENT, AUTH, DESTINATION = 0, 43, 44, 51, 60


def ethernet(tags, kind, payload):
    head = bytes(rng.randrange(256) & 0xFE for _ in range(12))
    for tag in tags:
        head += struct.pack(">HH", tag, rng.randrange(1, 4095))
    frame = head + struct.pack(">H", kind) + payload
    return frame + bytes(max(0, 60 - len(frame)))


def tcp(payload_bytes, option_words, flags=0x18):
    options = b"\x01" * (option_words * 4)
    if option_words >= 3:
        options = b"\x01\x01\x08\x0a" + bytes(rng.randrange(256) for _ in range(8)) + options[12:]
    return (
        struct.pack(
            ">HHIIBBHHH",
            rng.randrange(20000, 65536),
            rng.choice((443, 9443, 5201)),
            rng.getrandbits(32),
            rng.getrandbits(32) if flags & 0x10 else 0,
            (5 + option_words) << 4,
            flags,
            rng.randrange(65536),
            0,
            0,
        )
        + options
        + rng.randbytes(payload_bytes)
    )


def ipv4(payload, protocol=TCP, option_words=0, fragment=0):
    return (
        struct.pack(
            ">BBHHHBBH4s4s",
            0x45 + option_words,
            0,
            20 + 4 * option_words + len(payload),
            rng.randrange(65536),
            fragment,
            64,
            protocol,
            0,
            bytes((10, rng.randrange(256), 0, 1)),
            bytes((192, 168, rng.randrange(256), 2)),
        )
        + b"\x01" * (4 * option_words)
        + payload
    )


def extension(kind, following, fragment=0):
    if kind == FRAGMENT:
        return struct.pack(">BBHI", following, 0, fragment, rng.getrandbits(32))
    if kind == AUTH:
        words = rng.randrange(1, 5) * 2
        return struct.pack(">BBHII", following, words + 1, 0, 7, 9) + bytes(4 * words)
    if kind == ROUTING:
        return struct.pack(">BBBBI", following, 2, 0, 0, 0) + bytes(16)
    units = rng.randrange(0, 4)
    return struct.pack(">BBBB", following, units, 1, 4 + 8 * units) + bytes(4 + 8 * units)


def ipv6(payload, protocol=TCP, chain=(), fragment=0):
    behind = b""
    for at, kind in enumerate(chain):
        following = chain[at + 1] if at + 1 < len(chain) else protocol
        behind += extension(kind, following, fragment if kind == FRAGMENT else 0)
    behind += payload
    first = chain[0] if chain else protocol
    return (
        struct.pack(">IHBB", 6 << 28 | rng.getrandbits(20), len(behind), first, 64)
        + b"\xfd\x00" + rng.randbytes(13) + b"\x01"
        + b"\xfd\x00" + rng.randbytes(13) + b"\x02"
        + behind
    )


def chains():
    yield ()
    kinds = (HOP, ROUTING, AUTH, DESTINATION, FRAGMENT)
    for first in kinds:
        yield (first,)
        for second in kinds:
            # Hop-by-hop stands first, and there is one fragment header at most.
            if second != HOP and (first, second) != (FRAGMENT, FRAGMENT):
                yield (first, second)
                yield (first, second, DESTINATION)


def make_frames():
    """(kind, frame, captured bytes); kind "" is a segment."""
    for count in range(4):
        for mix in range(3**count):
            tags = [TAGS[mix // 3**i % 3] for i in range(count)]
            yield "", ethernet(tags, 0x0800, ipv4(tcp(rng.randrange(1400), 3))), None
            yield "", ethernet(tags, 0x86DD, ipv6(tcp(rng.randrange(1400), 3))), None
    for ip_words in range(11):
        for tcp_words in range(11):
            size = rng.choice((0, 0, 1, 5, 1460))
            yield "", ethernet((), 0x0800, ipv4(tcp(size, tcp_words), option_words=ip_words)), None
    for chain in chains():
        for size in (0, 1, 700):
            yield "", ethernet((), 0x86DD, ipv6(tcp(size, 0), chain=chain)), None
    for flags in range(256):
        yield "", ethernet((), 0x0800, ipv4(tcp(rng.randrange(3), 0, flags))), None
    for size in (8948, 16000, 65495):  # jumbo, and what GRO makes
        yield "", ethernet((), 0x0800, ipv4(tcp(size, 0))), None
        yield "", ethernet((0x8100,), 0x86DD, ipv6(tcp(size, 0))), None
    for fragment in (0x2000, 0x2001, 0x0001, 0x1FFF):
        yield "fragments", ethernet((), 0x0800, ipv4(tcp(99, 0), fragment=fragment)), None
    for fragment in (1, 8, 9, 0xFFF8):
        yield "fragments", ethernet((), 0x86DD, ipv6(tcp(9, 0), chain=(FRAGMENT,), fragment=fragment)), None
    yield "not_tcp", ethernet((), 0x0800, ipv4(bytes(30), UDP)), None
    yield "not_tcp", ethernet((), 0x86DD, ipv6(bytes(30), UDP, chain=(HOP,))), None
    yield "not_ip", ethernet((), 0x0806, bytes(28)), None
    yield "not_ip", ethernet((), 0x88CC, bytes(40)), None
    # Cut everywhere: from the fixed TCP header on, nothing is missing.
    for tags, ip in ((), ipv4(tcp(1000, 5), option_words=2)), ((0x88A8, 0x8100), ipv6(tcp(1000, 5), chain=(HOP,))):
        kind = 0x0800 if ip[0] >> 4 == 4 else 0x86DD
        frame = ethernet(tags, kind, ip)
        whole = len(frame) - 1000 - 20  # up to the end of the fixed TCP header
        for cut in range(1, len(frame), 1 if len(frame) < 300 else 7):
            yield "" if cut >= whole else "truncated", frame, cut


def stamp(index):
    return 1700000000 * 10**9 + index * 1000003 + rng.randrange(999)


def write_pcap(path, records, order, magic, unit_ns):
    with open(path, "wb") as out:
        out.write(struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 262144, 1))
        for time_ns, frame, cut in records:
            seconds, rest = divmod(time_ns, 10**9)
            out.write(struct.pack(order + "IIII", seconds, rest // unit_ns, len(frame[:cut]), len(frame)))
            out.write(frame[:cut])


def block(kind, body):
    body += bytes(-len(body) % 4)
    size = len(body) + 12
    return struct.pack("<II", kind, size) + body + struct.pack("<I", size)


def write_pcapng(path, records, exponent):
    unit_ns = 10 ** (9 - exponent)
    options = struct.pack("<HHB3x", 9, 1, exponent) + struct.pack("<HH", 0, 0)
    with open(path, "wb") as out:
        out.write(block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)))
        out.write(block(1, struct.pack("<HHI", 1, 0, 262144) + options))
        for time_ns, frame, cut in records:
            ticks = time_ns // unit_ns
            head = struct.pack("<IIIII", 0, ticks >> 32, ticks & 0xFFFFFFFF, len(frame[:cut]), len(frame))
            out.write(block(6, head + frame[:cut]))


folder = sys.argv[1]
rng = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
frames = list(make_frames())
rng.shuffle(frames)
records = [(stamp(at), frame, cut) for at, (_, frame, cut) in enumerate(frames)]
write_pcap(f"{folder}/usec.pcap", records, "<", 0xA1B2C3D4, 1000)
write_pcap(f"{folder}/nsec.pcap", records, "<", 0xA1B23C4D, 1)
write_pcap(f"{folder}/swapped.pcap", records, ">", 0xA1B23C4D, 1)
write_pcapng(f"{folder}/one.pcapng", records, 9)
write_pcapng(f"{folder}/micro.pcapng", records, 6)
for kind in ("fragments", "not_tcp", "not_ip", "truncated"):
    print(kind, sum(1 for frame in frames if frame[0] == kind))
