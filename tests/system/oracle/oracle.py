#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Checks every message of a run against a packet capture of it.

tshark, which nobody here wrote, decrypts the capture with the client's key
log and says where the TLS records and the WebSocket messages are.  What
event_correlator wrote with --jsonl must say the same of every message.
"""

import argparse
import bisect
import collections
import dataclasses
import json
import os
import statistics
import struct
import subprocess
import sys
import tempfile

DATA_OPCODES = (0, 1, 2)
APPLICATION_DATA = 23  # TLS content type
NS_PER_S = 1_000_000_000


class OracleError(Exception):
    """The capture cannot be judged; not the same as a disagreement."""


# ---- What tshark says -------------------------------------------------------

def tshark(args, pcap, extra):
    command = ["tshark", "-n", "-r", pcap]
    if args.plain:
        command += ["-d", f"tcp.port=={args.port},http"]
    else:
        command += ["-o", f"tls.keylog_file:{args.keylog}", "-d", f"tcp.port=={args.port},tls",
                    "-d", f"tls.port=={args.port},http"]
    done = subprocess.run(command + extra, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, check=False)
    if done.returncode != 0:
        raise OracleError(f"tshark: {done.stderr.strip()}")
    return done.stdout


def fields_of(args, pcap, fields, selection):
    """Yields a list for each selected frame: the fields' texts."""
    extra = ["-Y", selection, "-T", "fields", "-E", "separator=/t",
             "-E", "occurrence=a", "-E", "aggregator=,"]
    output = tshark(args, pcap, extra + [word for field in fields for word in ("-e", field)])
    for line in output.splitlines():
        yield line.split("\t")


@dataclasses.dataclass
class Frame:
    """One segment of one direction."""
    number: int
    time_ns: int
    seq: int
    size_bytes: int
    is_syn: bool


@dataclasses.dataclass
class Stream:
    """One half of a TCP connection."""
    number: int
    frames: list = dataclasses.field(default_factory=list)
    records: list = dataclasses.field(default_factory=list)  # (bytes, content type)
    completed: list = dataclasses.field(default_factory=list)  # frames that end a message
    chunks: list = dataclasses.field(default_factory=list)  # decrypted, one for each record


def to_ns(text):
    seconds, fraction = text.split(".")
    return int(seconds) * NS_PER_S + int(fraction.ljust(9, "0")[:9])


def numbers(text):
    return [int(word, 0) for word in text.split(",") if word]


def read_frames(args, side):
    """One half ("src": the server's) of every connection, as it was captured."""
    streams = {}
    fields = ("frame.number", "frame.time_epoch", "tcp.stream", "tcp.seq_raw", "tcp.len",
              "tcp.flags.syn")
    selection = f"tcp.{side}port=={args.port}"
    for number, epoch, stream, seq, size_bytes, syn in fields_of(args, args.pcap, fields, selection):
        stream = streams.setdefault(int(stream), Stream(int(stream)))
        is_syn = syn in ("1", "True")
        stream.frames.append(Frame(int(number), to_ns(epoch), int(seq), int(size_bytes), is_syn))
    return streams


def put_in_order(args, arrivals, path):
    """Copies the capture to path with each stream's bytes in order and once.

    tshark loses track of messages when segments arrive much out of order.  In
    the copy a segment that came too early stands behind the one that filled
    the hole, so that the frame that completes a message is the one that
    brought its last byte.  Returns the original number of each frame.
    """
    place = {}  # original number: the number behind which it goes; None: left out
    for arrived in arrivals:
        place.update(arrived.places)
    packets, head = [], b""
    with open(args.pcap, "rb") as file:
        head = file.read(24)
        order = {b"\xd4\xc3\xb2\xa1": "<", b"\xa1\xb2\xc3\xd4": ">",
                 b"\x4d\x3c\xb2\xa1": "<", b"\xa1\xb2\x3c\x4d": ">"}.get(head[:4])
        if order is None:
            raise OracleError(f"{args.pcap}: not a capture as tcpdump writes it")
        while len(packet := file.read(16)) == 16:
            packets.append(packet + file.read(struct.unpack(order + "8xI4x", packet)[0]))
    ranked = []
    for number in range(1, len(packets) + 1):
        behind = place.get(number, (number, 0))
        if behind is not None:
            ranked.append((behind, number))
    ranked.sort()
    with open(path, "wb") as file:
        file.write(head)
        for _, number in ranked:
            file.write(packets[number - 1])
    return [number for _, number in ranked]


