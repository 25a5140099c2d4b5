#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""check.py PCAP PORT JSONL COUNT: each line of an SSL_read against tshark's bytes.

The TLS records of the stream to the client are cut from the bytes tshark
shows; every range must join the one before (or be the same again, for the
rest of a record) and end where a record ends, and tcp_seq must be the segment
that brought that last byte.  COUNT lines at least; exactly with a "=" before.
"""
import json
import subprocess
import sys


def segments(pcap, port):
    """(seq, bytes) of the server's segments of the only connection, and its base."""
    fields = subprocess.run(
        ["tshark", "-n", "-r", pcap, "-Y", f"tcp.srcport == {port}", "-T", "fields",
         "-e", "tcp.flags.syn", "-e", "tcp.seq_raw", "-e", "tcp.payload"],
        capture_output=True, text=True, check=True).stdout.splitlines()
    base, found = None, []
    for line in fields:
        syn, seq, payload = (line.split("\t") + [""])[:3]
        if syn in ("1", "True"):
            base = int(seq) + 1
        elif payload:
            found.append((int(seq), bytes.fromhex(payload)))
    return base, found


def record_ends(base, found):
    """Where each TLS record ends, and which segment first brought each byte."""
    stream, owner = bytearray(), []
    for seq, payload in found:
        at = (seq - base) % 2**32
        if at > len(stream):
            sys.exit("FAIL: the capture has a hole")
        fresh = payload[len(stream) - at:]
        stream += fresh
        owner += [seq] * len(fresh)
    ends, at = set(), 0
    while at + 5 <= len(stream):
        at += 5 + int.from_bytes(stream[at + 3:at + 5], "big")
        ends.add(at)
    return ends, owner


def main():
    pcap, port, jsonl, count = sys.argv[1:5]
    ends, owner = record_ends(*segments(pcap, port))
    lines = [json.loads(line) for line in open(jsonl, encoding="utf-8")]
    wrong = 0
    last = None
    for line in lines:
        joined = last is None or line["start"] == last["end"] or \
            (line["start"], line["end"]) == (last["start"], last["end"])
        in_place = line["end"] in ends
        seq_right = line["tcp_seq"] is None or \
            (in_place and line["end"] <= len(owner) and line["tcp_seq"] == owner[line["end"] - 1])
        if not (joined and in_place and seq_right):
            wrong += 1
            if wrong < 5:
                print("wrong:", line, "joined", joined, "record", in_place, "seq", seq_right)
        last = line
    classes = {}
    for line in lines:
        classes[line["class"]] = classes.get(line["class"], 0) + 1
    exact = count.startswith("=")
    enough = len(lines) == int(count[1:]) if exact else len(lines) >= int(count)
    print(f"{len(lines)} lines, {count} wanted, {wrong} wrong, {classes}")
    sys.exit(0 if enough and not wrong else 1)


main()
