# SPDX-License-Identifier: BSD-2-Clause
"""observer_figures.py one RATE MODE SENT LINES: percentiles of one run, from the exchange's log and the
correlator's JSON lines; observer_figures.py table FIGURES: medians of the runs, and their ratios."""

import collections
import json
import random
import statistics
import sys

PERCENTILES = (50, 99, 99.9)
SETTLED = 100  # messages of a stream that are not counted: caches are cold, and queues still empty
TARGETS = {50: 1.02, 99: 1.06}


def read_sent(path):
    """CLOCK_MONOTONIC ns of each message of a stream, in order."""
    sent = collections.defaultdict(list)
    for line in open(path):
        fields = line.split("\t")
        if line.startswith("#") or "@" not in fields[1]:
            continue
        sent[fields[1]].append(int(fields[4]))
    return sent


def percentile(values, percent):
    return values[min(len(values) - 1, int(len(values) * percent / 100))]


def one(rate, mode, sent_path, lines_path):
    sent, index, delays, following = read_sent(sent_path), collections.Counter(), [], 0
    for line in open(lines_path):
        message = json.loads(line)
        stream = message["stream"]
        if stream not in sent or not message.get("user_ns"):
            continue
        if message["message_index"] != following:
            sys.exit(f"bench_observer: {rate}/s, {mode}: lost before message {message['message_index']}: "
                     "the run is no good")
        following += 1
        n = index[stream]
        index[stream] += 1
        if n >= SETTLED and n < len(sent[stream]):
            delays.append(message["user_ns"] - sent[stream][n])
    short = sum(len(times) - index[stream] for stream, times in sent.items())
    if not delays or min(delays) < 0 or short > int(rate) / 5 + 20:
        sys.exit(f"bench_observer: {rate}/s, {mode}: {len(delays)} messages, {short} missing: "
                 "the run is no good")
    delays.sort()
    print(rate, mode, *(percentile(delays, p) for p in PERCENTILES))


def interval(ratios, random_of):
    """Of the median, 95 %, by resampling."""
    medians = sorted(statistics.median(random_of.choices(ratios, k=len(ratios))) for _ in range(2000))
    return medians[50], medians[1949]


def table(path):
    runs = collections.defaultdict(lambda: collections.defaultdict(list))
    for line in open(path):
        rate, mode, *values = line.split()
        runs[int(rate)][mode].append([int(value) for value in values])
    random_of = random.Random(1)
    print("messages/s  beside    runs " + " ".join(f"{f'p{p} us':>10} {'ratio':>8} {'95 %':>15}" for p in PERCENTILES))
    last = []
    for rate, modes in sorted(runs.items()):
        for mode, rows in modes.items():
            cells = []
            for i, p in enumerate(PERCENTILES):
                ratios = [row[i] / alone[i] for row, alone in zip(rows, modes["nothing"])]
                low, high = interval(ratios, random_of)
                ratio = statistics.median(ratios)
                cells.append(f"{statistics.median(row[i] for row in rows) / 1000:10.1f} {ratio:8.3f} {low:7.3f}-{high:7.3f}")
                if mode == "all" and p in TARGETS:
                    last.append(f"RATIO observer_p{p}_at_{rate} {ratio:.3f} <= {TARGETS[p]}")
            print(f"{rate:10d}  {mode:8s} {len(rows):5d} " + " ".join(cells))
    print("\n".join(last))


if sys.argv[1] == "one":
    one(*sys.argv[2:])
else:
    table(sys.argv[2])