def read_dissection(args, streams, pcap, originals):
    """TLS records, and frames that complete WebSocket messages."""
    fields = ("frame.number", "tcp.stream", "tls.record.length", "tls.record.content_type",
              "websocket.opcode", "websocket.fin")
    selection = f"tcp.srcport=={args.port}"
    for number, stream, lengths, types, opcodes, fins in fields_of(args, pcap, fields, selection):
        number, stream = originals[int(number) - 1], streams[int(stream)]
        lengths, types = numbers(lengths), numbers(types)
        if len(lengths) != len(types):
            raise OracleError(f"frame {number}: not every TLS record could be decrypted")
        stream.records += zip(lengths, types)
        stream.completed += [number for opcode, fin in zip(numbers(opcodes), numbers(fins))
                             if fin and opcode in DATA_OPCODES]


def read_bytes(args, streams, pcap):
    """The application's bytes: under TLS tshark prints one line for each record."""
    kind = "tcp" if args.plain else "tls"
    output = tshark(args, pcap, ["-q"] + [word for number in streams
                                          for word in ("-z", f"follow,{kind},raw,{number}")])
    stream = server_node = None
    for line in output.splitlines():
        if line.startswith("Filter: tcp.stream eq "):
            stream, server_node = streams[int(line.rsplit(" ", 1)[1])], None
        elif line.startswith("Node "):
            if line.endswith(f":{args.port}"):
                server_node = int(line[5])
        elif line and not line.startswith(("=", "Follow:")):
            # Without keys tshark says ":0" for the other side: the server is the one it names.
            if line.startswith("\t") == (server_node == 1):
                stream.chunks.append(bytes.fromhex(line.strip()))


# ---- The truth: bytes, records, messages ------------------------------------

class Arrivals:
    """Which segment was the first to bring each byte of a stream."""

    def __init__(self, frames):
        syn = next((frame for frame in frames if frame.is_syn), None)
        if syn is None:
            raise OracleError("the capture misses the beginning of a connection")
        self.base = (syn.seq + 1) & 0xFFFFFFFF
        self.starts, self.stretches = [], []  # sorted: (start, end, frame)
        self.places = {}  # frame number: its place in stream order, None: brings nothing new
        self.early_count = self.copy_count = 0
        edge = 0
        for frame in frames:
            if frame.is_syn:
                continue
            if not frame.size_bytes:
                # An early one tells tshark that segments were lost.
                self.places[frame.number] = None
                continue
            delta = (frame.seq - self.base - edge) & 0xFFFFFFFF
            start = edge + (delta if delta < 1 << 31 else delta - (1 << 32))
            end = start + frame.size_bytes
            if not self._add(max(start, 0), end, frame):
                self.places[frame.number] = None
                self.copy_count += 1
                continue
            if start > edge:
                self.early_count += 1
                continue
            edge = self._advance(edge, frame)

    def _add(self, start, end, frame):
        """Takes what is new of [start, end); False if nothing is."""
        at = max(bisect.bisect_right(self.starts, start) - 1, 0)
        is_new = False
        while start < end:
            if at < len(self.starts) and self.stretches[at][1] <= start:
                at += 1
                continue
            if at < len(self.starts) and self.starts[at] <= start:
                start = self.stretches[at][1]  # these bytes were there already
                continue
            stop = min(end, self.starts[at]) if at < len(self.starts) else end
            self.starts.insert(at, start)
            self.stretches.insert(at, (start, stop, frame))
            start = stop
            is_new = True
        return is_new

    def _advance(self, edge, filler):
        """Steps over what is there from edge on, and notes its place: behind the filler."""
        at = max(bisect.bisect_right(self.starts, edge) - 1, 0)
        count = 0
        while at < len(self.starts) and self.starts[at] <= edge:
            _, end, frame = self.stretches[at]
            if end > edge:
                edge = end
                self.places.setdefault(frame.number, (filler.number, count))
                count += 1
            at += 1
        return edge

    def bringing(self, start, end):
        """The distinct segments that brought [start, end), in stream order."""
        at = bisect.bisect_right(self.starts, start) - 1
        frames, position = [], start
        while position < end:
            if at < 0 or at >= len(self.starts) or self.starts[at] > position:
                raise OracleError(f"byte {position} of a stream is not in the capture")
            position = self.stretches[at][1]
            frames.append(self.stretches[at][2])
            at += 1
        return frames


