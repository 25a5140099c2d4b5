# SPDX-License-Identifier: BSD-2-Clause
"""The NIC layer's own stamp of each frame, from what event_correlator --record
wrote (the format is described in correlator/recording/recording.h)."""

import collections
import struct

from wire import OracleError

HEADER_BYTES = 64
HEAD = struct.Struct("<BBHI")  # kind, lane, payload bytes, check
EVENT = struct.Struct("<QQBBBBIIHB")  # struct prof_event up to the segment's TCP flags
KIND_EVENT = 1
SEGMENT = 1
FLAG_OUTBOUND = 1


def read_segments(path):
    """By connection: the stamps of each (sequence number, bytes), in order."""
    flows = collections.defaultdict(lambda: collections.defaultdict(collections.deque))
    with open(path, "rb") as file:
        if not file.read(HEADER_BYTES).startswith(b"WSLREC\r\n"):
            raise OracleError(f"{path}: not a recording")
        while len(head := file.read(HEAD.size)) == HEAD.size:
            kind, _, size_bytes, _ = HEAD.unpack(head)
            payload = file.read(size_bytes)
            if kind != KIND_EVENT:
                continue
            time_ns, key, what, _, _, flags, seq, segment_bytes, _, _ = EVENT.unpack_from(payload)
            if what == SEGMENT and segment_bytes and not flags & FLAG_OUTBOUND:
                flows[key][seq, segment_bytes].append(time_ns)
    return flows


def stamps_of(path, streams):
    """{(stream number, frame number): the NIC layer's stamp}."""
    flows, stamps = read_segments(path), {}
    for stream in streams.values():
        frames = [frame for frame in stream.frames if frame.size_bytes]
        key = max(flows, default=None, key=lambda key: sum(
            (frame.seq, frame.size_bytes) in flows[key] for frame in frames))
        if key is None:
            continue
        for frame in frames:
            seen = flows[key].get((frame.seq, frame.size_bytes))
            if seen:
                stamps[stream.number, frame.number] = seen.popleft()
    return stamps
