#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What is left of a capture's messages when a part of its frames is missing.

messages_holes.py CAPTURE-PROGRAM PCAP [KEYLOG] [--cuts N] [--seed N]

The capture is cut off in front at N random places, and once 1 % of its frames
are taken out; copies of what was sent before are left out of all of them, or one
would stand in, with a time of its own, for a frame that is missing.  Every
message that dpdk_capture finds in what is left must be one
that it finds in the whole capture, with the same times, segment, size and
content; ranges must be the same where they are known.  Prints how many of
those that are wholly there were found, and exits 1 if any is wrong.
"""

import argparse
import collections
import os
import random
import struct
import subprocess
import sys
import tempfile


def read_pcap(path):
    with open(path, "rb") as file:
        head = file.read(24)
        packets = []
        while len(header := file.read(16)) == 16:
            size = struct.unpack("<8xI4x", header)[0]
            packets.append(header + file.read(size))
    return head, packets


IP_OFFSETS = {1: 14, 101: 0, 113: 16, 276: 20}  # Ethernet, raw IP, cooked captures
TCP = 6


def place(packet, ip_at):
    """Where a TCP segment's payload lies, or None: nothing of it can be a copy."""
    if len(packet) < ip_at + 60:
        return None
    if packet[ip_at] >> 4 == 4:
        tcp_at = ip_at + (packet[ip_at] & 15) * 4
        end = ip_at + struct.unpack_from(">H", packet, ip_at + 2)[0]
        protocol, addresses = packet[ip_at + 9], packet[ip_at + 12:ip_at + 20]
    else:
        tcp_at = ip_at + 40
        end = tcp_at + struct.unpack_from(">H", packet, ip_at + 4)[0]
        protocol, addresses = packet[ip_at + 6], packet[ip_at + 8:ip_at + 40]
    size = end - tcp_at - (packet[tcp_at + 12] >> 4) * 4 if protocol == TCP else 0
    return (addresses, packet[tcp_at:tcp_at + 8], size) if size > 0 else None


def without_copies(head, packets):
    ip_at = 16 + IP_OFFSETS[struct.unpack_from("<I", head, 20)[0]]
    places = [place(packet, ip_at) for packet in packets]
    seen = set()
    left = []
    for packet, where in zip(packets, places):
        if where is None or where not in seen:
            left.append(packet)
        seen.add(where)
    return left


def write_pcap(path, head, packets):
    with open(path, "wb") as file:
        file.write(head + b"".join(packets))


def messages(args, path):
    """Each line as (what has to be the same, start, end)."""
    command = [args.program, "--pcap", path, "--dump-messages"]
    if args.keylog:
        command += ["--keylog", args.keylog]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          check=False)
    if done.returncode != 0:
        raise SystemExit(f"dpdk_capture: {done.stderr.strip()}")
    lines = [line.split("\t") for line in done.stdout.splitlines()]
    return [(tuple(words[:6] + words[8:]), words[6], words[7]) for words in lines]


def judge(whole, left):
    """How many lines are not among those of the whole capture."""
    known = collections.Counter(key for key, _, _ in whole)
    ranges = collections.defaultdict(set)
    for key, start, end in whole:
        ranges[key].add((start, end))
    wrong = 0
    for key, start, end in left:
        known[key] -= 1
        is_right = known[key] >= 0 and (start == "-" or (start, end) in ranges[key])
        if not is_right:
            wrong += 1
            print(f"wrong: {key} {start} {end}")
    return wrong


def stamp_ns(packet):
    seconds, fraction = struct.unpack("<II", packet[:8])
    return seconds * 1_000_000_000 + fraction


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("pcap")
    parser.add_argument("keylog", nargs="?")
    parser.add_argument("--cuts", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    chance = random.Random(args.seed)
    head, packets = read_pcap(args.pcap)
    packets = without_copies(head, packets)
    wrong = there = found = 0
    with tempfile.TemporaryDirectory() as scratch:
        path = os.path.join(scratch, "left.pcap")
        write_pcap(path, head, packets)
        whole = messages(args, path)
        # In mid connection: behind the handshake, and with something left to find.
        for _ in range(args.cuts):
            at = chance.randrange(20, len(packets) * 9 // 10)
            write_pcap(path, head, packets[at:])
            left = messages(args, path)
            wrong += judge(whole, left)
            begin_ns = stamp_ns(packets[at])
            there += sum(1 for key, _, _ in whole if int(key[1]) >= begin_ns)
            found += len(left)
        print(f"cut in front {args.cuts} times: {found} of {there} messages found, "
              f"{wrong} wrong ({100 * found / max(there, 1):.2f} %)")
        gone = {index for index in range(20, len(packets)) if chance.random() < 0.01}
        write_pcap(path, head, [packet for index, packet in enumerate(packets)
                                if index not in gone])
        left = messages(args, path)
        gone_ns = {stamp_ns(packets[index]) for index in gone}
        torn = sum(1 for key, _, _ in whole if int(key[0]) in gone_ns or int(key[1]) in gone_ns)
        hole_wrong = judge(whole, left)
        there = len(whole) - torn
        print(f"{len(gone)} of {len(packets)} frames taken out: {len(left)} of at most {there} "
              f"messages found, {hole_wrong} wrong ({100 * len(left) / max(there, 1):.2f} %)")
    return 1 if wrong + hole_wrong else 0


if __name__ == "__main__":
    sys.exit(main())