@dataclasses.dataclass
class Message:
    """One data message and where it lay."""
    start: int
    end: int
    fragments: int
    in_record: int = 0
    tcp_seq: int = 0
    segments: int = 0
    first: Frame = None  # that brought its first byte
    last: Frame = None  # that brought its last one, by the arithmetic of sequence numbers
    completed_in: int = 0  # where tshark's own dissection has it complete


def split_messages(pieces):
    """Yields (start, end, fragments) of each data message.

    pieces: (bytes, start, end) in stream order; a position inside a piece
    counts as the whole piece if it is a TLS record, as itself if it is plain.
    """
    data = b"".join(piece[0] for piece in pieces)
    limits, total = [], 0
    for piece in pieces:
        total += len(piece[0])
        limits.append(total)

    def bounds(position):
        index = bisect.bisect_right(limits, position)
        plain, start, end = pieces[index]
        if end - start != len(plain):
            return start, end
        at = start + position - (limits[index] - len(plain))
        return at, at + 1

    position = data.find(b"\r\n\r\n") + 4
    if position < 4:
        return
    start = fragments = None
    while position + 2 <= len(data):
        header = position
        fin, opcode, size = data[position] >> 7, data[position] & 15, data[position + 1]
        if size > 127:
            raise OracleError("a masked frame from the server")
        position += 2
        if size >= 126:
            width = 2 if size == 126 else 8
            size = int.from_bytes(data[position:position + width], "big")
            position += width
        position += size
        if position > len(data):
            return  # the capture ends inside it
        if opcode not in DATA_OPCODES:
            continue
        if opcode:
            start, fragments = bounds(header)[0], 0
        fragments += 1
        if fin:
            yield start, bounds(position - 1)[1], fragments


def pieces_of(stream):
    offset, pieces = 0, []
    chunks = iter(stream.chunks)
    for size_bytes, content_type in stream.records:
        end = offset + 5 + size_bytes
        if content_type == APPLICATION_DATA:
            chunk = next(chunks, None)
            if chunk is None:
                break
            if not len(chunk) < size_bytes <= len(chunk) + 256 + 32:
                raise OracleError(f"record of {size_bytes} bytes with {len(chunk)} decrypted")
            pieces.append((chunk, offset, end))
        offset = end
    if next(chunks, None) is not None:
        raise OracleError("more decrypted data than TLS records")
    return pieces


def truth_of(args, stream, arrivals):
    """The messages of one connection, in order."""
    if args.plain:
        data = b"".join(stream.chunks)
        pieces = [(data, 0, len(data))]
    else:
        pieces = pieces_of(stream)
    messages = [Message(*found) for found in split_messages(pieces)] if pieces else []
    if len(stream.completed) < len(messages):
        raise OracleError(f"stream {stream.number}: {len(messages)} messages in the bytes, "
                          f"but tshark's dissection has {len(stream.completed)}")
    ends = collections.Counter(message.end for message in messages)
    for message, completed_in in zip(messages, stream.completed):
        frames = arrivals.bringing(message.start, message.end)
        message.in_record = ends[message.end]
        message.completed_in = completed_in
        message.first, message.last = frames[0], frames[-1]
        message.segments = len({frame.number for frame in frames})
    by_number = {frame.number: frame for frame in stream.frames}
    for message in messages:
        message.tcp_seq = by_number[message.completed_in].seq
    return messages


