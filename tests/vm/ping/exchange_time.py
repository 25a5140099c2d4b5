# SPDX-License-Identifier: BSD-2-Clause
# What a capture beside the exchange says of its own time for an answer: from the arrival of
# the ping's segment to the leaving of the pong's.
import struct


def segments(path):
    """(time_ns, source port, destination port, first sequence number, payload bytes) of each."""
    data = open(path, "rb").read()
    assert struct.unpack_from("<I", data)[0] == 0xA1B23C4D, f"{path}: no pcap with nanoseconds of this machine"
    at = 24
    while at + 16 <= len(data):
        seconds, ns, kept = struct.unpack_from("<III", data, at)
        frame = data[at + 16:at + 16 + kept]
        at += 16 + kept
        if len(frame) < 54 or frame[12:14] != b"\x08\x00" or frame[23] != 6:
            continue
        tcp = 14 + (frame[14] & 15) * 4
        source, destination, seq = struct.unpack_from(">HHI", frame, tcp)
        ip_bytes = int.from_bytes(frame[16:18], "big")
        yield seconds * 10**9 + ns, source, destination, seq, ip_bytes + 14 - tcp - (frame[tcp + 12] >> 4) * 4


class ExchangeTimes:
    """Of captures of its interface, and of the detour that its packets take to it."""
    def __init__(self, paths, port):
        self.arrived, self.left = {}, []
        for time_ns, source, destination, seq, payload_bytes in (line for path in paths for line in segments(path)):
            if destination == port and payload_bytes:
                # What takes the detour is there later than the interface says.
                self.arrived[seq] = max(time_ns, self.arrived.get(seq, 0))
            elif source == port and payload_bytes:
                self.left.append((seq, payload_bytes, time_ns))

    def us(self, ping_seq, pong_seq):
        """None if either was not captured."""
        left = [time_ns for seq, payload_bytes, time_ns in self.left
                if (pong_seq - seq) % 2**32 < payload_bytes]
        if not left or ping_seq not in self.arrived:
            return None
        return (left[0] - self.arrived[ping_seq]) / 1000
