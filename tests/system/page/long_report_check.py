# SPDX-License-Identifier: BSD-2-Clause
"""long_report_check.py PAGE TOLD: every message above the 99.99 % of its minute (TOLD: what
long_recording printed) lies in a stall that the page has a row of."""

import array
import bisect
import collections
import heapq
import json
import re
import sys

MINUTE_NS = 60 * 10**9
SLOWEST_COUNT = 100  # of a minute, more than are above its 99.99 %


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        data = json.loads(re.search(r'id="data">\n(.*?)\n</script>', file.read(), re.S).group(1))
    told = array.array("Q")
    with open(sys.argv[2], "rb") as file:
        told.frombytes(file.read())
    rows = data["rows"]
    column = {name: index for index, name in enumerate(rows["columns"])}
    first_ns = int(rows["first_user_ns"])
    spans = sorted((first_ns + row[column["from_ns"]], first_ns + row[column["to_ns"]]) for row in rows["slowest"])
    begins = [begin for begin, _ in spans]
    counts, slowest = collections.Counter(), collections.defaultdict(list)
    for latency_ns, user_ns in zip(told[::2], told[1::2]):
        minute = (user_ns - first_ns) // MINUTE_NS
        counts[minute] += 1
        if len(slowest[minute]) < SLOWEST_COUNT:
            heapq.heappush(slowest[minute], (latency_ns, user_ns))
        elif latency_ns > slowest[minute][0][0]:
            heapq.heapreplace(slowest[minute], (latency_ns, user_ns))
    above, without = 0, []
    for minute, messages in slowest.items():
        messages.sort(reverse=True)
        rank = counts[minute] // 10000 # so many may be above
        assert rank < SLOWEST_COUNT, counts
        for latency_ns, user_ns in messages[:rank]:
            if latency_ns <= messages[rank][0]:
                continue
            above += 1
            at = bisect.bisect_right(begins, user_ns) - 1
            if not any(end >= user_ns for _, end in spans[max(0, at - 3):at + 1]):
                without.append((latency_ns, user_ns))
    print(f"{len(told) // 2} messages, {len(counts)} minutes, {above} above, {len(spans)} rows, {len(without)} without: {without[:3]}")
    assert data["totals"]["messages"] == len(told) // 2, data["totals"]
    assert above and not without


main()
