#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Checks every message of a run against a packet capture of it.

tshark, which nobody here wrote, decrypts the capture with the client's key
log and says where the TLS records and the WebSocket messages are.  What
event_correlator wrote with --jsonl must say the same of every message.
"""

import argparse
import collections
import json
import statistics
import sys

from messages import read_truth
from recording import stamps_of
from wire import OracleError, UnreadableError


def read_lines(path):
    """The JSONL file's messages by connection, each in the order it wrote them."""
    connections = collections.OrderedDict()
    with open(path, encoding="utf-8") as file:
        for line in file:
            fact = json.loads(line)
            connections.setdefault((fact["conn"], fact.get("cookie")), []).append(fact)
    for facts in connections.values():
        if all("message_index" in fact for fact in facts):
            facts.sort(key=lambda fact: fact["message_index"])
    return connections


def agreement(facts, messages):
    return sum(fact["end"] == message.end and fact["tcp_seq"] in (None, message.tcp_seq)
               for fact, message in zip(facts, messages))


def pair_up(connections, truths):
    """Each connection of the file with the one of the capture that it resembles most."""
    left = dict(truths)
    for key, facts in connections.items():
        best = max(left, key=lambda number: agreement(facts, left[number]), default=None)
        if best is None:
            raise OracleError(f"connection {key[0]}: not in the capture")
        yield facts, left.pop(best)


class Verdict:
    """What was compared, and what did not agree."""

    def __init__(self):
        self.checked = collections.Counter()
        self.wrong = collections.Counter()
        self.absent = collections.Counter()
        self.examples = []
        self.stamp_error_ns = []
        self.beyond_claim_ns = []
        self.classes = collections.Counter()
        self.line_count = self.unread_count = 0

    def check(self, fact, name, said, truth):
        if said is None:
            self.absent[name] += 1
            return
        self.checked[name] += 1
        if said != truth:
            self.wrong[name] += 1
            if len(self.examples) < 20:
                self.examples.append(f"message {fact['seq']} (connection {fact['conn']}, end "
                                     f"{fact['end']}): {name} {said}, tshark says {truth}")


def compare_message(verdict, fact, message):
    verdict.check(fact, "end", fact["end"], message.end)
    verdict.check(fact, "start", fact["start"], message.start)
    verdict.check(fact, "tcp_seq", fact["tcp_seq"], message.tcp_seq)
    verdict.check(fact, "segments", fact["segments"], message.segments)
    verdict.check(fact, "messages_in_record", fact["messages_in_record"], message.in_record)
    # Two ways to the truth: tshark's dissection, and arithmetic on sequence numbers.
    verdict.check(fact, "oracle itself", message.last.number, message.completed_in)
    verdict.classes[fact["class"]] += 1


def compare_stamps(verdict, pairs, stamps):
    """The NIC's times are those that the NIC layer gave to these very frames."""
    for fact, message in pairs:
        for name, frame in (("nic_first_ns", message.first), ("nic_ns", message.last)):
            if (message.stream, frame.number) in stamps:
                verdict.check(fact, name, fact[name], stamps[message.stream, frame.number])


def measure_stamps(verdict, pairs, offset_ns):
    """How far the NIC layer's stamps are from tcpdump's.

    Not a matter of right or wrong: each packet socket takes a stamp of its own,
    and a busy kernel may be held up between the two, or between a stamp and
    its place in the ring.
    """
    stamps = [(fact, fact["nic_ns"] - message.last.time_ns) for fact, message in pairs
              if fact["nic_ns"] is not None]
    if not stamps:
        return
    if offset_ns is None:
        offset_ns = round(statistics.median(difference for _, difference in stamps))
    for fact, difference in stamps:
        error_ns = abs(difference - offset_ns)
        verdict.stamp_error_ns.append(error_ns)
        if error_ns > fact.get("nic_uncertainty_ns", 0) + 30_000:
            verdict.beyond_claim_ns.append(error_ns - fact["nic_uncertainty_ns"])


def compare(args):
    streams, arrivals, truths = read_truth(args)
    verdict, pairs = Verdict(), []
    for facts, messages in pair_up(read_lines(args.jsonl), truths):
        verdict.line_count += len(facts)
        for fact in facts[len(messages):]:
            verdict.check(fact, "existence", "a message", "none")
        pairs += zip(facts, messages)
        verdict.unread_count += max(len(messages) - len(facts), 0)
    for fact, message in pairs:
        compare_message(verdict, fact, message)
    if args.recording:
        compare_stamps(verdict, pairs, stamps_of(args.recording, streams))
    measure_stamps(verdict, pairs, args.clock_offset_ns)
    verdict.stream_count = sum(bool(messages) for messages in truths.values())
    verdict.message_count = sum(len(messages) for messages in truths.values())
    verdict.early_count = sum(arrived.early_count for arrived in arrivals.values())
    verdict.copy_count = sum(arrived.copy_count for arrived in arrivals.values())
    verdict.frame_count = sum(bool(frame.size_bytes) for stream in streams.values()
                              for frame in stream.frames)
    return verdict


