#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A WebSocket server for the client's tests that is as awkward as the protocol
allows: it cuts the stream of frames into TLS records wherever it likes - in
frame headers too - and says of each message which records carried it.

  client_server.py PORT [--cert F --key F] [--messages N] [--seed N] [--log F]

The log has one line a message: first record, last record (counted from the
one after the HTTP response), payload bytes, frames.
"""
import argparse, json, random, socket, ssl, time

from client_frames import accept_upgrade, frame, read_request


def text_of(index, rng):
    size = rng.choice([0, 0, 0, 1, 40, 300, 900, 3000, 13000, 35000, 70000]) if rng.random() < 0.25 else 0
    data = {"e": "aggTrade", "E": 1790000000000 + index, "s": "BTCUSDT", "a": index,
            "p": "61800.10", "q": "0.100", "f": 1, "l": 2, "T": 1790000000000, "m": True}
    if size:
        data["pad"] = "x" * size
    return json.dumps({"stream": "btcusdt@aggTrade", "data": data}, separators=(",", ":")).encode()


def message_bytes(text, rng):
    """One message as frames, with pings in between; returns bytes and the number of frames."""
    parts = rng.choice([1, 1, 1, 1, 2, 5]) if len(text) > 10 else 1
    cuts = sorted(rng.randrange(len(text) + 1) for _ in range(parts - 1))
    out, at = b"", 0
    for i, cut in enumerate(cuts + [len(text)]):
        if i and rng.random() < 0.3:
            out += frame(0x89, b"ping%d" % i)
        out += frame((0x80 if i == parts - 1 else 0) | (1 if i == 0 else 0), text[at:cut])
        at = cut
    return out, parts


def stream(conn, args):
    rng = random.Random(args.seed)
    pending, spans, record, sent_at = b"", [], 0, 0
    record_of = lambda offset, sizes: next(i for i, end in enumerate(sizes) if offset < end)
    log = open(args.log, "w") if args.log else None
    index = 0
    while index < args.messages:
        # A burst: some messages, joined, then cut into records anywhere.
        burst, marks = b"", []
        for _ in range(rng.choice([1, 1, 1, 2, 10, 60])):
            if index == args.messages:
                break
            text = text_of(index, rng)
            data, frames = message_bytes(text, rng)
            lead = frame(0x89, b"p") if rng.random() < 0.1 else b""
            marks.append((len(burst) + len(lead), len(burst) + len(lead) + len(data), len(text), frames))
            burst += lead + data
            index += 1
        ends, at = [], 0
        while at < len(burst):
            size = rng.choice([1, 2, 3, 7, 50, 200, 1000, 5000, 16384, 16384, 16384])
            at = min(at + size, len(burst))
            ends.append(at)
        for start, end, size, frames in marks:
            if log:
                log.write("%d\t%d\t%d\t%d\n" % (record + record_of(start, ends),
                                                record + record_of(end - 1, ends), size, frames))
        at = 0
        cork = rng.random() < 0.5
        conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1 if cork else 0)
        for end in ends:
            conn.sendall(burst[at:end])
            at = end
        record += len(ends)
        if cork:
            conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 0)
        if rng.random() < 0.5:
            time.sleep(rng.choice([0.0005, 0.002, 0.01]))
    if log:
        log.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("--cert")
    parser.add_argument("--key")
    parser.add_argument("--tls12", action="store_true")
    parser.add_argument("--messages", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--log")
    args = parser.parse_args()
    listener = socket.create_server(("127.0.0.1", args.port))
    context = None
    if args.cert:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(args.cert, args.key)
        if args.tls12:
            context.maximum_version = ssl.TLSVersion.TLSv1_2
    conn, _ = listener.accept()
    conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if context:
        conn = context.wrap_socket(conn, server_side=True)
    accept_upgrade(conn, read_request(conn)[1])
    stream(conn, args)
    conn.settimeout(20)
    try:
        while conn.recv(4096):
            pass
    except (OSError, ssl.SSLError):
        pass


main()
