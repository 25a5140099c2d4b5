# SPDX-License-Identifier: BSD-2-Clause
"""Holds what event_correlator told of one recording's round trips against each other.

usage: trips_check.py TRIPS.jsonl LINES METRICS

The objects have the fields that scripts depend on, in order, their stretches are the differences of their points and add
up; the [ping] and [request] lines say the same in us; the percentiles of the closing report and the histograms that are
served are those of the values.
"""
import json
import math
import re
import sys

FIELDS = ("what conn cookie request_id start end tcp_seq retransmits answer_tcp_seq tid write_ns call_ns left_ns acked_ns "
          "arrived_ns read_ns answer_ns rtt_ns out_ns wire_ns in_ns write_call_ns call_left_ns arrived_read_ns read_answer_ns "
          "left_acked_ns answer_wall_ns host run").split()
PARTS = {"rtt": ("write", "answer"), "out": ("write", "left"), "wire": ("left", "arrived"), "in": ("arrived", "answer"),
         "write_call": ("write", "call"), "call_left": ("call", "left"), "arrived_read": ("arrived", "read"),
         "read_answer": ("read", "answer"), "left_acked": ("left", "acked")}
SHORT = {"write_call": "call", "call_left": "stack", "arrived_read": "read", "read_answer": "user", "left_acked": "ack"}


def check_object(row):
    assert list(row) == FIELDS, "the contract's fields, in order"
    for part, (begin, end) in PARTS.items():
        begin, end = row[f"{begin}_ns"], row[f"{end}_ns"]
        assert row[f"{part}_ns"] == (None if None in (begin, end) else end - begin), f"{row['request_id']}: {part}"
    if None not in (row["out_ns"], row["wire_ns"], row["in_ns"]):
        assert row["out_ns"] + row["wire_ns"] + row["in_ns"] == row["rtt_ns"]
    assert (row["start"] is None) == (row["end"] is None) and (row["start"] is None or row["start"] < row["end"])
    assert (row["tcp_seq"] is None) == (row["left_ns"] is None) == (row["retransmits"] is None)


def in_us(row):
    """Points are rounded down, not differences: so they add up."""
    since = {name: None if row[f"{name}_ns"] is None else (row[f"{name}_ns"] - row["write_ns"]) // 1000
             for name in ("write", "left", "arrived", "answer")}
    return [None if None in (since[a], since[b]) else since[b] - since[a] for a, b in list(PARTS.values())[:4]]


def check_line(row, line):
    match = re.fullmatch(r"\[(ping|request)\](?: what=(\w+) id=(\d+))? rtt_us=(-?\d+) us out_us=(\S+) wire_us=(\S+) in_us=(\S+)"
                         r" tcp_seq=(\S+) answer_tcp_seq=(\S+)", line)
    assert match, line
    assert row["what"] == (match[2] or "ping") and (match[3] is None or int(match[3]) == row["request_id"])
    told = [None if word == "n/a" else int(word) for word in match.groups()[3:]]
    assert told == in_us(row) + [row["tcp_seq"], row["answer_tcp_seq"]], f"{line}: {in_us(row)}"


def check_report(report, what, part, values):
    row = re.search(rf"^{what} {part} +(.*)$", report, re.M)
    assert row, f"no row {what} {part}"
    cells = row[1].split()
    assert int(cells[0]) == len(values)
    for cell, percent in ((cells[1], 50), (cells[3], 99), (cells[5], 100)):
        exact = values[max(0, math.ceil(percent / 100 * len(values)) - 1)]
        assert exact <= int(cell) <= exact * 1.001 + 1, f"{what} {part}: {cell} where {exact} is"


def check_served(page, what, part, values):
    labels = rf'what="{what}",part="{part}"'
    assert f"ws_latency_trip_seconds_count{{{labels}}} {len(values)}\n" in page, f"{what} {part}: count"
    total = re.search(rf"ws_latency_trip_seconds_sum{{{labels}}} (\S+)", page)
    assert round(float(total[1]) * 1e9) == sum(values), f"{what} {part}: sum"
    for bound, count in re.findall(rf'_bucket{{what="{what}",le="([^"]+)",part="{part}"}} (\d+)', page):
        assert int(count) == sum(value <= round(float(bound) * 1e9) for value in values if bound != "+Inf") or bound == "+Inf"


def main():
    trips, lines, metrics = sys.argv[1:]
    rows = [json.loads(line) for line in open(trips)]
    report, page = open(lines).read(), open(metrics).read()
    told = [line for line in report.splitlines() if line.startswith(("[ping]", "[request]"))]
    assert len(rows) == len(told) and rows, f"{len(rows)} objects, {len(told)} lines"
    for row, line in zip(rows, told):
        check_object(row)
        check_line(row, line)
    checked = 0
    for what in {row["what"] for row in rows}:
        count = sum(row["what"] == what for row in rows)
        assert f'ws_latency_trips_total{{what="{what}"}} {count}\n' in page
        for part in PARTS:
            values = sorted(row[f"{part}_ns"] for row in rows if row["what"] == what and row[f"{part}_ns"] is not None)
            if values and values[0] >= 0:
                check_report(report, what, SHORT.get(part, part), values)
                check_served(page, what, SHORT.get(part, part), values)
                checked += 1
    print(f"{len(rows)} round trips, {checked} distributions")


main()
