#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Checks a trace against Perfetto's published schema, and against the messages.

  perfetto_check.py TRACE MESSAGES.jsonl

A decoder of its own, with the numbers and types of protos/perfetto/trace
(trace.proto, trace_packet.proto, track_event/track_descriptor.proto,
track_event/track_event.proto, track_event/debug_annotation.proto): a field that
is not there, or of another type, is an error.  Then the rules that
trace_processor has for events: slices nest, and tracks are described.
"""
import collections
import json
import sys

VARINT, FIXED64, BYTES = 0, 1, 2

# message: field number: (name, wire type, kind)
SCHEMA = {
    "Trace": {1: ("packet", BYTES, "TracePacket")},
    "TracePacket": {
        8: ("timestamp", VARINT, "uint64"),
        10: ("trusted_packet_sequence_id", VARINT, "uint32"),
        11: ("track_event", BYTES, "TrackEvent"),
        60: ("track_descriptor", BYTES, "TrackDescriptor"),
    },
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
        11: ("track_uuid", VARINT, "uint64"),
        23: ("name", BYTES, "string"),
        47: ("flow_ids", FIXED64, "fixed64"),
        48: ("terminating_flow_ids", FIXED64, "fixed64"),
    },
    "DebugAnnotation": {
        2: ("bool_value", VARINT, "bool"),
        3: ("uint_value", VARINT, "uint64"),
        4: ("int_value", VARINT, "int64"),
        6: ("string_value", BYTES, "string"),
        10: ("name", BYTES, "string"),
    },
}
ENUMS = {"ChildTracksOrdering": range(0, 4), "Type": range(1, 5)}
BEGIN, END, INSTANT = 1, 2, 3


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
            elif wire == FIXED64:
                value = int.from_bytes(value, "little")
            else:
                value = decode(kind, value)
        fields[name].append(value)
    return fields


def one(fields, name, default=None):
    assert len(fields[name]) <= 1, f"{name} is there {len(fields[name])} times"
    return fields[name][0] if fields[name] else default


def annotations(event):
    facts = {}
    for item in event["debug_annotations"]:
        values = [item[name] for name in ("bool_value", "uint_value", "int_value", "string_value") if item[name]]
        assert len(values) == 1, "an annotation has one value"
        facts[one(item, "name")] = values[0][0]
    return facts


class Trace:
    def __init__(self, data):
        self.tracks = {}
        self.events = collections.defaultdict(list)
        self.order = 0
        for packet in decode("Trace", data)["packet"]:
            assert one(packet, "trusted_packet_sequence_id"), "a packet without a sequence is dropped"
            self.take(packet)

    def take(self, packet):
        descriptor, event = one(packet, "track_descriptor"), one(packet, "track_event")
        assert (descriptor is None) != (event is None), "a packet says one thing"
        if descriptor is not None:
            uuid = one(descriptor, "uuid")
            assert uuid and uuid not in self.tracks, "a track is described once"
            self.tracks[uuid] = (one(descriptor, "name"), one(descriptor, "parent_uuid"))
            return
        track = one(event, "track_uuid")
        assert track in self.tracks, "a track is described before it is used"
        self.order += 1
        self.events[track].append((one(packet, "timestamp"), self.order, event))


def slices_of(events):
    """Slices and marks of one track, as trace_processor makes them: sorted by time, then by place in the file."""
    stack, done = [], []
    for time, _, event in sorted(events, key=lambda item: item[:2]):
        kind = one(event, "type")
        if kind == BEGIN:
            stack.append((time, event))
        elif kind == END:
            assert stack, "an end without a beginning"
            begin, opened = stack.pop()
            done.append((begin, time, opened, len(stack)))
        else:
            done.append((time, time, event, len(stack)))
    assert not stack, "a slice is never closed"
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


def main():
    trace = Trace(open(sys.argv[1], "rb").read())
    messages = {m["seq"]: m for m in map(json.loads, open(sys.argv[2]))}
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
            if name == "message" and depth == 0:
                facts = annotations(event)
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
    groups = sum(1 for _, parent in trace.tracks.values() if parent is None)
    print(f"{len(messages)} messages, {groups} connections, {len(trace.tracks) - groups} tracks, "
          f"{sum(counts.values())} slices: " + ", ".join(f"{name} {count}" for name, count in sorted(counts.items())))


if __name__ == "__main__":
    main()
