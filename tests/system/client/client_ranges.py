#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Compares what the client published with what tshark finds in a capture.

  client_ranges.py CAPTURE KEYLOG PORT EVENTS SERVERLOG

For every message: the segment in which it completes, as tshark's own
decryption and reassembly see it, must be the one that holds the byte before
the published end; and the published range must be exactly the TLS records
(or, without TLS, the frames) that the server says it used, whose places are
found in the raw stream of the capture.  Prints one line and exits 1 on any
difference.

A socket's segments can pass two cores, and reach the capture and the client
in another order than they were sent.  tshark loses its way there: it is given
a copy in stream order.
"""
import argparse, os, subprocess, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "oracle"))
from wire import Arrivals, put_in_order, read_frames

capture, keylog, port, events_path, log_path = sys.argv[1:6]
is_tls = keylog != "-"
args = argparse.Namespace(pcap=capture, port=port, keylog=keylog, plain=not is_tls)
halves = [half for side in ("src", "dst") for half in read_frames(args, side).values()]
capture += ".ordered"
put_in_order(args, [Arrivals(half.frames) for half in halves], capture)


def tshark(display, *fields):
    command = ["tshark", "-n", "-r", capture, "-Y", display, "-T", "fields", "-E", "separator=/t"]
    if is_tls:
        # Without -d an ephemeral port that some protocol has claimed decides.
        command += ["-o", "tls.keylog_file:" + keylog, "-d", "tcp.port==%s,tls" % port,
                    "-d", "tls.port==%s,http" % port]
    else:
        command += ["-d", "tcp.port==%s,http" % port]
    for field in fields:
        command += ["-e", field]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [line.split("\t") for line in out.splitlines()]


syn = tshark("tcp.flags.syn==1 && tcp.flags.ack==1 && tcp.srcport==" + port, "tcp.seq_raw")
base = (int(syn[0][0]) + 1) & 0xffffffff

# 1. In which segment does each data message complete?
completing = []
for seq, size, fins, opcodes in tshark("websocket && tcp.srcport==" + port, "tcp.seq_raw",
                                       "tcp.len", "websocket.fin", "websocket.opcode"):
    for fin, opcode in zip(fins.split(","), opcodes.split(",")):
        if fin in ("1", "True") and int(opcode) < 8:
            start = (int(seq) - base) & 0xffffffff
            completing.append((start, start + int(size)))

# 2. The raw stream, put together from the segments.
stream = bytearray()
segments = tshark("tcp.len>0 && tcp.srcport==" + port, "tcp.seq_raw", "tcp.payload")
for seq, payload in segments:
    start, data = (int(seq) - base) & 0xffffffff, bytes.fromhex(payload.replace(":", ""))
    if start > len(stream):
        sys.exit("the capture has a hole at %d" % len(stream))
    stream[start:start + len(data)] = data

log = [tuple(map(int, line.split())) for line in open(log_path)]
expected = []
if is_tls:
    records, at = [], 0
    while at + 5 <= len(stream):
        size = 5 + int.from_bytes(stream[at + 3:at + 5], "big")
        records.append((at, at + size, stream[at]))
        at += size
    data = [(a, b) for a, b, kind in records if kind == 23]
    used = log[-1][1] + 1
    # The data records are the last ones of their kind; a closing alert may follow.
    for skip in range(len(data) - used, -1, -1):
        expected = [(data[skip + a][0], data[skip + b][1]) for a, b, _, _ in log]
        if expected[-1][1] - expected[-1][0] >= log[-1][2]:
            break

events = [line.rstrip("\n").split("\t") for line in open(events_path)]
bad = 0
if not (len(events) == len(log) == len(completing)):
    print("FAIL: %d events, %d sent, %d seen by tshark" % (len(events), len(log), len(completing)))
    sys.exit(1)
for i, event in enumerate(events):
    start, end, flags = int(event[2]), int(event[3]), int(event[7])
    low, high = completing[i]
    if not low <= end - 1 < high:
        bad += 1
        print("message %d: published end %d, tshark's segment [%d, %d)" % (i, end, low, high))
    if is_tls and (start, end) != expected[i]:
        bad += 1
        print("message %d: published [%d, %d), records [%d, %d)" % (i, start, end, *expected[i]))
    if bool(flags & 16) != (log[i][3] > 1) or bool(flags & 32) == is_tls:
        bad += 1
        print("message %d: flags %d, frames %d" % (i, flags, log[i][3]))
    if bad > 20:
        break
print("%d of %d messages agree with tshark%s" % (len(events) - bad, len(events),
      " and with the records" if is_tls else ""))
sys.exit(1 if bad else 0)
