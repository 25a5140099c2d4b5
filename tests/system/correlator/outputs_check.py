# SPDX-License-Identifier: BSD-2-Clause
"""Holds what event_correlator wrote of one recording against each other, line by line.

usage: outputs_check.py JSONL CSV HGRM_PREFIX SCHEMA.sql

The objects have the fields that scripts depend on, in order; the stages of each add up; the rows of the CSV say the same;
the percentiles of each stage are those of its values; the table for ClickHouse has a column for every field.
"""
import csv
import json
import math
import re
import sys

CONTRACT = ("seq conn tcp_seq start end nic_first_ns nic_ns kernel_enter_ns kernel_return_ns user_ns nic_kernel_ns kernel_user_ns "
            "total_ns class segments reads messages_in_record stream exchange_ms").split()
PARTS = ("nic_kernel_ns", "kernel_return_stage_ns", "return_recv_ns", "recv_user_ns")
STAGES = {"total": "total_ns", "nic_kernel": "nic_kernel_ns", "kernel_user": "kernel_user_ns", "recv_user": "recv_user_ns",
          "kernel_return": "kernel_return_stage_ns", "return_recv": "return_recv_ns", "user_parsed": "user_parsed_ns",
          "first_last": "first_last_ns", "hol_wait": "hol_wait_ns", "read_wait": "read_wait_ns",
          "wire_nic": "wire_nic_ns"}


def check_object(row):
    assert list(row)[: len(CONTRACT)] == CONTRACT, "the contract's fields come first, in order"
    if row["total_ns"] is not None:
        known = sum(row[part] for part in PARTS if row[part] is not None)
        assert known + row["residual_ns"] == row["total_ns"], f"message {row['seq']}: its stages do not add up"
        assert row["total_ns"] == row["user_ns"] - row["nic_ns"]
    if row["nic_kernel_ns"] is not None and row["kernel_user_ns"] is not None:
        assert row["nic_kernel_ns"] + row["kernel_user_ns"] == row["total_ns"]
    if row["wire_nic_ns"] is not None:
        assert row["wire_nic_ns"] == row["handed_ns"] - row["nic_ns"] and row["stamp"] == "adapter"
        assert row["wire_nic_uncertainty_ns"] == row["nic_uncertainty_ns"] + 32
    else:
        assert row["handed_ns"] is None and row["wire_nic_uncertainty_ns"] is None
    assert 1 <= row["record_position"] <= row["messages_in_record"]
    assert row["start"] < row["end"] if row["start"] is not None else row["class"] == "user-only" and row["end"] is None
    assert (row["class"] == "last-byte") == (row["doubt_layer"] is not None) == (row["doubt_reason"] != "none")


def check_csv(rows, table):
    assert len(rows) == len(table)
    for row, cells in zip(rows, table):
        for name, cell in cells.items():
            value = "" if row[name] is None else str(row[name])
            assert cell == value, f"message {row['seq']}: {name} is {value} here and {cell} in the CSV"


def check_hgrm(path, values):
    lines = open(path).read().splitlines()
    assert lines[0].split() == ["Value", "Percentile", "TotalCount", "1/(1-Percentile)"] and lines[1] == ""
    table = [line.split() for line in lines[2:] if not line.startswith("#")]
    values = sorted(value for value in values if value is not None and 0 <= value < 1 << 42)
    foot = dict(re.findall(r"([A-Z][A-Za-z ]*?) *= *([\d.]+)", "\n".join(lines[-3:])))
    assert int(foot["Total count"]) == len(values), path
    if not values:
        return
    assert float(foot["Max"]) == values[-1] and abs(float(foot["Mean"]) - sum(values) / len(values)) <= 1
    assert float(table[-1][1]) == 1 and float(table[-1][0]) == values[-1] and int(table[-1][2]) == len(values)
    assert [row[0:2] for row in table] == sorted((row[0:2] for row in table), key=lambda row: (float(row[1]), float(row[0])))
    column = [float(row[0]) for row in table]
    assert column == sorted(column), f"{path}: a row is below the one before it"
    for row in table:
        exact = values[max(0, math.ceil(float(row[1]) * len(values) - 1e-6) - 1)]
        assert exact <= float(row[0]) <= exact * 1.001 + 1, f"{path}: {row} where {exact} is"
        assert int(row[2]) == sum(value <= float(row[0]) for value in values), f"{path}: {row}"


def main():
    jsonl, table, prefix, schema = sys.argv[1:]
    rows = [json.loads(line) for line in open(jsonl)]
    for row in rows:
        check_object(row)
    assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1))
    check_csv(rows, list(csv.DictReader(open(table, newline=""))))
    for stage, field in STAGES.items():
        check_hgrm(f"{prefix}.{stage}.hgrm", [row[field] for row in rows])
    columns = set(re.findall(r"^\s+(\w+)\s+(?:LowCardinality|Nullable|U?Int|Enum|String|Bool|DateTime)", open(schema).read(), re.M))
    assert columns >= set(rows[0]), f"no column for {set(rows[0]) - columns}"
    print(f"{len(rows)} messages, {len(STAGES)} histograms, {len(rows[0])} fields")


main()
