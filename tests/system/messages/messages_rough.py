#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Makes of a capture one of a path that loses and reorders.

messages_rough.py IN.pcap OUT.pcap SERVER-PORT [SEED]

Of the server's frames 5 % come up to 8 frames later, 1 % much later, as a
retransmission would, and 1 % twice; but none later than what the client says
next, because that may answer it.  Acknowledgements without payload are left
out: on such a path they would have been others.  The stamps stay in order: it is
what came at each that changes.
"""

import random
import struct
import sys


def main():
    path, out, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
    chance = random.Random(int(sys.argv[4]) if len(sys.argv) > 4 else 1)
    with open(path, "rb") as file:
        head = file.read(24)
        packets = []
        while len(header := file.read(16)) == 16:
            size = struct.unpack("<8xI4x", header)[0]
            packets.append((header, file.read(size)))

    def is_server(data):
        ip = 14
        tcp = ip + (40 if data[ip] >> 4 == 6 else 4 * (data[ip] & 15))
        return int.from_bytes(data[tcp:tcp + 2], "big") == port and not data[tcp + 13] & 2

    def has_payload(data):
        ip = 14
        is_ipv6 = data[ip] >> 4 == 6
        tcp = ip + (40 if is_ipv6 else 4 * (data[ip] & 15))
        end = (ip + 40 + int.from_bytes(data[ip + 4:ip + 6], "big") if is_ipv6
               else ip + int.from_bytes(data[ip + 2:ip + 4], "big"))
        return end > tcp + 4 * (data[tcp + 12] >> 4)

    # Behind each frame: the next one of a client that says something.
    answers, answer = [], len(packets)
    for number in range(len(packets) - 1, -1, -1):
        answers.append(answer)
        if not is_server(packets[number][1]) and has_payload(packets[number][1]):
            answer = number
    answers.reverse()

    def is_bare_ack(data):
        tcp = 14 + (40 if data[14] >> 4 == 6 else 4 * (data[14] & 15))
        return not is_server(data) and not has_payload(data) and not data[tcp + 13] & 7

    ranked = []
    late = twice = 0
    for number, (header, data) in enumerate(packets):
        if is_bare_ack(data):
            continue
        rank = number
        dice = chance.random()
        if number > 10 and is_server(data):
            if dice < 0.06:
                rank += chance.randint(1, 8) if dice < 0.05 else chance.randint(20, 60)
                rank = min(rank + 0.5, answers[number] - 0.5)
                late += 1
            elif dice < 0.07:
                ranked.append((number + chance.randint(1, 40) + 0.25, number))
                twice += 1
        ranked.append((rank, number))
    ranked.sort()
    stamps = [header[:8] for header, _ in packets]
    with open(out, "wb") as file:
        file.write(head)
        for place, (_, number) in enumerate(ranked):
            header, data = packets[number]
            stamp = stamps[min(place, len(stamps) - 1)]
            file.write(stamp + header[8:] + data)
    print(f"{late} of {len(packets)} frames late, {twice} twice")


main()
