#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Compares what the client passed on with what the exchange's log says it sent.

  client_delivered.py PRINTED LOG[:TAIL_MS[:BREAK_NS]]...

LOG is one run of the exchange.  Nothing may be doubled, nothing be there that
was never sent, and everything that was sent must have been passed on, except

 - the last TAIL_MS (500) of the log, when the client was stopping;
 - on connections that were open at BREAK_NS (CLOCK_MONOTONIC), when the
   network broke, what was sent from 100 ms before that on;
 - with a TAIL_MS of "fault", which is 500: what came after the 50th message
   of a connection, where the exchange spoilt it and went on sending;
 - with a TAIL_MS of "kill": nothing.  A message that the killed exchange sent
   and could not log any more is not "never sent" if it continues the log.

Of each connection it must be a beginning: no hole.  A message sent on several
connections has arrived if it did on one.  Prints one line; exits 1 on a
difference.
"""
import json, sys

FAULT_AFTER = 50
MARGIN_NS = 100_000_000
STREAM = "@aggTrade"


def read_log(path):
    """Messages and opening times of each connection."""
    conns, opened = {}, {}
    for line in open(path):
        if line.startswith("# conn="):
            conn, event, time_ns = line[len("# conn="):].rstrip("\n").split("\t")
            if event == "open":
                opened[conn] = int(time_ns)
        elif not line.startswith("#"):
            conn, stream, ident, _, time_ns = line.rstrip("\n").split("\t")
            if STREAM in stream:
                conns.setdefault(conn, []).append(((stream, int(ident)), int(time_ns)))
    return conns, opened


def read_printed(path):
    had, doubled = set(), 0
    for line in open(path):
        if not line.startswith("{"):
            continue
        message = json.loads(line)
        if not message.get("stream", "").endswith(STREAM):
            continue
        key = (message["stream"], message["data"]["a"])
        doubled += key in had
        had.add(key)
    return had, doubled


def due(sent, opened_ns, last_ns, tail, break_ns):
    """Those of a connection's messages that must have been passed on."""
    tail_ms = {"fault": 500, "kill": -1}[tail] if tail.isalpha() else int(tail)
    end_ns = last_ns - tail_ms * 1_000_000
    if break_ns and opened_ns < break_ns:
        end_ns = min(end_ns, break_ns - MARGIN_NS)
    spoilt_at = FAULT_AFTER if tail == "fault" else len(sent)
    return [key for key, time_ns in sent[:spoilt_at] if time_ns < end_ns]


had, doubled = read_printed(sys.argv[1])
known, all_due, conn_count, wrong = set(), set(), 0, []
for argument in sys.argv[2:]:
    path, tail, break_ns = argument.split(":") + ["500", "0"][argument.count(":"):]
    conns, opened = read_log(path)
    last_ns = max((t for sent in conns.values() for _, t in sent), default=0)
    for conn, sent in conns.items():
        must = due(sent, opened[conn], last_ns, tail, int(break_ns))
        all_due.update(must)
        conn_count += 1
        wrong += ["connection %s: %s %d lost" % (conn, *key) for key in must if key not in had]
        flags = [key in had for key, _ in sent]
        if flags != sorted(flags, reverse=True):
            wrong.append("connection %s: a hole" % conn)
        known.update(key for key, _ in sent)
    if tail == "kill":
        for stream in {stream for stream, _ in known}:
            ident = max(i for s, i in known if s == stream) + 1
            while (stream, ident) in had:
                known.add((stream, ident))
                ident += 1
wrong += ["%s %d never sent" % key for key in had if key not in known]
print("%d sent on %d connections, %d of them due, %d passed on, %d doubled, wrong: %s"
      % (len(known), conn_count, len(all_due), len(had), doubled, wrong[:3] or "none"))
sys.exit(1 if wrong or doubled or not had or not all_due else 0)
