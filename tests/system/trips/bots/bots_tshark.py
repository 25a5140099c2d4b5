# SPDX-License-Identifier: BSD-2-Clause
"""bots_tshark.py OUT PORT: the segments that each order's line names are those in which tshark, which
decrypts what was captured, finds the end of the order, with its id, and of the message that carried
the same `u`.  What it could not read itself is counted, not held against anybody.
"""

import collections
import glob
import json
import subprocess
import sys


def read_with_tshark(out, port):
    """By the sequence number of their last segment: ids and `u` of orders, `u` of messages."""
    keys = f"{out}/all.keys"
    with open(keys, "w") as all_keys:
        for path in glob.glob(f"{out}/*.keys"):
            if path != keys:
                all_keys.write(open(path).read())
    orders, ticks = collections.defaultdict(set), collections.defaultdict(set)
    fields = ["tcp.dstport", "tcp.seq_raw", "websocket.payload.text"]
    lines = subprocess.run(["tshark", "-r", f"{out}/pcap", "-o", f"tls.keylog_file:{keys}", "-d", f"tcp.port=={port},tls",
                            "-o", "tcp.reassemble_out_of_order:TRUE",
                            "-Y", "websocket.opcode==1", "-T", "fields", "-E", "aggregator=|"] +
                           [word for field in fields for word in ("-e", field)],
                           capture_output=True, text=True, check=True).stdout
    for line in lines.splitlines():
        to, seq, texts = line.split("\t")
        for text in texts.split("|"):
            message = json.loads(text)
            if to == port:
                orders[int(seq)].add((message["id"], int(message["params"]["newClientOrderId"])))
            elif "data" in message:
                ticks[int(seq)].add(message["data"]["u"])
    return orders, ticks


def main():
    out, port = sys.argv[1:]
    orders, ticks = read_with_tshark(out, port)
    told = agreed = unread = 0
    for order in map(json.loads, open(f"{out}/trips")):
        if order["what"] != "tick-to-order" or order["left_ns"] is None:
            continue
        told += 1
        carried = [u for number, u in orders[order["order_tcp_seq"]] if number == order["request_id"]]
        if not orders[order["order_tcp_seq"]]:
            unread += 1
        elif order["tick_ns"] is None or any(u in ticks[order["tcp_seq"]] for u in carried):
            agreed += bool(carried)
    print(f"tshark: {told} orders, in the segments told {agreed}, not read by it {unread}, "
          f"disagreed {told - agreed - unread}")
    sys.exit(agreed == 0 or unread * 100 > told or told - agreed - unread > 0)


main()
