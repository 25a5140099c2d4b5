# SPDX-License-Identifier: BSD-2-Clause
"""make FILE COUNT: a capture file of so many TCP segments.
judge NAME EVENTS TRUTH ERR: what was published (capture_drain.c) against what is known (port_clock_shim.c).
"""
import re
import struct
import sys

NIC, POLL = 4, 2  # PROF_STAMP_*
HANDED = 1 << 4  # PROF_FLAG_HANDED


def make(path, count):
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for i in range(count):
            payload = b"x" * 100
            tcp = struct.pack(">HHIIBBHHH", 443, 40000, 1000 + 100 * i, 1, 5 << 4, 0x18, 1000, 0, 0)
            ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 40 + len(payload), i & 0xFFFF, 0, 64, 6, 0,
                             bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2]))
            frame = bytes(12) + b"\x08\x00" + ip + tcp + payload
            file.write(struct.pack("<IIII", i // 1000, i % 1000, len(frame), len(frame)) + frame)


def judge(name, events_path, truth_path, err_path):
    truth = {}
    for line in open(truth_path):
        seq, time_ns, is_stamped = map(int, line.split())
        truth[seq] = (time_ns, is_stamped)
    rows = [tuple(map(int, line.split())) for line in open(events_path)]
    sure = [row for row in rows if row[3] == NIC]
    errors = [(abs(row[0] - truth[row[1]][0]), 1 << row[4]) for row in sure]
    outside = sum(error > within for error, within in errors)
    bare = sum(not is_stamped for _, is_stamped in truth.values())
    said = open(err_path).read()
    counted = {word: int(re.findall(r" %s=(\d+)" % word, said)[-1])
               for word in ("adapter_stamped", "adapter_bare", "adapter_unread", "adapter_stepped", "clock_steps")}
    widths = sorted(within for _, within in errors)
    print("%s: %d segments, %d sure, off by %s ns at most, uncertainty %s ns in the median, %d outside; %r"
          % (name, len(rows), len(sure), max(errors)[0] if errors else "-",
             widths[len(widths) // 2] if widths else "-", outside, counted))
    problems = []
    if outside:
        problems.append("%d outside their uncertainty" % outside)
    if not rows or len(rows) != len(truth):
        problems.append("%d of %d published" % (len(rows), len(truth)))
    if len(sure) != counted["adapter_stamped"] or len(rows) != sum(
            counted[word] for word in ("adapter_stamped", "adapter_bare", "adapter_unread", "adapter_stepped")):
        problems.append("the counters do not add up")
    if counted["adapter_bare"] != bare or any(not truth[row[1]][1] for row in sure):
        problems.append("%d without a stamp, %d counted" % (bare, counted["adapter_bare"]))
    if any(row[3] not in (NIC, POLL) for row in rows):
        problems.append("stamps of no known source")
    # From the wire to the poll; the poll's own stamp has no such distance.
    if any(bool(row[5] & HANDED) != (row[3] == NIC) or (row[5] & HANDED and row[6] < -(1 << row[4])) for row in rows):
        problems.append("a hand-over that cannot be")
    if "step" in name:
        if counted["clock_steps"] < 1 or counted["adapter_stepped"] == 0:
            problems.append("the step was not found")
    elif len(sure) + bare != len(rows):
        problems.append("%d not sure" % (len(rows) - len(sure) - bare))
    if problems:
        sys.exit("%s: %s" % (name, "; ".join(problems)))


if sys.argv[1] == "make":
    make(sys.argv[2], int(sys.argv[3]))
else:
    judge(*sys.argv[2:])
