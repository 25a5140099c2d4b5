#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Compares what the client passed on with what the exchange's log says it sent.

  client_delivered.py complete|prefix LOG PRINTED

Nothing may be doubled.  "complete": everything that was sent, on whichever
connection, was passed on, but for the last 500 ms before the log ends.
"prefix": of each connection everything up to its break was, with no hole.
Prints one line; exits 1 on a difference.
"""
import json, sys

mode, log_path, printed_path = sys.argv[1:4]
conns, times, last_ns = {}, {}, 0
for line in open(log_path):
    if line.startswith("#"):
        continue
    conn, stream, ident, _, time_ns = line.rstrip("\n").split("\t")
    if "@aggTrade" not in stream:
        continue
    conns.setdefault(conn, []).append((stream, int(ident)))
    times[(stream, int(ident))] = int(time_ns)
    last_ns = max(last_ns, int(time_ns))

had, doubled = set(), 0
for line in open(printed_path):
    if not line.startswith("{"):
        continue
    message = json.loads(line)
    if not message.get("stream", "").endswith("@aggTrade"):
        continue
    key = (message["stream"], message["data"]["a"])
    doubled += key in had
    had.add(key)

wrong = []
if mode == "complete":
    wrong = [k for k, t in times.items() if k not in had and t < last_ns - 500_000_000]
else:
    for conn, sent in conns.items():
        flags = [k in had for k in sent]
        if flags != sorted(flags, reverse=True):
            wrong.append("a hole on connection " + conn)
unknown = [k for k in had if k not in times]
print("%d sent on %d connections, %d passed on, %d doubled, %d never sent, wrong: %s"
      % (len(times), len(conns), len(had), doubled, len(unknown), wrong[:3] or "none"))
sys.exit(1 if wrong or doubled or unknown or not had else 0)
