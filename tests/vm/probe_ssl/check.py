#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""check.py DIR PORT: each line of an SSL_read against tshark's decryption.

bpftrace has counted the calls and their bytes.  tshark decrypts the capture
with the client's key log: so many bytes of the plain text are in that record.
Every call since the loader attached has its line; the line's range ends with
that record and begins where the call before it ended, with nothing but
handshake records in between; tcp_seq is the segment that brought the last byte;
all three layers know it.
"""
import argparse
import collections
import json
import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../system/oracle"))
# pylint: disable=wrong-import-position
from messages import pieces_of
from wire import Arrivals, OracleError, put_in_order, read_bytes, read_dissection, read_frames

CALL_DISTANCE_NS = 100_000_000  # between the two probes of one return, at the very most


def read_wire(args):
    """The only connection's records of application data, its records' bounds, its segments."""
    streams = read_frames(args, "src")
    if len(streams) != 1:
        raise OracleError(f"{len(streams)} connections in the capture, not one")
    (stream,) = streams.values()
    arrivals = Arrivals(stream.frames)
    sent = [Arrivals(other.frames) for other in read_frames(args, "dst").values()]
    with tempfile.TemporaryDirectory() as scratch:
        ordered = os.path.join(scratch, "ordered.pcap")
        originals = put_in_order(args, [arrivals, *sent], ordered)
        read_dissection(args, streams, ordered, originals)
        read_bytes(args, streams, ordered)
    bounds, at = {0}, 0
    for size_bytes, _ in stream.records:
        at += 5 + size_bytes
        bounds.add(at)
    return pieces_of(args, stream), bounds, arrivals


def read_calls(path):
    """(when, bytes) of each call that returned some."""
    with open(path, encoding="utf-8") as file:
        return [tuple(map(int, line.split()[1:])) for line in file if line.startswith("call ")]


def records_of(calls, pieces):
    """For each call the record (index) that its bytes lay in."""
    places, index, left = [], 0, len(pieces[0][0]) if pieces else 0
    for _, size_bytes in calls:
        while not left:
            index += 1
            if index == len(pieces):
                raise OracleError("more bytes read than the capture has")
            left = len(pieces[index][0])
        if size_bytes > left:
            raise OracleError(f"a call of {size_bytes} bytes where a record has {left} left")
        left -= size_bytes
        places.append(index)
    return places


class Judge:
    """Holds lines against records and counts what is wrong."""

    def __init__(self, pieces, bounds, arrivals):
        self.pieces, self.bounds, self.arrivals = pieces, bounds, arrivals
        self.wrong = collections.Counter()

    def say(self, line, what):
        self.wrong[what] += 1
        if self.wrong[what] <= 3:
            print(f"wrong: {what}: {line}")

    def start_of(self, index, before):
        """Where a record's range begins, given the line before it."""
        if before is None:
            return None
        _, last_index = before
        return before[0]["start"] if last_index == index else before[0]["end"]

    def check(self, line, index, call_ns, before):
        _, start, end = self.pieces[index]
        if line["end"] != end:
            self.say(line, f"end: tshark has the record at {start} to {end}")
            return
        wanted = self.start_of(index, before)
        if wanted is not None and line["start"] != wanted:
            self.say(line, f"start: not {wanted}")
        earliest = self.pieces[index - 1][2] if index else 0
        if line["start"] not in self.bounds or not earliest <= line["start"] <= start:
            self.say(line, f"start: more than the record at {start}")
        brought_by = self.arrivals.bringing(end - 1, end)[0].seq
        if line["tcp_seq"] != brought_by:
            self.say(line, f"tcp_seq: not {brought_by}")
        if abs(line["user_ns"] - call_ns) > CALL_DISTANCE_NS:
            self.say(line, f"time: the call returned at {call_ns}")
        if line["class"] not in ("exact", "gro", "last-byte"):
            self.say(line, "a layer is missing")


def judge(args):
    with open(os.path.join(args.dir, "messages.jsonl"), encoding="utf-8") as file:
        lines = sorted(map(json.loads, file), key=lambda line: line["message_index"])
    with open(os.path.join(args.dir, "attached_s"), encoding="utf-8") as file:
        attached_ns = int(float(file.read()) * 1e9) + 10_000_000  # it tells hundredths
    calls = read_calls(os.path.join(args.dir, "bpftrace.out"))
    pieces, bounds, arrivals = read_wire(args)
    places = records_of(calls, pieces)
    due = sum(call_ns >= attached_ns for call_ns, _ in calls)
    early = len(calls) - len(lines)
    verdict = Judge(pieces, bounds, arrivals)
    if len(lines) < due or early < 0:
        print(f"wrong: {len(lines)} lines of {len(calls)} calls, {due} since the loader attached")
        verdict.wrong["count"] += 1
        early = max(early, 0)
    before = None
    for line, index, (call_ns, _) in zip(lines, places[early:], calls[early:]):
        verdict.check(line, index, call_ns, before)
        before = line, index
    if len(lines) < args.minimum:
        print(f"wrong: {len(lines)} lines are no test")
        verdict.wrong["count"] += 1
    classes = collections.Counter(line["class"] for line in lines)
    parts = sum(one == other for one, other in zip(places, places[1:]))
    print(f"{len(lines)} lines, {due} calls of SSL_read since the loader attached, {early} before; "
          f"{parts} read on in a record; {len(pieces)} records decrypted; {dict(classes)}; "
          f"{sum(verdict.wrong.values())} wrong")
    return not verdict.wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dir")
    parser.add_argument("port", type=int)
    parser.add_argument("--minimum", type=int, default=40, help="lines needed")
    args = parser.parse_args()
    args.plain, args.before = False, 0
    args.pcap = os.path.join(args.dir, "capture.pcap")
    args.keylog = os.path.join(args.dir, "keys.log")
    try:
        sys.exit(0 if judge(args) else 1)
    except OracleError as error:
        sys.exit(f"FAIL: {args.dir}: {error}")


main()
