#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""compare.py RECORDING RECORDING COUNT: the reads of each socket, one by one.

What event_correlator --record wrote of two loaders' buses must hold the same
reads (socket, base, start, size, thread), COUNT of them at least.
"""
import collections
import itertools
import struct
import sys

HEADER_BYTES = 64
HEAD = struct.Struct("<BBHI")  # kind, lane, payload bytes, check
READ = struct.Struct("<QQBBBBIQQQII")  # struct prof_event of a read
KIND_EVENT, EVENT_READ, FLAG_BLOCKED = 1, 2, 8


def reads_of(path):
    """By (socket, flow, base): its reads (start, size, thread, has waited), in order."""
    sockets = collections.defaultdict(list)
    with open(path, "rb") as file:
        if not file.read(HEADER_BYTES).startswith(b"WSLREC\r\n"):
            sys.exit(f"FAIL: {path} is not a recording")
        while len(head := file.read(HEAD.size)) == HEAD.size:
            kind, _, size_bytes, _ = HEAD.unpack(head)
            payload = file.read(size_bytes)
            if kind != KIND_EVENT:
                continue
            (_, cookie, what, _, _, flags, base, _, flow, start, size,
             tid) = READ.unpack_from(payload)
            if what == EVENT_READ:
                sockets[cookie, flow, base].append((start, size, tid, flags & FLAG_BLOCKED))
    return sockets


def main():
    first, second = reads_of(sys.argv[1]), reads_of(sys.argv[2])
    compared = different = waited = 0
    for socket in sorted(first.keys() | second.keys()):
        for one, other in itertools.zip_longest(first.get(socket, ()), second.get(socket, ())):
            compared += 1
            if not one or not other or one[:3] != other[:3]:
                different += 1
                if different <= 5:
                    print(f"socket {socket[0]:x}: {one} and {other}")
            elif one[3] != other[3]:
                waited += 1
    print(f"{compared} reads of {len(first | second)} sockets compared, {different} differences"
          f" ({waited} where a byte came between the two probes' entries)")
    sys.exit(1 if different or compared < int(sys.argv[3]) else 0)


main()
