#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Judges of messages_live_test.sh.

messages_live.py compare LINES JSONL
    Each message of --dump-messages is in the correlator's lines: place, tcp_seq,
    opcode, length, stream and, on one clock, its first and last time.
messages_live.py secrets SECRETS FILE...
    None of the secrets (hexadecimal, one a line) is in a file, as text or bytes.
"""

import collections
import json
import sys

# The two stamps go from one clock to the other, each by a measurement of its own.
CLOCK_NS = 1000000


def number(word):
    return None if word == "-" else int(word)


def read_lines(path):
    """By place and sequence number; several messages may have the same."""
    found = collections.defaultdict(list)
    for line in open(path, encoding="ascii"):
        words = line.rstrip("\n").split("\t")
        key = tuple(number(words[column]) for column in (6, 7, 8))
        found[key].append(words)
    return found


def differences(words, row):
    wanted = (number(words[9]), number(words[10]), None if words[11] == "-" else words[11])
    got = (row["opcode"], row["payload_bytes"], row["stream"])
    if wanted != got:
        yield f"{wanted} in the file, {got} here"
    span = number(words[0]) - number(words[1])
    if abs(span - (row["nic_ns"] - row["nic_first_ns"])) > CLOCK_NS:
        yield f"{span} ns from first to last byte in the file"


def compare(lines_path, jsonl_path):
    lines = read_lines(lines_path)
    wrong = count = 0
    for text in open(jsonl_path, encoding="ascii"):
        row = json.loads(text)
        same = lines.get((row["start"], row["end"], row["tcp_seq"]), [])
        count += 1
        if not same:
            wrong += 1
            print(f"message {row['seq']}: not in the file")
            continue
        for text in differences(same.pop(0), row):
            wrong += 1
            print(f"message {row['seq']}: {text}")
    left = sum(len(rest) for rest in lines.values())
    print(f"{count} messages, {wrong} disagreements, {left} missing")
    return 0 if count and not wrong and not left else 1


def secrets(secrets_path, paths):
    words = [line.strip() for line in open(secrets_path, encoding="ascii") if line.strip()]
    found = 0
    for path in paths:
        data = open(path, "rb").read()
        for word in words:
            for form in (word.encode(), word.upper().encode(), bytes.fromhex(word)):
                if form in data:
                    found += 1
                    print(f"{path}: has a secret")
    print(f"{len(words)} secrets, {len(paths)} files, {found} found")
    return 0 if words and not found else 1


if __name__ == "__main__":
    if sys.argv[1] == "compare":
        sys.exit(compare(sys.argv[2], sys.argv[3]))
    sys.exit(secrets(sys.argv[2], sys.argv[3:]))
