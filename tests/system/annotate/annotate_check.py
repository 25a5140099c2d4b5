#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Whether what event_correlator --annotate wrote says in tshark, without any option and
without keys, what the JSON lines of the same run say: every message's comment stands on
the frame in which tshark has that message complete, and the payload is that message's.

usage: annotate_check.py OUT.pcapng MESSAGES.jsonl [--slowest N]
"""
import collections
import json
import os
import re
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "oracle"))
from cut import cut_messages  # noqa: E402

STAGES = {"NIC->User": "total_ns", "NIC->Kernel": "nic_kernel_ns", "Kernel->User": "kernel_user_ns",
          "User->Parsed": "user_parsed_ns", "Recv->User": "recv_user_ns"}
DATA_OPCODES = ("0", "1", "2")
COMMENT = re.compile(r"ws_latency: seq=(\d+) class=(\S+) (.*?)(?: kernel=\S+)?(?: doubt=\S+)? stream=(.*)$")
UNIT = "^"  # in no message of the exchange


def tshark(*arguments):
    done = subprocess.run(["tshark", *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          check=True, env={**os.environ, "SSLKEYLOGFILE": ""})
    return done.stdout.decode("utf-8", "replace")


def read_frames(path):
    """Each frame with WebSocket in it."""
    fields = ("tcp.stream", "tcp.seq_raw", "websocket.fin", "websocket.opcode", "websocket.payload.text",
              "frame.comment", "websocket.mask")
    columns = [word for field in fields for word in ("-e", field)]
    output = tshark("-r", path, "-Y", "websocket", "-T", "fields", "-E", "separator=/t",
                    "-E", f"aggregator={UNIT}", *columns)
    for line in output.splitlines():
        cells = [cell.split(UNIT) if cell else [] for cell in line.split("\t")]
        yield dict(zip(fields, cells))


def read_payloads(path, stream):
    """The server's messages of a connection, in order, out of the bytes that tshark decrypts."""
    for kind in ("tls", "tcp"):
        halves = {False: b"", True: b""}
        for line in tshark("-r", path, "-q", "-z", f"follow,{kind},raw,{stream}").splitlines():
            if re.fullmatch(r"\t?[0-9a-f]+", line):
                halves[line.startswith("\t")] += bytes.fromhex(line.strip())
        for data in halves.values():
            if b"HTTP/1.1 101" in data:
                return cut_messages(data[data.index(b"HTTP/1.1 101"):])
    return []


def ends_in(frame):
    return sum(fin in ("1", "True") and opcode in DATA_OPCODES
               for fin, opcode in zip(frame["websocket.fin"], frame["websocket.opcode"]))


def check_comment(comment, fact, complain):
    _, class_name, stages, stream = COMMENT.match(comment).groups()
    said = dict(re.findall(r"(\S[^=]*)=(-?\d+)ns", stages))
    if class_name != fact["class"] or stream != (fact["stream"] or ""):
        complain(f"{comment}: the line says {fact['class']} {fact['stream']}")
    for words, key in STAGES.items():
        wanted = None if fact[key] is None else str(fact[key])
        if said.get(words) != wanted:
            complain(f"seq {fact['seq']}: {words} {said.get(words)}, the line says {wanted}")


def is_of_sbe(payload, fact):
    """In SBE each event begins with its time in us, behind a head of four numbers of 16 bits."""
    _, template, schema, _, event_us = struct.unpack_from("<HHHHq", payload)
    if schema != 1 or template < 10000:
        return False
    return fact["exchange_us"] is None or abs(fact["user_wall_ns"] // 1000 - event_us - fact["exchange_us"]) <= 1


def is_of(text, fact):
    """The exchange's own stamp in a payload is what the line's exchange_ms was made of."""
    if isinstance(text, bytes) and text[1:2] == b"\0":  # no text has that
        return is_of_sbe(text, fact)
    try:
        message = json.loads(text)
    except ValueError:
        return False
    if fact["stream"] and message.get("stream") != fact["stream"]:
        return False
    event_ms = message.get("data", {}).get("E")
    return event_ms is None or fact["exchange_ms"] is None or \
        abs(fact["user_wall_ns"] // 1_000_000 - event_ms - fact["exchange_ms"]) <= 1


class Check:
    def __init__(self, facts):
        self.wanted_count = len(facts)
        self.left = {fact["seq"]: fact for fact in facts}
        self.problems = []
        self.order = collections.defaultdict(list)  # of each connection: its messages' facts
        self.without_line = collections.defaultdict(list)
        self.shown_count = self.shared_count = self.payload_count = 0

    def take(self, frame, is_all):
        comments = [COMMENT.match(comment) for comment in frame["frame.comment"]]
        comments = [comment for comment in comments if comment]
        ends = 0 if "1" in frame["websocket.mask"] or "True" in frame["websocket.mask"] else ends_in(frame)
        what = f"{len(comments)} comments on a frame in which {ends} messages end"
        stream = frame["tcp.stream"][0]
        if len(comments) > ends:
            self.problems.append(what)
        # What came when the client had left is in no line: only lines behind it make it a fault.
        if comments:
            self.problems += self.without_line.pop(stream, [])
        if is_all and len(comments) < ends:
            self.without_line[stream].append(what)
        self.shared_count += len(comments) > 1
        for comment in comments:
            fact = self.left.pop(int(comment.group(1)), None)
            if fact is None:
                self.problems.append(f"nobody's: {comment.group(0)}")
                continue
            check_comment(comment.group(0), fact, self.problems.append)
            if int(frame["tcp.seq_raw"][0]) != fact["tcp_seq"]:
                self.problems.append(f"seq {fact['seq']}: on {frame['tcp.seq_raw']}, not {fact['tcp_seq']}")
            self.shown_count += any(is_of(text, fact) for text in frame["websocket.payload.text"])
            self.order[frame["tcp.stream"][0]].append(fact)

    def compare_payloads(self, path):
        for stream, facts in self.order.items():
            payloads = read_payloads(path, stream)
            if len(payloads) < len(facts):
                self.problems.append(f"stream {stream}: {len(payloads)} payloads, {len(facts)} comments")
            for payload, fact in zip(payloads, facts):
                self.payload_count += 1
                if not is_of(payload, fact):
                    self.problems.append(f"seq {fact['seq']}: not its payload: {payload[:60]}")


def main():
    path, jsonl = sys.argv[1:3]
    slowest = int(sys.argv[4]) if len(sys.argv) > 4 else None
    facts = [json.loads(line) for line in open(jsonl, encoding="utf-8")]
    if slowest is not None:
        facts = sorted(facts, key=lambda fact: (-fact["total_ns"], fact["seq"]))[:slowest]
    check = Check(facts)
    for frame in read_frames(path):
        check.take(frame, slowest is None)
    if slowest is None:
        check.compare_payloads(path)
    check.problems += [f"seq {seq}: no frame has its comment" for seq in check.left]
    print(f"annotate: {check.wanted_count - len(check.left)} of {check.wanted_count} comments on their frames "
          f"({check.shared_count} with several), {check.payload_count} payloads are the right ones, of "
          f"{check.shown_count} tshark shows the whole text beside the comment")
    for problem in check.problems[:10]:
        print(f"  WRONG {problem}")
    return bool(check.problems) or check.wanted_count < (slowest or 100)


if __name__ == "__main__":
    sys.exit(main())