def read_truth(args):
    """The streams of the capture, and the messages of each."""
    streams = read_frames(args, "src")
    arrivals = {number: Arrivals(stream.frames) for number, stream in streams.items()}
    sent = [Arrivals(stream.frames) for stream in read_frames(args, "dst").values()]
    with tempfile.TemporaryDirectory() as scratch:
        ordered = os.path.join(scratch, "ordered.pcap")
        originals = put_in_order(args, [*arrivals.values(), *sent], ordered)
        read_dissection(args, streams, ordered, originals)
        read_bytes(args, streams, ordered)
    truths = {number: truth_of(args, stream, arrivals[number])
              for number, stream in streams.items()}
    return streams, arrivals, truths


# ---- Comparison --------------------------------------------------------------

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


def compare_stamps(verdict, pairs, args):
    """The NIC's times are those of the frames, within what they claim to be uncertain by."""
    stamps = [(fact, name, fact[name], frame.time_ns) for fact, message in pairs
              for name, frame in (("nic_first_ns", message.first), ("nic_ns", message.last))
              if fact[name] is not None]
    if not stamps:
        return
    offset = args.clock_offset_ns
    if offset is None:
        offset = round(statistics.median(said - truth for _, _, said, truth in stamps))
    # A line gives the uncertainty of its last segment only.
    worst_ns = max(fact.get("nic_uncertainty_ns") or 0 for fact, _ in pairs)
    for fact, name, said, truth in stamps:
        error_ns = said - truth - offset
        claimed_ns = fact.get("nic_uncertainty_ns") or 0 if name == "nic_ns" else worst_ns
        allowed_ns = claimed_ns + args.stamp_tolerance_us * 1000
        verdict.stamp_error_ns.append(abs(error_ns))
        is_near = abs(error_ns) <= allowed_ns
        # Between the packet's stamp and its place in the ring the kernel may be held up.
        if name == "nic_ns" and abs(error_ns) > claimed_ns + 1000:
            verdict.beyond_claim_ns.append(abs(error_ns) - claimed_ns)
        verdict.check(fact, name, "its frame's" if is_near else f"{error_ns} ns off", "its frame's")


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
    compare_stamps(verdict, pairs, args)
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
    for name in ("tcp_seq", "segments", "nic_ns"):
        if args.need_nic and verdict.absent[name]:
            yield f"{name}: unknown for {verdict.absent[name]} messages"
    if args.count is None and verdict.unread_count > args.unread_max:
        yield f"{verdict.unread_count} messages of the capture have no line"


def report(args, verdict):
    names = ("end", "start", "tcp_seq", "oracle itself", "segments", "messages_in_record", "nic_first_ns",
             "nic_ns")
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
              f"{len(verdict.beyond_claim_ns)}, by at most {max(verdict.beyond_claim_ns, default=0)}")
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
    parser.add_argument("--keylog", help="of the client; not with --plain")
    parser.add_argument("--plain", action="store_true", help="ws://, not wss://")
    parser.add_argument("--port", type=int, required=True, help="the server's")
    parser.add_argument("--title", default="oracle")
    parser.add_argument("--count", type=int, help="messages the client itself counted")
    parser.add_argument("--minimum", type=int, default=100, help="lines needed")
    parser.add_argument("--unread-max", type=int, default=0,
                        help="messages of the capture that may have no line, without --count")
    parser.add_argument("--need-nic", action="store_true", help="every line must have the NIC's part")
    parser.add_argument("--clock-offset-ns", type=int,
                        help="CLOCK_MONOTONIC minus CLOCK_REALTIME (default: as it fits best)")
    parser.add_argument("--table", help="append a row of a Markdown table to this file")
    parser.add_argument("--cross-check", default="-", help="what the row says in its last column")
    parser.add_argument("--stamp-tolerance-us", type=int, default=1000,
                        help="beyond the uncertainty that the line itself gives")
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
        return 1
    report(args, verdict)
    if args.table:
        write_row(args, verdict)
    problems = list(complaints(args, verdict))
    for problem in problems:
        print(f"  WRONG {problem}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
