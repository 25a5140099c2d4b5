#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""check.py OUT NAME...: what run.sh left there.

Each message that the clients counted is a line with NIC and kernel stamps: of class
no-user, and of user's, whose SSL_read was seen, exact, in the place read on the wire.
"""

import collections
import json
import re
import sys

LAST_READ = "last read of the thread vs byte range"
WIRE = "message read on the wire vs the user's byte range"

# What a line says of why it is not of the class that it should be.
WHY = ("seq", "stream", "start", "end", "class", "doubt_layer", "doubt_reason", "nic_reason", "kernel_reason",
       "messages_in_record", "record_position", "segments", "reads", "retransmits", "split", "read_wait_ns")


def read_count(out, name):
    return int(open(f"{out}/{name}.out", encoding="ascii").read())


def read_check(out, name):
    text = open(f"{out}/correlator.out", encoding="ascii", errors="replace").read()
    found = re.search(re.escape(name) + r": agreed=(\d+) disagreed=(\d+)", text)
    return tuple(map(int, found.groups())) if found else (0, 0)


def expect(text, is_so):
    print(f"{'ok' if is_so else 'FAIL'}: {text}")
    return is_so


def expect_lines(name, rows, counts, class_name):
    wanted = sum(counts.values())
    classes = dict(collections.Counter(row["class"] for row in rows))
    stamped = sum(bool(row["nic_ns"] and row["kernel_enter_ns"]) for row in rows)
    right = expect(f"{name}: {counts}: {wanted} messages, {len(rows)} lines, {classes}",
                   min(counts.values()) >= 50 and len(rows) == wanted and
                   set(classes) == {class_name})
    for row in rows:
        if row["class"] != class_name:
            print("     " + json.dumps({key: row[key] for key in WHY}))
    return expect(f"{name}: NIC and kernel stamps: {stamped} of {len(rows)}",
                  stamped == len(rows)) and right


def main():
    out, names = sys.argv[1], sys.argv[2:]
    rows = [json.loads(line) for line in open(f"{out}/all.jsonl", encoding="ascii")]
    counts = {name: read_count(out, name) for name in names}
    users = {"user": counts.pop("user")} if "user" in counts else {}
    last, wire = read_check(out, LAST_READ), read_check(out, WIRE)
    right = True
    if counts:
        right &= expect_lines("keys alone", [row for row in rows if not row["user_ns"]], counts,
                              "no-user")
    if users:
        # A call that returned no message, such as HTTP's answer, has a line of its own.
        right &= expect_lines("SSL_read as well",
                              [row for row in rows if row["user_ns"] and row["opcode"] is not None],
                              users, "exact")
        right &= expect(f"read on the wire, agreed and disagreed: {wire}",
                        wire == (users["user"], 0))
        right &= expect(f"last read of the thread, agreed and disagreed: {last}",
                        last[0] > 0 and last[1] == 0)
    return 0 if right else 1


sys.exit(main())
