#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Holds the lines of dpdk_capture --dump-messages against tshark's decryption.

messages_oracle.py --pcap FILE --port N [--keylog FILE | --plain] --lines FILE

Each message of each connection that the server of that port sent: start, end,
tcp_seq, and first and last time, and that there are as many.  Prints
"N messages, N connections, N disagreements" and exits 1 unless it is 0 of
more than 0.
"""

import argparse
import collections
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "oracle"))
from messages import read_truth  # noqa: E402
from wire import fields_of  # noqa: E402

SHOWN_MAX = 5


def read_lines(path, port):
    """The lines of each connection, by the client's address and port."""
    lines = collections.defaultdict(list)
    with open(path, encoding="ascii") as file:
        for line in file:
            words = line.rstrip("\n").split("\t")
            if len(words) != 13:
                raise SystemExit(f"not 13 columns: {line!r}")
            if int(words[2 + 1]) == port:
                lines[(words[4], int(words[5]))].append(words)
    return lines


def clients(args):
    """The client's end of each of tshark's streams."""
    found = {}
    fields = ("tcp.stream", "ip.dst", "ipv6.dst", "tcp.dstport")
    for stream, ipv4, ipv6, port in fields_of(args, args.pcap, fields,
                                              f"tcp.srcport=={args.port}"):
        found[int(stream)] = (ipv4 or ipv6, int(port))
    return found


def compare(truth, lines):
    """Yields a text for each disagreement of one connection."""
    if len(truth) != len(lines):
        yield f"{len(truth)} messages, {len(lines)} lines"
    for number, (message, words) in enumerate(zip(truth, lines)):
        wanted = (message.last.time_ns, message.first.time_ns, message.start, message.end,
                  message.tcp_seq)
        got = tuple(int(words[column]) if words[column] != "-" else None
                    for column in (0, 1, 6, 7, 8))
        if wanted != got:
            yield f"message {number}: tshark {wanted}, we {got}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--pcap", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--keylog", default="")
    parser.add_argument("--plain", action="store_true")
    parser.add_argument("--lines", required=True)
    args = parser.parse_args()
    args.before = 0  # bytes of a proxy's
    _, _, truths = read_truth(args)
    ends = clients(args)
    lines = read_lines(args.lines, args.port)
    message_count = wrong_count = 0
    for number, truth in sorted(truths.items()):
        message_count += len(truth)
        for text in compare(truth, lines.pop(ends[number], [])):
            wrong_count += 1
            if wrong_count <= SHOWN_MAX:
                print(f"stream {number}: {text}")
    for end, rest in lines.items():
        wrong_count += len(rest)
        print(f"{end}: {len(rest)} lines of a connection that tshark does not have")
    print(f"{message_count} messages, {len(truths)} connections, {wrong_count} disagreements")
    return 0 if message_count and not wrong_count else 1


if __name__ == "__main__":
    sys.exit(main())
