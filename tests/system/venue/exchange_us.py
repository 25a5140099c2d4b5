#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The way from the exchange's clock, in every output, against what the messages say.

    exchange_us.py us|ms PRINTED LINES JSONL CSV

PRINTED is what the client printed of each message, in the same order.  Where time is told
in us, each output says the difference from E to the callback, to the us; in ms, none does.
"""
import csv
import json
import re
import sys


def main(unit, printed, lines, jsonl, table):
    with open(printed) as file:
        told = [json.loads(line) for line in file]
    told = [message for message in told if "E" in message.get("data", message)]
    with open(jsonl) as file:
        rows = [json.loads(line) for line in file]
    with open(lines) as file:
        corr = re.findall(r"^\[CORR\] seq=(\d+) .* class=\S+(?: E->User=(-?\d+)us)?$", file.read(), re.M)
    with open(table, newline="") as file:
        cells = list(csv.DictReader(file))
    assert len(rows) == len(corr) == len(cells) == len(told) >= 20, (len(rows), len(corr), len(cells), len(told))
    for message, row, (seq, line_us), cell in zip(told, rows, corr, cells):
        exchange_us = None
        if unit == "us":
            exchange_us = row["user_wall_ns"] // 1000 - message.get("data", message)["E"]
            assert row["exchange_ms"] == int(exchange_us / 1000), row
        assert row["exchange_us"] == exchange_us, (row, message)
        text = "" if exchange_us is None else str(exchange_us)
        assert (int(seq), line_us, cell["exchange_us"]) == (row["seq"], text, text), (seq, line_us, cell, row)
    print("ok: %d messages, each %s in three outputs" % (len(rows), unit))


main(*sys.argv[1:])
