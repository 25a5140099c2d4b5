# SPDX-License-Identifier: BSD-2-Clause
# check.py DIR RUN...: what each run said of its pings.
import os
import re
import statistics
import sys

folder, runs = sys.argv[1], sys.argv[2:]
SCALE = float(os.environ.get("PING_SCALE", 1))  # as in run.sh
LINE = re.compile(r"^\[ping\] rtt_us=(\d+) us out_us=(-?\d+|n/a) wire_us=(-?\d+|n/a) in_us=(-?\d+|n/a)"
                  r" tcp_seq=(\d+|n/a) answer_tcp_seq=(\d+|n/a)$")
bad = 0


def expect(what, truth):
    global bad
    print(("ok: " if truth else "NOT ok: ") + what)
    bad += not truth


def pings(run):
    found = []
    for line in open(f"{folder}/{run}.out"):
        if line.startswith("[ping]"):
            match = LINE.match(line.rstrip("\n"))
            expect(f"{run}: {line.strip()}", match is not None) if not match else found.append(match.groups())
    return found


medians = {}
for run in runs:
    expect(f"{run}: the run exits 0", open(f"{folder}/{run}.status").read().strip() == "0")
    all_pings = pings(run)
    whole = [[int(field) for field in ping] for ping in all_pings if "n/a" not in ping]
    # The first may come before a layer is there.
    expect(f"{run}: at least 8 pings, taken apart all but two ({len(whole)} of {len(all_pings)})",
           len(whole) >= 8 and len(whole) >= len(all_pings) - 2)
    expect(f"{run}: parts add up to the round trip within 1 us",
           all(abs(ping[0] - sum(ping[1:4])) <= 1 for ping in whole))
    disturbed = whole[2:]  # the culprit comes with the first message
    if disturbed:
        medians[run] = [statistics.median(ping[i] for ping in disturbed) for i in range(4)]
        print(f"{run}: medians in us: rtt {medians[run][0]} out {medians[run][1]} wire {medians[run][2]} "
              f"in {medians[run][3]}")

for run, (rtt, out, wire, back) in medians.items():
    attach, cause = run.split(":")
    if cause == "none" or f"{attach}:none" not in medians:
        continue
    _, usual_out, usual_wire, usual_in = medians[f"{attach}:none"]
    if cause in ("there", "back"):
        expect(f"{run}: {5 * SCALE:.0f} ms more on the wire", 4500 * SCALE <= wire - usual_wire <= 9000 * SCALE)
        expect(f"{run}: and nowhere else", out - usual_out < 2500 * SCALE and back - usual_in < 2500 * SCALE)
    if cause == "hold":
        expect(f"{run}: at least {20 * SCALE:.0f} ms more on the way in", back - usual_in >= 20000 * SCALE)
        expect(f"{run}: {60 * SCALE:.0f} ms on the wire, not more", 59000 * SCALE <= wire - usual_wire <= 70000 * SCALE)
        expect(f"{run}: nothing on the way out", out - usual_out < 2500 * SCALE)
sys.exit(bad != 0)
