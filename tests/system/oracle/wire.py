# SPDX-License-Identifier: BSD-2-Clause
"""What tshark says of a capture, and which segment brought which byte."""

import bisect
import dataclasses
import re
import struct
import subprocess

DATA_OPCODES = (0, 1, 2)
NS_PER_S = 1_000_000_000


class OracleError(Exception):
    """The capture cannot be judged; not the same as a disagreement."""


class UnreadableError(OracleError):
    """tshark could not decrypt all of it, which says nothing of our lines."""


def tshark(args, pcap, extra):
    # Two captures are merged: an answer may stand before what it acknowledges, and
    # tshark's analysis then drops that as a retransmission.  We bring it in order ourselves.
    command = ["tshark", "-n", "-r", pcap, "-o", "tcp.analyze_sequence_numbers:FALSE"]
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


FLAGS = {"True": 1, "False": 0}  # since Wireshark 4.2; 1 and 0 before


def numbers(text):
    return [FLAGS[word] if word in FLAGS else int(word, 0) for word in text.split(",") if word]


def read_frames(args, side):
    """One half ("src": the server's) of every connection, as it was captured."""
    streams = {}
    fields = ("frame.number", "frame.time_epoch", "tcp.stream", "tcp.seq_raw", "tcp.len",
              "tcp.flags.syn")
    selection = f"tcp.{side}port=={args.port}"
    for number, epoch, stream, seq, size_bytes, syn in fields_of(args, args.pcap, fields,
                                                                 selection):
        stream = streams.setdefault(int(stream), Stream(int(stream)))
        stream.frames.append(Frame(int(number), to_ns(epoch), int(seq), int(size_bytes),
                                   numbers(syn) == [1]))
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
            raise UnreadableError(f"frame {number}: not every TLS record could be decrypted")
        stream.records += zip(lengths, types)
        stream.completed += [number for opcode, fin in zip(numbers(opcodes), numbers(fins))
                             if fin and opcode in DATA_OPCODES]


def number_for_following(args, streams, pcap):
    """What tshark calls each stream if it is to follow it: TLS has numbers of its own since 4.6."""
    if not args.plain:
        try:
            return {numbers(tls)[0]: streams[int(tcp)] for tcp, tls in
                    fields_of(args, pcap, ("tcp.stream", "tls.stream"), "tls.stream")}
        except OracleError:
            pass  # it knows no such field
    return streams


def read_bytes(args, streams, pcap):
    """The application's bytes: under TLS tshark prints one line for each record."""
    kind = "tcp" if args.plain else "tls"
    streams = number_for_following(args, streams, pcap)
    output = tshark(args, pcap, ["-q"] + [word for number in streams
                                          for word in ("-z", f"follow,{kind},raw,{number}")])
    stream = server_node = None
    for line in output.splitlines():
        if re.match("Filter: (tcp|tls).stream eq ", line):
            stream, server_node = streams[int(line.rsplit(" ", 1)[1])], None
        elif line.startswith("Node "):
            # Of one side tshark may say ":0": the server's, under TLS 1.2, or the client's.
            if line.endswith(f":{args.port}"):
                server_node = int(line[5])
            elif not line.endswith(":0"):
                server_node = 1 - int(line[5])
        elif line and not line.startswith(("=", "Follow:")):
            if line.startswith("\t") == (server_node == 1):
                stream.chunks.append(bytes.fromhex(line.strip()))


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
