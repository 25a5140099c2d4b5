#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""compare.py COUNT (RECORDING STDERR) (RECORDING STDERR): the reads of each socket, one by one.

What event_correlator --record wrote of two loaders' buses must hold the same reads (socket, base,
start, size, thread), COUNT of them at least.  On a preemptible kernel a loader may miss reads of which
the kernel skipped its programs, or which another reader contested: no more than it counts, as its
last words (STDERR) say.
"""
import collections
import re
import struct
import sys

HEADER_BYTES = 64
HEAD = struct.Struct("<BBHI")  # kind, lane, payload bytes, check
READ = struct.Struct("<QQBBBBIQQQII")  # struct prof_event of a read
KIND_EVENT, EVENT_READ, FLAG_BLOCKED = 1, 2, 8


class Told:
    """What one loader has told: by (socket, flow, base) its reads by their start."""

    def __init__(self, recording, words):
        self.reads = collections.defaultdict(dict)
        with open(recording, "rb") as file:
            if not file.read(HEADER_BYTES).startswith(b"WSLREC\r\n"):
                sys.exit(f"FAIL: {recording} is not a recording")
            while len(head := file.read(HEAD.size)) == HEAD.size:
                kind, _, size_bytes, _ = HEAD.unpack(head)
                payload = file.read(size_bytes)
                if kind == KIND_EVENT:
                    self.take(payload)
        lost = re.findall(r"^ebpf_loader: lost: (.*)$", open(words).read(), re.M)[-1]
        self.may_miss = sum(int(re.search(f"{name} (\\d+)", lost).group(1))
                            for name in ("contested", "skipped while preempted"))

    def take(self, payload):
        (_, cookie, what, _, _, flags, base, _, flow, start, size, tid) = READ.unpack_from(payload)
        if what == EVENT_READ:
            self.reads[cookie, flow, base][start] = (size, tid, flags & FLAG_BLOCKED)


def main():
    told = [Told(*sys.argv[i:i + 2]) for i in (2, 4)]
    compared = different = waited = 0
    missed = [0, 0]
    for socket in sorted(told[0].reads.keys() | told[1].reads.keys()):
        one, other = (t.reads.get(socket, {}) for t in told)
        for start in sorted(one.keys() | other.keys()):
            pair = (one.get(start), other.get(start))
            compared += 1
            if None not in pair and pair[0][:2] == pair[1][:2]:
                waited += pair[0][2] != pair[1][2]
                continue
            # Whoever has none has missed it; who has a longer one saw only where several ended.
            sizes = [p[0] if p else float("inf") for p in pair]
            loser = None if sizes[0] == sizes[1] else sizes.index(max(sizes))
            if loser is None:
                different += 1
                if different <= 5:
                    print(f"socket {socket[0]:x}, {start}: {pair[0]} and {pair[1]}")
            else:
                missed[loser] += 1
    print(f"{compared} reads of {len(told[0].reads | told[1].reads)} sockets compared, {different} differences"
          f" ({waited} where a byte came between the two probes' entries); missed by each:"
          f" {missed[0]} of at most {told[0].may_miss}, {missed[1]} of at most {told[1].may_miss}")
    sys.exit(1 if different or compared < int(sys.argv[1]) or any(m > t.may_miss for m, t in zip(missed, told)) else 0)


main()
