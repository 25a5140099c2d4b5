#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Copies a pcapng file twice: with neighbouring frames swapped and some doubled, and with one
frame of the middle left out.

usage: disorder.py FROM.pcapng DISORDERED.pcapng HOLED.pcapng
"""
import struct
import sys

PACKET = 6


def read_blocks(path):
    data, at = open(path, "rb").read(), 0
    while at < len(data):
        _, size = struct.unpack_from("<II", data, at)
        yield data[at:at + size]
        at += size


blocks = list(read_blocks(sys.argv[1]))
frames = [block for block in blocks if struct.unpack_from("<I", block)[0] == PACKET]
heads = [block for block in blocks if struct.unpack_from("<I", block)[0] != PACKET]
disordered = list(frames)
for at in range(20, len(disordered) - 4, 7):  # behind the handshake
    disordered[at:at + 3] = disordered[at + 2], disordered[at], disordered[at + 1]
for at in range(len(disordered) - 10, 20, -13):
    disordered.insert(at + 5, disordered[at])
open(sys.argv[2], "wb").write(b"".join(heads + disordered))
middle = len(frames) // 2
open(sys.argv[3], "wb").write(b"".join(heads + frames[:middle] + frames[middle + 1:]))
