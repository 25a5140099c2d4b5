# SPDX-License-Identifier: BSD-2-Clause
"""Where each WebSocket message of a capture lay: the truth."""

import bisect
import collections
import dataclasses
import os
import tempfile

from wire import (Arrivals, DATA_OPCODES, Frame, OracleError, put_in_order, read_bytes,
                  read_dissection, read_frames)

APPLICATION_DATA = 23  # TLS content type


@dataclasses.dataclass
class Message:
    """One data message and where it lay."""
    stream: int
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


def pieces_of(args, stream):
    offset, pieces = args.before, []
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
        pieces = pieces_of(args, stream)
    messages = [Message(stream.number, *found) for found in split_messages(pieces)] if pieces else []
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


def leave_out_proxy(args, arrivals, sent):
    """What was said to a proxy and by it, before the connection proper: tshark is not shown it."""
    for one in arrivals:
        for start, end, frame in one.stretches:
            if start < args.before < end:
                raise OracleError("a segment has the proxy's bytes and the server's")
            if end <= args.before:
                one.places[frame.number] = None
    for one in sent:
        one.places[one.stretches[0][2].number] = None  # CONNECT, in one piece


def read_truth(args):
    """The streams of the capture, and the messages of each."""
    streams = read_frames(args, "src")
    arrivals = {number: Arrivals(stream.frames) for number, stream in streams.items()}
    sent = [Arrivals(stream.frames) for stream in read_frames(args, "dst").values()]
    if args.before:
        leave_out_proxy(args, arrivals.values(), sent)
    with tempfile.TemporaryDirectory() as scratch:
        ordered = os.path.join(scratch, "ordered.pcap")
        originals = put_in_order(args, [*arrivals.values(), *sent], ordered)
        read_dissection(args, streams, ordered, originals)
        read_bytes(args, streams, ordered)
    truths = {number: truth_of(args, stream, arrivals[number])
              for number, stream in streams.items()}
    return streams, arrivals, truths
