#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Adds up the payload of a dump by flow and direction.

usage: capture_spans.py DUMP SERVICE_PORT

For the direction from the port with the most payload, prints
"bytes segments gaps": bytes from the first SYN's successor to the last byte
seen, segments with payload, and stretches of the stream that no segment covered.
"""
import collections
import sys

flows = collections.defaultdict(list)
begins = {}
for line in open(sys.argv[1]):
    _, src, src_port, dst, dst_port, seq, size = line.rstrip("\n").split("\t")
    if sys.argv[2] not in (src_port, dst_port):
        continue
    key = (src, src_port, dst, dst_port)
    if key not in begins:
        begins[key] = int(seq) + 1  # the first segment of a connection is its SYN
    if size != "0":
        flows[key].append(((int(seq) - begins[key]) & 0xFFFFFFFF, int(size)))

best, total = None, -1
for key, segments in flows.items():
    size = sum(segment[1] for segment in segments)
    if size > total:
        best, total = key, size
# Unwrap in the order of arrival: no reordering comes near half the number space.
spans = []
high = 0
for offset, size in flows[best]:
    offset += (high - offset + (1 << 31)) >> 32 << 32
    spans.append((offset, offset + size))
    high = max(high, offset + size)
spans.sort()
covered = gaps = 0
for begin, end in spans:
    if begin > covered:
        gaps += 1
    covered = max(covered, end)
print(covered, len(spans), gaps)
