# SPDX-License-Identifier: BSD-2-Clause
# check.py DIR RUN...: what each run said of its pings.
import glob
import os
import re
import statistics
import sys

from exchange_time import ExchangeTimes

PORT = 9443
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


def usual(whole):
    """The lower quartile: a busy host makes some longer, and none shorter."""
    return [statistics.quantiles([ping[i] for ping in whole], n=4)[0] for i in range(5)]


def on_the_way(ping, exchange):
    """Its parts, and of its time on the wire what the exchange did not take itself."""
    own_us = exchange.us(ping[4], ping[5])
    return ping[:4] + [ping[2] - own_us if own_us is not None else None]


def in_words(figures):
    return " ".join(f"{name} {value:.0f}" for name, value in zip(("rtt", "out", "wire", "in", "wire but for the exchange"), figures))


for run in runs:
    cause = run.split(":")[1]
    expect(f"{run}: the run exits 0", open(f"{folder}/{run}.status").read().strip() == "0")
    all_pings = pings(run)
    calm_count, disturbed_from = (int(open(f"{folder}/{run}.{when}").read()) for when in ("calm", "disturbed"))
    whole = [(index, [int(field) for field in ping]) for index, ping in enumerate(all_pings) if "n/a" not in ping]
    # The first may come before a layer is there.
    expect(f"{run}: at least 20 pings, taken apart all but two ({len(whole)} of {len(all_pings)})",
           len(whole) >= 20 and len(whole) >= len(all_pings) - 2)
    expect(f"{run}: parts add up to the round trip within 1 us",
           all(abs(ping[0] - sum(ping[1:4])) <= 1 for _, ping in whole))
    exchange = ExchangeTimes(glob.glob(f"{folder}/{run}.*.pcap"), PORT)
    whole = [(index, on_the_way(ping, exchange)) for index, ping in whole]
    whole = [(index, ping) for index, ping in whole if ping[4] is not None] # the capture begins later
    calm = [ping for index, ping in whole if index < calm_count][-10:] # the first ones are slow
    disturbed = [ping for index, ping in whole if index > disturbed_from] # not the one that it came upon
    if len(calm) < 8 or len(disturbed) < 8:
        expect(f"{run}: at least 8 pings of calm and 8 with a culprit ({len(calm)}, {len(disturbed)})", False)
        continue
    before, after = usual(calm), usual(disturbed)
    _, out, wire, back, way = (now - then for now, then in zip(after, before))
    print(f"{run}: lower quartiles in us: calm {in_words(before)}; then {in_words(after)}")
    # A ping that comes later meets another exchange: an undisturbed one comes while it sends.  On
    # the way back it has done its part, and the capture, which hears after the delay, cannot tell.
    wire = way if cause == "there" else wire
    if cause in ("there", "back"):
        expect(f"{run}: {5 * SCALE:.0f} ms more on the wire", 4500 * SCALE <= wire <= 9000 * SCALE)
        expect(f"{run}: and nowhere else", out < 2500 * SCALE and back < 2500 * SCALE)
    if cause == "hold":
        expect(f"{run}: at least {20 * SCALE:.0f} ms more on the way in", back >= 20000 * SCALE)
        expect(f"{run}: {60 * SCALE:.0f} ms on the wire, not more", 59000 * SCALE <= wire <= 70000 * SCALE)
        expect(f"{run}: nothing on the way out", out < 2500 * SCALE)
sys.exit(bad != 0)
