#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""CLOCK_REALTIME minus CLOCK_MONOTONIC, as exactly as it can be had: tcpdump's
stamps are the one, ours the other."""
import time


def offset_ns():
    def pair():
        before = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
        wall = time.clock_gettime_ns(time.CLOCK_REALTIME)
        after = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
        return after - before, wall - (before + after) // 2
    return min(pair() for _ in range(1000))[1]


if __name__ == "__main__":
    print(offset_ns())