def complaints(args, verdict):
    """Why the run does not pass, one line each."""
    for name in verdict.wrong:
        yield f"{name}: {verdict.wrong[name]} of {verdict.checked[name]} do not agree"
    if verdict.line_count < args.minimum:
        yield f"only {verdict.line_count} messages: at least {args.minimum} are needed"
    if args.count is not None and verdict.line_count != args.count:
        yield f"{verdict.line_count} lines, but the client counted {args.count} messages"
    for name in ("tcp_seq", "segments", "nic_first_ns", "nic_ns"):
        if args.need_nic and verdict.checked[name] < verdict.line_count:
            yield f"{name}: known for {verdict.checked[name]} of {verdict.line_count} messages only"
    if args.disturbed and not verdict.early_count:
        yield "the path was to be disturbed, but every segment came in order"
    if args.count is None and verdict.unread_count > args.unread_max:
        yield f"{verdict.unread_count} messages of the capture have no line"


def report(args, verdict):
    names = ("end", "start", "tcp_seq", "oracle itself", "segments", "messages_in_record",
             "nic_first_ns", "nic_ns")
    print(f"{args.title}: {verdict.line_count} lines, {verdict.message_count} messages of "
          f"{verdict.stream_count} connections in {verdict.frame_count} frames")
    for name in names:
        agreed = verdict.checked[name] - verdict.wrong[name]
        absent = f", unknown {verdict.absent[name]}" if verdict.absent[name] else ""
        print(f"  {name:<20}{agreed} of {verdict.checked[name]} agree{absent}")
    if verdict.stamp_error_ns:
        ordered = sorted(verdict.stamp_error_ns)
        print(f"  NIC stamp - tcpdump's: median {ordered[len(ordered) // 2]} ns, "
              f"most {ordered[-1]} ns; beyond the line's own uncertainty: "
              f"{len(verdict.beyond_claim_ns)}, "
              f"by at most {max(verdict.beyond_claim_ns, default=0)} ns")
    print(f"  segments too early: {verdict.early_count}, only copies: {verdict.copy_count}")
    print("  classes: " + ", ".join(f"{name} {count}" for name, count
                                    in sorted(verdict.classes.items())))
    for line in verdict.examples:
        print(f"  {line}")


def write_row(args, verdict):
    def agreed(name):
        count = verdict.checked[name]
        return f"{count - verdict.wrong[name]}/{count}" if count else "-"

    correlated = sum(verdict.classes[name] for name in ("exact", "gro", "last-byte"))
    cells = (args.title, verdict.line_count, verdict.stream_count, verdict.frame_count,
             verdict.early_count, verdict.copy_count, agreed("tcp_seq"), agreed("nic_first_ns"),
             agreed("nic_ns"), agreed("segments"), f"{correlated}/{verdict.line_count}",
             args.cross_check)
    with open(args.table, "a", encoding="utf-8") as file:
        file.write("| " + " | ".join(str(cell) for cell in cells) + " |\n")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pcap", required=True)
    parser.add_argument("--jsonl", required=True)
    parser.add_argument("--recording", help="event_correlator's: compare the NIC's times too")
    parser.add_argument("--keylog", help="of the client; not with --plain")
    parser.add_argument("--plain", action="store_true", help="ws://, not wss://")
    parser.add_argument("--port", type=int, required=True, help="the server's")
    parser.add_argument("--before", type=int, default=0,
                        help="bytes of each connection that were a proxy's, before TLS began")
    parser.add_argument("--title", default="oracle")
    parser.add_argument("--count", type=int, help="messages the client itself counted")
    parser.add_argument("--minimum", type=int, default=100, help="lines needed")
    parser.add_argument("--unread-max", type=int, default=0,
                        help="messages of the capture that may have no line, without --count")
    parser.add_argument("--disturbed", action="store_true",
                        help="some segments must have come out of order")
    parser.add_argument("--need-nic", action="store_true",
                        help="every line must have the NIC's part")
    parser.add_argument("--clock-offset-ns", type=int,
                        help="CLOCK_MONOTONIC minus CLOCK_REALTIME (default: as it fits best)")
    parser.add_argument("--table", help="append a row of a Markdown table to this file")
    parser.add_argument("--cross-check", default="-", help="what the row says in its last column")
    args = parser.parse_args()
    if bool(args.keylog) == args.plain:
        parser.error("either --keylog or --plain")
    return args


def main():
    args = parse_arguments()
    try:
        verdict = compare(args)
    except OracleError as error:
        print(f"oracle: {args.title}: {error}", file=sys.stderr)
        return 3 if isinstance(error, UnreadableError) else 1
    report(args, verdict)
    if args.table:
        write_row(args, verdict)
    problems = list(complaints(args, verdict))
    for problem in problems:
        print(f"  WRONG {problem}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
