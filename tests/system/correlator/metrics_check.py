# SPDX-License-Identifier: BSD-2-Clause
"""Compares Prometheus' histogram_quantile() with the percentiles of the closing report.

usage: metrics_check.py PROMETHEUS_URL TIME PAGE SUMMARY

TIME is when to ask for, before the run ended; PAGE is what /metrics served, SUMMARY the report in ns of the same run.
"""
import json
import re
import sys
import urllib.parse
import urllib.request

WORDS = {"total": "NIC->User", "recv_user": "Recv->User", "user_parsed": "User->Parsed",
         "first_last": "First->Last byte"}
QUANTILES = {"0.5": 2, "0.9": 3, "0.99": 4}  # and the column of the report
EXACT_QUANTILES = {**QUANTILES, "0.999": 5, "1.0": 6}


def query(url, time, expression):
    with urllib.request.urlopen(url + "/api/v1/query?" + urllib.parse.urlencode(
            {"query": expression, "time": time}), timeout=10) as answer:
        result = json.load(answer)["data"]["result"]
    return float(result[0]["value"][1]) if result else None


def bucket_of(bounds, seconds):
    return sum(1 for bound in bounds if seconds > bound * (1 + 1e-9))


def main():
    url, time, page, summary = sys.argv[1:]
    bounds = sorted({float(le) for le in re.findall(r'le="([0-9.e-]+)"', open(page).read())})
    rows = open(summary).read().split("=== Percentiles (ns) ===")[1].split("===")[0]
    bad = compared = 0
    for stage, words in WORDS.items():
        row = re.search("^" + re.escape(words) + r" +(\d+) +(.*)$", rows, re.M)
        if not row or row.group(1) == "0":
            continue
        columns = [None, row.group(1)] + row.group(2).split()
        for quantile, column in QUANTILES.items():
            theirs = query(url, time, f'histogram_quantile({quantile}, sum by (le) '
                                f'(ws_latency_stage_seconds_bucket{{stage="{stage}"}}))')
            ours = int(columns[column]) / 1e9
            compared += 1
            apart = None if theirs is None else abs(bucket_of(bounds, theirs) -
                                                    bucket_of(bounds, ours))
            if apart is None or apart > 1:
                bad += 1
            print(f"{stage} {quantile}: Prometheus {theirs} s, report {ours} s, "
                  f"{apart} buckets apart")
        for quantile, column in EXACT_QUANTILES.items():
            theirs = query(url, time, f'ws_latency_stage_minute_seconds{{stage="{stage}",quantile="{quantile}"}}')
            ours = int(columns[column]) / 1e9
            compared += 1
            is_good = theirs is not None and abs(theirs - ours) <= 0.05 * ours
            bad += not is_good
            print(f"{stage} {quantile}: exactly {theirs} s, report {ours} s")
    print(f"{compared} compared, {bad} differ by more than a bucket, or than 5 %")
    sys.exit(1 if bad or compared < 6 else 0)


main()
