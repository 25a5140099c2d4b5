# SPDX-License-Identifier: BSD-2-Clause
"""Compares ClickHouse's exact quantiles with the closing report, by way of the messages.

usage: fleet_check.py MESSAGES_JSONL SUMMARY < PERCENTILES

SUMMARY is the report in ns, PERCENTILES are tab-separated lines: stage, messages,
p50, p90, p99, p99.9, max in ns.  Two definitions of a quantile may name neighbours
in the sorted values; the report's are also up to 0.1 % above (three digits).
"""
import json
import math
import re
import sys

FIELDS = {"total": ("total_ns", "NIC->User"), "recv_user": ("recv_user_ns", "Recv->User"),
          "user_parsed": ("user_parsed_ns", "User->Parsed"),
          "first_last": ("first_last_ns", "First->Last byte"),
          "nic_kernel": ("nic_kernel_ns", "NIC->Kernel"),
          "kernel_user": ("kernel_user_ns", "Kernel->User")}


def main():
    lines = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
    rows = open(sys.argv[2], encoding="utf-8").read().split("=== Percentiles (ns) ===")[1]
    bad = compared = 0
    for row in sys.stdin:
        stage, count, *theirs = row.split("\t")
        if stage not in FIELDS:
            continue
        field, words = FIELDS[stage]
        values = sorted(line[field] for line in lines if line[field] is not None and line[field] >= 0)
        report = re.search("^" + re.escape(words) + r" +(\d+) +(.*)$", rows, re.M)
        ours = report.group(2).split()
        if not int(count) == int(report.group(1)) == len(values):
            print(f"{stage}: {count} messages there, {report.group(1)} here, {len(values)} lines")
            bad += 1
        for quantile, there, here in zip((0.5, 0.9, 0.99, 0.999, 1), map(int, theirs), map(int, ours)):
            rank = math.ceil(quantile * len(values))
            low, high = values[max(0, rank - 2)], values[min(len(values) - 1, rank)]
            is_good = low <= there <= high and low <= here <= high * 1.001 + 1
            compared += 1
            bad += not is_good
            if not is_good or quantile == 0.99:
                print(f"{stage} {quantile}: ClickHouse {there}, report {here}, lines {low}..{high}")
    print(f"{compared} compared, {bad} bad")
    sys.exit(1 if bad or compared < 10 else 0)


main()
