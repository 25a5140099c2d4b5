# SPDX-License-Identifier: BSD-2-Clause
# check_embedded.py MESSAGES.JSONL NAME [PERCENT]: of the embedded run, that the stages of every exact message
# add up to NIC->Kernel, and of how many each is told; all five of PERCENT (90) at least.
import json
import sys
from collections import Counter

STAGES = ["hole_ns", "nic_queue_ns", "queue_ready_ns", "ready_running_ns", "running_read_ns"]


def adds_up(message):
    return sum(message[stage] or 0 for stage in STAGES) + message["untold_ns"] == message["nic_kernel_ns"]


def main():
    with open(sys.argv[1], encoding="utf-8") as lines:
        exact = [message for message in map(json.loads, lines) if message["class"] == "exact"]
    whole = [message for message in exact if message["untold"] == "none"]
    wrong = [message for message in exact if not adds_up(message)]
    early = [message for message in exact if any((message[stage] or 0) < 0 for stage in STAGES)]
    for stage in STAGES:
        told = [message[stage] for message in exact if message[stage] is not None]
        print(f"     {sys.argv[2]}: {stage} told of {len(told)} of {len(exact)}, "
              f"mean {sum(told) / max(1, len(told)) / 1000:.1f} us")
    print(f"     {sys.argv[2]}: untold {dict(Counter(m['untold'] for m in exact))}, "
          f"wait {dict(Counter(m['wait'] for m in exact))}; below zero: {len(early)}")
    least = int(sys.argv[3]) if len(sys.argv) > 3 else 90
    is_right = exact and not wrong and len(whole) * 100 >= least * len(exact)
    print(f"{'ok  ' if is_right else 'FAIL'} {sys.argv[2]}: the stages of {len(exact) - len(wrong)} of {len(exact)} "
          f"exact messages add up, all are told of {len(whole)}")
    sys.exit(not is_right)


main()
