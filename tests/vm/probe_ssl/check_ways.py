#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""check_ways.py DIR PORT: each line of ssl_ways' calls against tshark's decryption.

The client has said how many bytes each call returned and on which socket; tshark
says in which record those bytes of the plain text lay.  Every line must name a
call's socket and its record's end, each call once, and begin no later than the
record; what has no line must be counted by the loader.
"""
import argparse
import collections
import json
import os
import re
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../system/oracle"))
# pylint: disable=wrong-import-position
from messages import pieces_of
from wire import (Arrivals, OracleError, fields_of, put_in_order, read_bytes, read_dissection,
                  read_frames)

PRELUDE_BYTES = {"starttls": 1, "fed-starttls": 1}  # of the server's, before TLS
# Ways in which it cannot always be told which record a call opened, or of which socket.
UNSURE = {"parts-ahead", "peek-ahead", "ahead", "fed-ahead", "scattered"}


def drop_prelude(arrivals, stream, prelude_bytes):
    """tshark is to see the stream begin with TLS."""
    for frame in stream.frames:
        if frame.size_bytes and (frame.seq - arrivals.base) & 0xFFFFFFFF < prelude_bytes:
            arrivals.places[frame.number] = None


def read_records(args, ways):
    """For each client port its records of application data: (plain bytes, start, end)."""
    streams = read_frames(args, "src")
    port_of = {int(stream): int(port) for stream, port in
               fields_of(args, args.pcap, ("tcp.stream", "tcp.dstport"), f"tcp.srcport=={args.port}")}
    arrivals = {number: Arrivals(stream.frames) for number, stream in streams.items()}
    sent = {number: Arrivals(stream.frames) for number, stream in read_frames(args, "dst").items()}
    prelude = {number: PRELUDE_BYTES.get(ways[port_of[number]], 0) for number in streams}
    asked = read_frames(args, "dst")
    for number, stream in streams.items():
        if prelude[number]:
            drop_prelude(arrivals[number], stream, prelude[number])
            drop_prelude(sent[number], asked[number], len("STARTTLS\n"))
    with tempfile.TemporaryDirectory() as scratch:
        ordered = os.path.join(scratch, "ordered.pcap")
        originals = put_in_order(args, [*arrivals.values(), *sent.values()], ordered)
        numbers = {}  # in the copy tshark numbers the streams anew
        for frame, stream, port in fields_of(args, ordered, ("frame.number", "tcp.stream",
                                                             "tcp.dstport"),
                                             f"tcp.srcport=={args.port}"):
            numbers[int(port)] = int(stream)
        ordered_streams = {numbers[port]: streams[number] for number, port in port_of.items()}
        read_dissection(args, ordered_streams, ordered, originals)
        read_bytes(args, ordered_streams, ordered)
    return {port_of[number]: [(len(plain), start + prelude[number], end + prelude[number])
                              for plain, start, end in pieces_of(args, stream)]
            for number, stream in streams.items()}


def read_calls(path):
    """(way, cookie, port, bytes) of each call, by connection and in its order."""
    with open(path, encoding="utf-8") as file:
        words = [line.split() for line in file if line.startswith("call ")]
    return [(way, int(cookie), int(port), int(size)) for _, way, cookie, port, size in words]


def places_of(calls, records):
    """For each call its record."""
    at = collections.defaultdict(lambda: [-1, 0])  # port: index, bytes left
    for way, cookie, port, size_bytes in calls:
        place = at[port]
        while not place[1]:
            place[0] += 1
            if place[0] == len(records[port]):
                raise OracleError(f"{way}: more bytes read than the capture has")
            place[1] = records[port][place[0]][0]
        if size_bytes > place[1]:
            raise OracleError(f"{way}: a call of {size_bytes} bytes where {place[1]} are left")
        place[1] -= size_bytes
        yield way, cookie, records[port][place[0]]


def counted(path):
    """The calls without a line that the loader has counted."""
    with open(path, encoding="utf-8") as file:
        found = re.search(r"SSL_read calls; lost: ring full (\d+), socket not known (\d+), "
                          r"place in the stream not known (\d+)", file.read())
    return sum(map(int, found.groups())) if found else 0


def judge(args):
    calls = read_calls(os.path.join(args.dir, "client.out"))
    ways = {port: way for way, _, port, _ in calls}
    left = collections.defaultdict(list)  # (cookie, end): starts of the records of calls
    way_of, due = {}, collections.Counter()
    for way, cookie, (_, start, end) in places_of(calls, read_records(args, ways)):
        left[cookie, end].append(start)
        way_of[cookie] = way
        due[way] += 1
    right, exact, wrong = collections.Counter(), collections.Counter(), []
    with open(os.path.join(args.dir, "messages.jsonl"), encoding="utf-8") as file:
        for line in map(json.loads, file):
            way, starts = way_of.get(line["cookie"]), left[line["cookie"], line["end"]]
            if not starts or line["start"] > starts.pop():
                wrong.append(line)
                continue
            if (line["return_recv_ns"] or 0) < 0:  # the read had ended by then
                wrong.append(line)
                continue
            right[way] += 1
            exact[way] += line["class"] == "exact"
    for line in wrong[:3]:
        print(f"wrong: {line}")
    poor = [way for way in due if right[way] < due[way] and way not in UNSURE]
    for way in due:
        print(f"{way}: {due[way]} calls, {right[way]} lines right, {exact[way]} of them exact"
              f"{'  too few' if way in poor else ''}")
    missing = sum(due.values()) - sum(right.values())
    told = counted(os.path.join(args.dir, "ebpf_loader.err"))
    print(f"{sum(right.values())} lines right, {len(wrong)} wrong; {missing} calls without one, "
          f"{told} counted")
    return not wrong and not poor and missing == told and right


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dir")
    parser.add_argument("port", type=int)
    args = parser.parse_args()
    args.plain, args.before = False, 0
    args.pcap = os.path.join(args.dir, "capture.pcap")
    args.keylog = os.path.join(args.dir, "keys.log")
    try:
        sys.exit(0 if judge(args) else 1)
    except OracleError as error:
        sys.exit(f"FAIL: {args.dir}: {error}")


main()
