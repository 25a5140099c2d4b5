#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""SBE by an encoder of its own, and what the client reads of it.

    client_sbe.py CLIENT KEY-FILE COUNT

Written from the published schema (schema 1, version 0) and knows nothing of the
client.  COUNT messages of each template, and among them what is not data: answers
and the announcement of an end in JSON, templates and versions that nobody knows.
"""
import base64
import collections
import hashlib
import json
import os
import random
import re
import socket
import struct
import subprocess
import sys
import tempfile

SYMBOLS = ["BTCUSDT", "ETHUSDT", "币安人生USDT", "1000SATSFDUSD", "A"]
INT64_MAX = (1 << 63) - 1
EVENTS = {10000: "TradesStreamEvent", 10001: "BestBidAskStreamEvent",
          10002: "DepthSnapshotStreamEvent", 10003: "DepthDiffStreamEvent"}


def header(block, number, schema=1, version=0):
    return struct.pack("<4H", len(block), number, schema, version) + block


def levels(dice):
    count = dice.choice((0, 1, 2, 5, 20))
    return struct.pack("<2H", 16, count) + dice.randbytes(16 * count)


def text(symbol):
    data = symbol.encode()
    return bytes([len(data)]) + data


class Encoder:
    """Messages of one template after the other, each with what must be read of it."""

    def __init__(self, seed):
        self.dice = random.Random(seed)
        self.ids = collections.Counter()

    def new_ids(self, key, count):
        if not self.ids[key]:
            self.ids[key] = self.dice.choice((0, 5123107839020, INT64_MAX - (1 << 40)))
        first = self.ids[key] + 1
        self.ids[key] += count
        return first, self.ids[key]

    def message(self, number):
        dice = self.dice
        symbol = dice.choice(SYMBOLS)
        time = 1790000000000000 + dice.randrange(1 << 40)
        said = {"sbe": number, "schema": 1, "e": EVENTS[number], "s": symbol, "E": time}
        exponents = struct.pack("<2b", -dice.randrange(9), -dice.randrange(9))
        first, last = self.new_ids((number, symbol), dice.randrange(1, 9))
        if number == 10000:
            said.update(T=time - dice.randrange(100000), U=first, t=last)
            body = struct.pack("<HI", 25, last - first + 1) + b"".join(
                struct.pack("<3qB", i, dice.randrange(1 << 50), dice.randrange(1 << 40), i & 1)
                for i in range(first, last + 1))
            data = header(struct.pack("<2q", time, said["T"]) + exponents, number) + body
        elif number == 10001:
            said.update(u=last)
            data = header(struct.pack("<2q", time, last) + exponents + dice.randbytes(32), number)
        elif number == 10002:
            said.update(u=last)
            data = header(struct.pack("<2q", time, last) + exponents, number)
            data += levels(dice) + levels(dice)
        else:
            said.update(U=first, u=last)
            extra = dice.randbytes(dice.randrange(1, 30)) if dice.random() < 0.01 else b""
            data = header(struct.pack("<3q", time, first, last) + exponents + extra, number, 1,
                          1 if extra else 0)
            data += levels(dice) + levels(dice)
        data += text(symbol)
        said["bytes"] = len(data)
        return data, said


def frame(data, opcode):
    size = len(data)
    if size < 126:
        return bytes([0x80 | opcode, size]) + data
    return bytes([0x80 | opcode, 126]) + struct.pack(">H", size) + data


def accept(listener):
    """One WebSocket; the request's head as well."""
    conn, _ = listener.accept()
    head = b""
    while b"\r\n\r\n" not in head:
        head += conn.recv(65536)
    head = head.decode()
    key = re.search(r"(?im)^Sec-WebSocket-Key: *(\S+)", head).group(1)
    proof = hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
    conn.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                 b"Connection: Upgrade\r\nSec-WebSocket-Accept: " + base64.b64encode(proof) +
                 b"\r\n\r\n")
    return conn, head


def send_all(conn, count):
    """Returns what must be printed, in order, and how many of no known template were sent."""
    encoder, expected, strangers = Encoder(1), [], collections.Counter()
    batch = [frame(b'{"result":null,"id":"a-1"}', 1)]
    expected.append({"result": None, "id": "a-1"})
    for i in range(count):
        for number in EVENTS:
            data, said = encoder.message(number)
            batch.append(frame(data, 2))
            expected.append(said)
        if i % 100 == 7:
            number, schema = random.Random(i).choice(((10004, 1), (10000, 2), (7, 1)))
            data = header(b"12345678", number, schema) + b"whatever"
            strangers[number, schema] += 1
            batch.append(frame(data, 2))
            expected.append({"sbe": number, "schema": schema, "bytes": len(data), "e": "", "s": ""})
        if i == count // 2:
            encoder.ids[10003, SYMBOLS[0]] += 3  # these are missing
        if i % 1000 == 5:
            batch.append(frame(b'{"result":["btcusdt@trade"],"id":%d}' % i, 1))
            expected.append({"result": ["btcusdt@trade"], "id": i})
        if len(batch) > 200:
            conn.sendall(b"".join(batch))
            batch = []
    conn.sendall(b"".join(batch) + frame(b"\x03\xe8", 8))
    return expected, strangers


def main(client, key_file, count):
    total = 1 + sum(4 + (i % 100 == 7) + (i % 1000 == 5) for i in range(count))
    names = ["%s@%s" % (symbol.lower(), kind) for symbol in SYMBOLS
             for kind in ("trade", "bestBidAsk", "depth", "depth20")]
    listener = socket.create_server(("127.0.0.1", 0))
    url = "ws://127.0.0.1:%d/stream?streams=%s" % (listener.getsockname()[1], "/".join(names))
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        running = subprocess.Popen(
            [client, url, "--header-file", key_file, "--header", "X-Other:a b", "--no-bus", "--print",
             "--ping-interval", "0", "--verbose", "--count", str(total)],
            stdout=out, stderr=err)
        conn, head = accept(listener)
        expected, strangers = send_all(conn, count)
        listener.close()
        running.wait(60)
        out.seek(0)
        err.seek(0)
        printed = [json.loads(line) for line in out]
        words = err.read().decode()
    with open(key_file) as file:
        key = file.read().split(":")[1].strip()
    assert re.search(r"(?m)^X-MBX-APIKEY: %s\r$" % key, head), "the key is not in the request"
    assert re.search(r"(?m)^X-Other: a b\r$", head), head
    assert key not in words, "the key is printed"
    assert len(printed) == len(expected), "%d of %d" % (len(printed), len(expected))
    for line, said in zip(printed, expected):
        assert line == said, "%s instead of %s" % (line, said)
    assert " 1 gaps, 0 malformed" in words and " 3 missing in gaps" in words, words
    assert " 0 repeats" in words and " 0 unknown events" in words, words
    told = {(int(number), int(schema)) for number, schema in
            re.findall(r"messages of SBE template (\d+), schema (\d+)", words)}
    assert told <= set(strangers) and told, words
    assert "not told apart" not in words, words
    print("ok: %s of each template, times and ids right" %
          dict(collections.Counter(said["sbe"] for said in expected if "sbe" in said)))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
