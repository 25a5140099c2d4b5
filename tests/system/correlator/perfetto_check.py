#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Checks a trace against Perfetto's published schema, and against the messages.

  perfetto_check.py TRACE MESSAGES.jsonl [TRIPS.jsonl]

A decoder of its own, with the numbers and types of protos/perfetto/trace
(trace.proto, trace_packet.proto, track_event/track_descriptor.proto,
track_event/track_event.proto, track_event/debug_annotation.proto): a field that
is not there, or of another type, is an error.  Then the rules that
trace_processor has for events: slices nest, and tracks are described.
"""
import collections
import itertools
import json
import sys
import zlib

VARINT, FIXED64, BYTES = 0, 1, 2

# message: field number: (name, wire type, kind)
SCHEMA = {
    "Trace": {1: ("packet", BYTES, "TracePacket")},
    "TracePacket": {
        6: ("clock_snapshot", BYTES, "ClockSnapshot"),
        8: ("timestamp", VARINT, "uint64"),
        10: ("trusted_packet_sequence_id", VARINT, "uint32"),
        11: ("track_event", BYTES, "TrackEvent"),
        12: ("interned_data", BYTES, "InternedData"),
        13: ("sequence_flags", VARINT, "uint32"),
        50: ("compressed_packets", BYTES, "bytes"),
        59: ("trace_packet_defaults", BYTES, "TracePacketDefaults"),
        60: ("track_descriptor", BYTES, "TrackDescriptor"),
    },
    "TracePacketDefaults": {58: ("timestamp_clock_id", VARINT, "uint32")},
    "ClockSnapshot": {1: ("clocks", BYTES, "Clock"), 2: ("primary_trace_clock", VARINT, "BuiltinClock")},
    "Clock": {1: ("clock_id", VARINT, "uint32"), 2: ("timestamp", VARINT, "uint64")},
    "InternedData": {
        2: ("event_names", BYTES, "Interned"),
        3: ("debug_annotation_names", BYTES, "Interned"),
        29: ("debug_annotation_string_values", BYTES, "Interned"),
    },
    "Interned": {1: ("iid", VARINT, "uint64"), 2: ("words", BYTES, "string")},
    "TrackDescriptor": {
        1: ("uuid", VARINT, "uint64"),
        2: ("name", BYTES, "string"),
        5: ("parent_uuid", VARINT, "uint64"),
        11: ("child_ordering", VARINT, "ChildTracksOrdering"),
        12: ("sibling_order_rank", VARINT, "int32"),
    },
    "TrackEvent": {
        4: ("debug_annotations", BYTES, "DebugAnnotation"),
        9: ("type", VARINT, "Type"),
        10: ("name_iid", VARINT, "uint64"),
        11: ("track_uuid", VARINT, "uint64"),
        23: ("name", BYTES, "string"),
        47: ("flow_ids", FIXED64, "fixed64"),
        48: ("terminating_flow_ids", FIXED64, "fixed64"),
    },
    "DebugAnnotation": {
        1: ("name_iid", VARINT, "uint64"),
        2: ("bool_value", VARINT, "bool"),
        3: ("uint_value", VARINT, "uint64"),
        4: ("int_value", VARINT, "int64"),
        6: ("string_value", BYTES, "string"),
        10: ("name", BYTES, "string"),
        17: ("string_value_iid", VARINT, "uint64"),
    },
}
ENUMS = {"ChildTracksOrdering": range(0, 4), "Type": range(1, 5), "BuiltinClock": range(1, 7)}
BEGIN, END, INSTANT = 1, 2, 3
CLEARED, NEEDED = 1, 2  # TracePacket.SequenceFlags
REALTIME, MONOTONIC, BOOTTIME = 1, 3, 6


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at
        assert shift < 70, "a varint of more than ten bytes"


def scalar(kind, value):
    if kind in ENUMS:
        assert value in ENUMS[kind], f"{kind} has no {value}"
    if kind == "int64" and value >> 63:
        value -= 1 << 64
    return value


def decode(message, data):
    fields = collections.defaultdict(list)
    at = 0
    while at < len(data):
        tag, at = varint(data, at)
        assert tag >> 3 in SCHEMA[message], f"{message} has no field {tag >> 3}"
        name, wire, kind = SCHEMA[message][tag >> 3]
        assert tag & 7 == wire, f"{message}.{name} is not of wire type {tag & 7}"
        if wire == VARINT:
            value, at = varint(data, at)
            value = scalar(kind, value)
        else:
            size = 8
            if wire == BYTES:
                size, at = varint(data, at)
            value = data[at : at + size]
            assert len(value) == size, f"{message}.{name} is cut short"
            at += size
            if kind == "string":
                value = value.decode("utf-8")
            elif kind == "bytes":
                pass
            elif wire == FIXED64:
                value = int.from_bytes(value, "little")
            else:
                value = decode(kind, value)
        fields[name].append(value)
    return fields


def one(fields, name, default=None):
    assert len(fields[name]) <= 1, f"{name} is there {len(fields[name])} times"
    return fields[name][0] if fields[name] else default


class Trace:
    def __init__(self, data):
        self.tracks = {}
        self.events = collections.defaultdict(list)
        self.names = collections.defaultdict(dict)  # what was interned, by kind
        self.snapshots = []
        self.order = 0
        self.is_cleared = False
        for packet in self.packets(data):
            assert one(packet, "trusted_packet_sequence_id"), "a packet without a sequence is dropped"
            self.take(packet)

    @staticmethod
    def packets(data):
        """As the tokenizer does: packets may lie compressed in one."""
        for packet in decode("Trace", data)["packet"]:
            packed = one(packet, "compressed_packets")
            if packed is None:
                yield packet
                continue
            assert set(packet) == {"compressed_packets"}, "nothing beside compressed packets"
            inner = decode("Trace", zlib.decompress(packed))["packet"]
            assert not any(packet["compressed_packets"] for packet in inner), "packed once"
            yield from inner

    def intern(self, packet):
        data = one(packet, "interned_data")
        for kind, entries in (data or {}).items():
            for entry in entries:
                iid = one(entry, "iid")
                assert iid and iid not in self.names[kind], "a number is one name's"
                self.names[kind][iid] = one(entry, "words")

    def name_of(self, fields, words, iid, kind):
        """A name in words or by number, never both."""
        assert len(fields[words]) + len(fields[iid]) == 1, f"{words} and {iid}"
        return fields[words][0] if fields[words] else self.names[kind][fields[iid][0]]

    def annotations(self, event):
        facts = {}
        for item in event["debug_annotations"]:
            name = self.name_of(item, "name", "name_iid", "debug_annotation_names")
            values = [item[key] for key in ("bool_value", "uint_value", "int_value") if item[key]]
            if item["string_value"] or item["string_value_iid"]:
                values.append([self.name_of(item, "string_value", "string_value_iid",
                                            "debug_annotation_string_values")])
            assert len(values) == 1, "an annotation has one value"
            facts[name] = values[0][0]
        return facts

    def snapshot(self, snapshot):
        clocks = {one(clock, "clock_id"): one(clock, "timestamp") for clock in snapshot["clocks"]}
        assert len(clocks) == len(snapshot["clocks"]) and MONOTONIC in clocks and (REALTIME in clocks or not HAS_WALL)
        primary = one(snapshot, "primary_trace_clock")
        assert primary == (BOOTTIME if BOOTTIME in clocks else MONOTONIC), "stamps must be convertible"
        self.snapshots.append(clocks)

    def take(self, packet):
        flags = one(packet, "sequence_flags", 0)
        if flags & CLEARED:
            assert not self.is_cleared, "the names stay good"
            self.is_cleared = True
            assert one(one(packet, "trace_packet_defaults"), "timestamp_clock_id") == MONOTONIC
            return
        if one(packet, "clock_snapshot") is not None:
            self.snapshot(one(packet, "clock_snapshot"))
            return
        self.intern(packet)
        descriptor, event = one(packet, "track_descriptor"), one(packet, "track_event")
        assert (descriptor is None) != (event is None), "a packet says one thing"
        if descriptor is not None:
            uuid = one(descriptor, "uuid")
            assert uuid and uuid not in self.tracks, "a track is described once"
            self.tracks[uuid] = (one(descriptor, "name"), one(descriptor, "parent_uuid"))
            return
        assert flags == NEEDED and self.is_cleared and self.snapshots, "what it is told in stands before it"
        track = one(event, "track_uuid")
        assert track in self.tracks, "a track is described before it is used"
        if one(event, "type") != END:
            event["title"] = [self.name_of(event, "name", "name_iid", "event_names")]
        self.order += 1
        self.events[track].append((one(packet, "timestamp"), self.order, event))


def slices_of(events):
    """Slices and marks of one track, as trace_processor makes them: sorted by time, then by place
    in the file.  A mark is a slice that takes no time and stays open as long as time stands still:
    whatever else is told of that moment on its track becomes its child."""
    stack, done = [], []
    for time, _, event in sorted(events, key=lambda item: item[:2]):
        while stack and stack[-1][2] and stack[-1][0] < time:
            stack.pop()
        kind = one(event, "type")
        if kind == BEGIN:
            assert not stack or not stack[-1][2], "a slice in a mark"
            stack.append((time, event, False))
        elif kind == END:
            assert stack and not stack[-1][2], "an end without a beginning, or of a mark"
            begin, opened, _ = stack.pop()
            done.append((begin, time, opened, len(stack)))
        else:
            assert not stack, "a mark stands alone, at depth 0"
            done.append((time, time, event, 0))
            stack.append((time, event, True))
    assert all(is_mark for _, _, is_mark in stack), "a slice is never closed"
    return done


def check_flows(flows, messages):
    for seq, message in messages.items():
        layers = [layer for _, layer, _ in sorted(flows[seq])]
        wanted = []
        if message["nic_ns"] is not None:
            wanted.append("NIC")
        if message["kernel_enter_ns"] is not None:
            wanted.append("kernel")
        wanted.append("user")
        if message["class"] != "inverted":
            assert layers == wanted, f"message {seq}: its arrows go {layers}, not {wanted}"


def check_clocks(trace, messages, trips):
    """The wall time of the first thing shown is what its stamp is by the snapshot."""
    told = [(m["user_ns"], m["user_wall_ns"]) for m in messages.values()][:1]
    told += [(t["answer_ns"], t["answer_wall_ns"]) for t in trips][:1]
    if not told:
        return
    clocks = trace.snapshots[0]
    assert (clocks[MONOTONIC], clocks[REALTIME]) in told, "the clocks are the recording's"


NESTED = {"out": ("write_ns", "left_ns"), "wire": ("left_ns", "arrived_ns"), "in": ("arrived_ns", "answer_ns"),
          "write -> call": ("write_ns", "call_ns"), "call -> left": ("call_ns", "left_ns"),
          "arrived -> read": ("arrived_ns", "read_ns"), "read -> answer": ("read_ns", "answer_ns")}


def check_trips(shown, trips):
    """Each has its slice, and below it a slice for each part that is known, lasts, and lies in order."""
    wanted = collections.Counter()
    for trip in trips:
        wanted[(trip["what"], trip["write_ns"], trip["answer_ns"])] += 1
        for name, (begin, end) in NESTED.items():
            begin, end = trip[begin], trip[end]
            if begin is not None and end is not None and trip["write_ns"] <= begin < end <= trip["answer_ns"]:
                wanted[(name, begin, end)] += 1
    assert shown == wanted, f"not shown: {wanted - shown}; not told: {shown - wanted}"


HAS_WALL = "--begins" not in sys.argv  # of those recordings, which are made up, none has it


def say_beginning(path):
    """Of a part of a trace: it stands by itself (take() asserts that), and which messages its beginning shows."""
    with open(path, "rb") as file:
        data = file.read()
    packets = iter(Trace.packets(data))
    trace = Trace(b"")
    for packet in itertools.islice(packets, 20000):
        trace.take(packet)
    seqs = [trace.annotations(event).get("seq") for track, events in trace.events.items()
            if trace.tracks[track][0] == "message" for _, _, event in events if event["debug_annotations"]]
    print(f"begins with {min(seq for seq in seqs if seq)}")


def main():
    if not HAS_WALL:
        say_beginning(sys.argv[2])
        return
    trace = Trace(open(sys.argv[1], "rb").read())
    messages = {m["seq"]: m for m in map(json.loads, open(sys.argv[2]))}
    trips = [json.loads(line) for line in open(sys.argv[3])] if sys.argv[3:] else None
    shown_trips = collections.Counter()
    shown, flows = {}, collections.defaultdict(list)
    counts = collections.Counter()
    for track, events in trace.events.items():
        name, parent = trace.tracks[track]
        assert parent in trace.tracks, "a track belongs to a connection"
        for begin, end, event, depth in slices_of(events):
            counts[name] += 1
            assert begin <= end
            for flow in event["flow_ids"] + event["terminating_flow_ids"]:
                flows[flow].append((begin, name, end))
            if name == "trips":
                shown_trips[(event["title"][0], begin, end)] += 1
            if name == "message" and depth == 0:
                facts = trace.annotations(event)
                assert facts["seq"] not in shown, "a message is shown once"
                shown[facts["seq"]] = (begin, end, facts)
    assert set(shown) == set(messages), "every message has its slice"
    for seq, (begin, end, facts) in shown.items():
        message = messages[seq]
        first = [message[key] for key in ("nic_first_ns", "nic_ns", "user_ns") if message[key]]
        if message["class"] in ("exact", "gro", "last-byte"):
            assert begin == min(first), f"message {seq} begins with its first byte"
        assert end == message["user_ns"] + (message["user_parsed_ns"] or 0), f"message {seq} ends when parsed"
        assert facts["class"] == message["class"]
        assert facts.get("tcp_seq") == message["tcp_seq"]
        assert facts.get("total_ns") == message["total_ns"]
    check_flows(flows, messages)
    if HAS_WALL:
        check_clocks(trace, messages, trips or [])
    if trips is not None:
        check_trips(shown_trips, trips)
    groups = sum(1 for _, parent in trace.tracks.values() if parent is None)
    print(f"{len(messages)} messages, {groups} connections, {len(trace.tracks) - groups} tracks, "
          f"{sum(counts.values())} slices: " + ", ".join(f"{name} {count}" for name, count in sorted(counts.items())))


if __name__ == "__main__":
    main()
