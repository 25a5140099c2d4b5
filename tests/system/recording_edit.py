#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""recording_layers.py RECORDING LAYER...: the recording with the lanes of these layers only.

The format stands in correlator/recording.h.
"""
import struct
import sys

EVENT, LANE, MARK = 1, 2, 3
HEADER_BYTES, HEAD_BYTES = 64, 8
LAYER_AT = 4  # in a lane's facts


def records(data):
    at = HEADER_BYTES
    while at + HEAD_BYTES <= len(data):
        kind, lane, size = struct.unpack_from("<BBH", data, at)
        yield kind, lane, data[at : at + HEAD_BYTES + size]
        at += HEAD_BYTES + size


def main():
    data = open(sys.argv[1], "rb").read()
    wanted = {int(layer) for layer in sys.argv[2:]}
    layers = {}
    sys.stdout.buffer.write(data[:HEADER_BYTES])
    for kind, lane, record in records(data):
        if kind == LANE:
            layers[lane] = struct.unpack_from("<I", record, HEAD_BYTES + LAYER_AT)[0]
        if kind not in (EVENT, LANE, MARK) or layers.get(lane) in wanted:
            sys.stdout.buffer.write(record)


if __name__ == "__main__":
    main()
