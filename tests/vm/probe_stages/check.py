# SPDX-License-Identifier: BSD-2-Clause
# check.py DIR RUN...: what the runs of run.sh in DIR say.  Of each, that the stages of
# every message add up and how many are told; of a disturbed one, where the added time is.
import json
import os
import sys
from collections import Counter

STAGES = ["hole_ns", "nic_queue_ns", "queue_ready_ns", "ready_running_ns", "running_read_ns"]
# Whose stage the added time of a cause belongs in.
GUILTY = {"hog": "ready_running_ns", "stop": "running_read_ns", "hole": "hole_ns"}
failures = 0


def expect(words, is_true):
    global failures
    print(("ok   " if is_true else "FAIL ") + words)
    failures += not is_true


def messages_of(folder, run):
    with open(os.path.join(folder, run, "messages.jsonl")) as lines:
        return [json.loads(line) for line in lines]


def adds_up(message):
    return sum(message[stage] or 0 for stage in STAGES) + message["untold_ns"] == message["nic_kernel_ns"]


def mean(messages, key):
    values = [message[key] for message in messages if message[key] is not None]
    return sum(values) / max(1, len(values))


def check_run(run, messages):
    exact = [message for message in messages if message["class"] == "exact"]
    whole = [message for message in exact if message["untold"] == "none"]
    expect(f"{run}: at least 50 exact messages ({len(exact)} of {len(messages)})", len(exact) >= 50)
    expect(f"{run}: the stages of all of them add up", all(map(adds_up, exact)))
    for stage in STAGES:
        told = sum(message[stage] is not None for message in exact)
        print(f"     {run}: {stage} told of {told} of {len(exact)}, mean {mean(exact, stage) / 1000:.0f} us")
    print(f"     {run}: untold: {dict(Counter(m['untold'] for m in exact))}, "
          f"wait: {dict(Counter(m['wait'] for m in exact))}")
    expect(f"{run}: all stages are told of at least 90 % ({len(whole)})", len(whole) * 10 >= len(exact) * 9)
    return whole


def check_cause(run, calm, whole):
    added = mean(whole, "nic_kernel_ns") - mean(calm, "nic_kernel_ns")
    stage = GUILTY[run.split(":")[1]]
    share = (mean(whole, stage) - mean(calm, stage)) / added if added > 0 else 0
    expect(f"{run}: of {added / 1000:.0f} us added a message, {share * 100:.1f} % are in {stage}",
           added > 0 and 0.95 <= share <= 1.05)


def main():
    folder, calm = sys.argv[1], None
    for run in sys.argv[2:]:
        whole = check_run(run, messages_of(folder, run))
        if run.endswith(":none"):
            calm = whole
        elif run.split(":")[1] in GUILTY:
            check_cause(run, calm, whole)
    sys.exit(failures != 0)


main()
