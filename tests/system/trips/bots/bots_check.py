# SPDX-License-Identifier: BSD-2-Clause
"""bots_check.py OUT NAME:ORDERS...: each order of each bot is told, and linked to no other
message than the one whose id the exchange's log and the bot's own say it was for.

The exchange's log has, for each connection, its messages in order, with their ids; the
correlator's has them in order, with the connection's key.
"""

import collections
import json
import sys


def read_sent(path):
    """Connection: ids of its messages of the market, in order."""
    sent = collections.defaultdict(list)
    for line in open(path):
        if line.startswith("#"):
            continue
        connection, _, number = line.split("\t")[:3]
        sent[connection].append(int(number))
    return sent


def main():
    out, bots = sys.argv[1], [word.split(":") for word in sys.argv[2:]]
    sent = read_sent(f"{out}/sent")
    messages = [json.loads(line) for line in open(f"{out}/messages")]
    orders = [order for order in map(json.loads, open(f"{out}/trips")) if order["what"] == "tick-to-order"]
    told = collections.defaultdict(list)
    for message in messages:
        if message["stream"]:
            told[message["cookie"]].append(message)
    # A connection of the log is one of the lines whose messages are as many, or, at the end, fewer.
    market = {}
    ids = {}
    for (_, numbers), (cookie, lines) in zip(sorted(sent.items(), key=lambda item: item[1][0]),
                                             sorted(told.items(), key=lambda item: item[1][0]["seq"])):
        assert len(numbers) >= len(lines), (len(numbers), len(lines))
        for number, line in zip(numbers, lines):
            market[number] = line
            ids[line["seq"]] = number
    bad = 0
    at = 0
    for name, wanted in bots:
        own = dict(map(int, line.split()[:2]) for line in open(f"{out}/{name}.out") if line.strip())
        tids = {int(line.split()[0]): int(line.split()[2]) for line in open(f"{out}/{name}.out") if line.strip()}
        told_orders = orders[at:at + len(own)]
        at += len(own)
        assert len(own) == int(wanted), (name, len(own))
        classes = collections.Counter(order["class"] for order in told_orders)
        wrong = [order for order in told_orders if order["class"] != "ambiguous" and
                 ids.get(order["seq"]) != own[order["request_id"]]]
        thread = [order for order in told_orders if order["thread_seq"]]
        thread_wrong = sum(ids.get(order["thread_seq"]) != own[order["request_id"]] for order in thread)
        whole = sum(order["total_ns"] is not None for order in told_orders)
        acked = sum(order["left_acked_ns"] is not None for order in told_orders)
        answered = sum(order["left_answer_ns"] is not None for order in told_orders)
        threads = sum(order["tid"] == tids[order["request_id"]] for order in told_orders if order["tid"])
        print(f"{name}: {len(told_orders)} of {wanted} orders, {dict(classes)}, wrong links {len(wrong)}; "
              f"tick to order {whole}, acknowledged {acked}, answered {answered}; by thread {len(thread)}, "
              f"of which wrong {thread_wrong}; thread known {sum(order['tid'] is not None for order in told_orders)}, "
              f"the bot's {threads}")
        right = (len(told_orders) == len(own) == len({order["request_id"] for order in told_orders}) and
                 not wrong and classes["id"] == len(own) and whole == len(own) and answered == len(own))
        # What the thread alone says is a promise where there is one thread.
        bad += not right or (name != "pool" and thread_wrong > 0)
    sys.exit(bad != 0 or at != len(orders))


main()
