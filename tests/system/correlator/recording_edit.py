#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""recording_edit.py RECORDING EDIT...: writes the recording, changed, to standard output.

  layers=1,3        only the lanes of these layers (1 NIC, 2 kernel, 3 user)
  messages=N        only the first N messages
  reads=N           only the first N reads
  segments=N        only the first N segments
  stream:INDEX=NAME another name for a stream; \\xNN are bytes
  lanes=NAME        another name for every producer
  host=NAME         another name for the host
  fact:WHICH=WORDS  a fact about the host (1 kernel, 2 processor, ...) put in front
  later:LAYER=NS    every event of the layer so much later, or earlier if negative
  exchange=US       every time stamp of the exchange so much later
  handed=NS         every segment stamped by the adapter, and handed over so much later
  within=LOG2       every segment's stamp uncertain by 2^LOG2 ns

The format stands in correlator/recording/recording.h.
"""
import struct
import sys

EVENT, LANE, MARK, SOCKET, STREAM, ROUND, END, NEXT, HOST, FACT = range(1, 11)
HEADER_BYTES, HEAD_BYTES = 64, 8
LAYER_AT, NAME_AT, NAME_BYTES = 4, 24, 24  # in a lane's facts
SEGMENT, READ, MESSAGE = 1, 2, 3  # kinds of events
MASK = (1 << 64) - 1


def check_of(seed, data):
    factor = 0x9E3779B97F4A7C15
    total = (seed + len(data)) * factor & MASK
    whole = len(data) // 8 * 8
    for at in range(0, whole, 8):
        factor = factor + 0x6A09E667F3BCC908 & MASK
        total = total + int.from_bytes(data[at : at + 8], "little") * factor & MASK
        total ^= total >> 29
    factor = factor + 0x6A09E667F3BCC908 & MASK
    total = total + int.from_bytes(data[whole:], "little") * factor & MASK
    return (total ^ total >> 32) & 0xFFFFFFFF


def sealed(kind, lane, payload):
    head = struct.pack("<BBH", kind, lane, len(payload))
    return head + struct.pack("<I", check_of(struct.unpack("<I", head)[0], payload)) + payload


def records(data):
    at = HEADER_BYTES
    while at + HEAD_BYTES <= len(data):
        kind, lane, size = struct.unpack_from("<BBH", data, at)
        yield kind, lane, bytearray(data[at + HEAD_BYTES : at + HEAD_BYTES + size])
        at += HEAD_BYTES + size


def add_u64(payload, at, change):
    struct.pack_into("<Q", payload, at, struct.unpack_from("<Q", payload, at)[0] + change & MASK)


class Edits:
    def __init__(self, words):
        self.layers, self.later, self.streams, self.facts = {1, 2, 3}, {}, {}, {}
        self.left, self.exchange, self.handed, self.within = {}, 0, None, None
        self.lane_name = self.host = None
        for word in words:
            name, value = word.split("=", 1)
            name, _, index = name.partition(":")
            text = value.encode().decode("unicode_escape").encode("latin-1")
            if name == "layers":
                self.layers = {int(layer) for layer in value.split(",")}
            elif name in ("messages", "reads", "segments"):
                self.left[{"messages": MESSAGE, "reads": READ, "segments": SEGMENT}[name]] = int(value)
            elif name == "stream":
                self.streams[int(index)] = text
            elif name == "lanes":
                self.lane_name = text[: NAME_BYTES - 1].ljust(NAME_BYTES, b"\0")
            elif name == "host":
                self.host = text
            elif name == "fact":
                self.facts[int(index)] = text
            elif name == "later":
                self.later[int(index)] = int(value)
            elif name == "exchange":
                self.exchange = int(value)
            elif name == "handed":
                self.handed = int(value)
            elif name == "within":
                self.within = int(value)
            else:
                sys.exit(f"recording_edit.py: {word}: no such edit")
        self.lanes = {}

    def event(self, lane, payload):
        change = self.later.get(self.lanes.get(lane), 0)
        add_u64(payload, 0, change)
        if payload[16] == READ:
            add_u64(payload, 24, change)
        if payload[16] == MESSAGE:
            if struct.unpack_from("<Q", payload, 32)[0]:
                add_u64(payload, 32, self.exchange)
        if payload[16] == SEGMENT and self.handed is not None:
            payload[17] = 4  # PROF_STAMP_NIC
            payload[19] |= 1 << 4  # PROF_FLAG_HANDED
            payload[31] = 5  # within 32 ns
            struct.pack_into("<i", payload, 32, self.handed)
        if payload[16] == SEGMENT and self.within is not None:
            payload[18] = self.within
        if payload[16] in self.left:
            self.left[payload[16]] -= 1
            return self.left[payload[16]] >= 0
        return True

    def keep(self, kind, lane, payload):
        """Changes the record; False if it is to be left out."""
        if kind == LANE:
            self.lanes[lane] = struct.unpack_from("<I", payload, LAYER_AT)[0]
            if self.lane_name is not None:
                payload[NAME_AT : NAME_AT + NAME_BYTES] = self.lane_name
        if kind in (EVENT, LANE, MARK) and self.lanes.get(lane) not in self.layers:
            return False
        if kind == STREAM:
            index = struct.unpack_from("<H", payload)[0]
            payload[2:] = self.streams.get(index, payload[2:])
        if kind == HOST and self.host is not None:
            return False
        return kind != EVENT or self.event(lane, payload)


def main():
    data = open(sys.argv[1], "rb").read()
    edits = Edits(sys.argv[2:])
    out = sys.stdout.buffer
    out.write(data[:HEADER_BYTES])
    if edits.host is not None:
        out.write(sealed(HOST, 0, edits.host))
    for which, words in edits.facts.items():
        out.write(sealed(FACT, 0, bytes([which]) + words))
    for kind, lane, payload in records(data):
        if edits.keep(kind, lane, payload):
            out.write(sealed(kind, lane, bytes(payload)))


if __name__ == "__main__":
    main()
