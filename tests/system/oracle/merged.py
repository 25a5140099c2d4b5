#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Where frames are merged on their way: which ones were, and whether any line of class
exact stands on one.  The truth is what the sender's interface, whose offloads are off,
put on the wire.

usage: merged.py SENT.pcap RECORDING MESSAGES.jsonl
"""
import collections
import json
import subprocess
import sys

from recording import EVENT, FLAG_OUTBOUND, HEAD, HEADER_BYTES, KIND_EVENT, SEGMENT

FLAG_MERGED = 2


def read_wire(path):
    """Every (sequence number, payload bytes) that was one segment."""
    rows = subprocess.run(
        ["tshark", "-n", "-r", path, "-o", "tcp.desegment_tcp_streams:FALSE",
         "-o", "tcp.analyze_sequence_numbers:FALSE", "-Y", "tcp.len > 0",
         "-T", "fields", "-e", "tcp.seq_raw", "-e", "tcp.len"],
        check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    return {tuple(map(int, row.split())) for row in rows.splitlines()}


def read_events(path):
    """(sequence number, payload bytes, whether it is called merged) of what came in."""
    with open(path, "rb") as file:
        file.read(HEADER_BYTES)
        while len(head := file.read(HEAD.size)) == HEAD.size:
            kind, _, size_bytes, _ = HEAD.unpack(head)
            payload = file.read(size_bytes)
            if kind != KIND_EVENT:
                continue
            _, _, what, _, _, flags, seq, segment_bytes, _, _ = EVENT.unpack_from(payload)
            if what == SEGMENT and segment_bytes and not flags & FLAG_OUTBOUND:
                yield seq, segment_bytes, bool(flags & FLAG_MERGED)


def main():
    wire = read_wire(sys.argv[1])
    count = collections.Counter()
    merged_at = set()
    for seq, size_bytes, is_called_merged in read_events(sys.argv[2]):
        is_merged = (seq, size_bytes) not in wire
        count["frames"] += 1
        count["merged"] += is_merged
        count["wrong"] += is_merged != is_called_merged
        if is_merged:
            merged_at.add(seq)
    for line in open(sys.argv[3]):
        message = json.loads(line)
        count[message["class"]] += 1
        count["exact on a merged frame"] += message["class"] == "exact" and message["tcp_seq"] in merged_at
    print(f"merged: {count['merged']} of {count['frames']} frames, {count['wrong']} called wrongly; "
          f"lines: {count['exact']} exact, of those {count['exact on a merged frame']} on a merged frame, "
          f"{count['gro']} gro")
    if not wire or count["merged"] < 20:
        sys.exit("FAIL: nothing was merged: this run proves nothing")
    return count["wrong"] > 0 or count["exact on a merged frame"] > 0


sys.exit(main())
