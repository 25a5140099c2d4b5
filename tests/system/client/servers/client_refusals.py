#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A server for the client's tests that does one wrong thing.

  client_refusals.py NAME [--cert F --key F] [--host ADDRESS]

Prints "port N" when it listens, and what it saw of each connection: the Host
header it was asked by, the close code it was sent, what was subscribed to.
Names that begin with "http-" answer the upgrade badly; the others accept it,
send three good messages in one piece with what NAME says, and wait.
"""
import argparse, json, os, socket, ssl, struct, threading, time

from client_frames import accept_upgrade, frame, read_request

MIB = 1 << 20
START_S = time.monotonic()


def trade(number, pad_bytes=0):
    data = {"e": "aggTrade", "E": 1790000000000 + number, "s": "BTCUSDT", "a": number, "T": 1}
    text = json.dumps({"stream": "btcusdt@aggTrade", "data": data}, separators=(",", ":"))
    if pad_bytes:
        text = text[:-1] + ',"pad":"' + "x" * (pad_bytes - len(text) - 9) + '"}'
    return frame(0x81, text.encode())


def utf8_trade(number):
    data = {"e": "aggTrade", "E": 1790000000000 + number, "s": "币安人生USDT", "a": number, "T": 1}
    text = {"stream": "币安人生usdt@aggTrade", "data": data}
    return frame(0x81, json.dumps(text, ensure_ascii=number % 2).encode())  # as it is, and escaped


def close_frame(code, reason=b""):
    return frame(0x88, struct.pack(">H", code) + reason)


# What comes behind three good messages, in the same piece.
BEHIND = {
    "nothing": b"",
    "rsv1": frame(0xC1, b"\xaa\x56\x4a\x4d"),
    "masked": frame(0x81, b"{}", b"abcd"),
    "opcode": frame(0x83, b"{}"),
    "control": frame(0x89, b"p" * 126),
    "control-split": frame(0x09, b"p"),
    "continuation": frame(0x80, b"{}"),
    "unfinished": frame(0x01, b'{"a":') + trade(9),
    "length": b"\x81\x7f\x80" + b"\0" * 7,
    "huge": b"\x82\x7f" + struct.pack(">Q", 1 << 40) + b"{}",
    "utf8": frame(0x81, b'{"e":"\xff"}'),
    "mib": trade(3, MIB),
    "mib-and-1": trade(3, MIB + 1) + trade(4),
    "gap": trade(7) + trade(8),
    "names": utf8_trade(1) + utf8_trade(2),
    "escape": frame(0x81, b'{"code":2,"msg":"\\u001b[2Jgone\\r\\nexchange: all is well","id":7}'),
    "close-1000": close_frame(1000, b"that is all"),
    "close-1001": close_frame(1001),
    "close-1008": close_frame(1008, b"Too many requests"),
    "close-1005": close_frame(1005),
    "close-escape": close_frame(1011, b"\x1b[2Jgone"),
    "close-empty": frame(0x88, b""),
    "close-byte": frame(0x88, b"\x03"),
}

ANSWERS = {
    "http-redirect": "302 Found\r\nLocation: wss://elsewhere.invalid/ws",
    "http-401": "401 Unauthorized",
    "http-403": "403 Forbidden",
    "http-404": "404 Not Found",
    "http-429": "429 Too Many Requests\r\nRetry-After: 30",
    "http-503": "503 Service Unavailable",
    "http-200": "200 OK",
    "http-escape": "503 \x1b[2Jgone\x07",
}


def read_headers(conn):
    size, headers = read_request(conn)
    print("asked by host %s, %d bytes" % (headers[b"host"].decode(), size), flush=True)
    return headers


def answer_badly(conn, name):
    read_headers(conn)
    if name == "http-mute":
        time.sleep(60)
    elif name == "http-slow":
        for byte in b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nX: " + b"y" * 300:
            conn.sendall(bytes([byte]))
            time.sleep(0.5)
    elif name == "http-endless":
        conn.sendall(b"HTTP/1.1 101 Switching Protocols\r\n")
        while True:
            conn.sendall(b"X: " + b"y" * 1000 + b"\r\n")
    elif name == "http-garbage":
        conn.sendall(bytes(range(256)) * 4)
    elif name == "http-nothing":
        return
    elif name == "http-accept":
        conn.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                     b"Connection: Upgrade\r\nSec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n")
    else:
        conn.sendall(("HTTP/1.1 %s\r\nContent-Length: 0\r\n\r\n" % ANSWERS[name]).encode())
    time.sleep(0.2)


def read_frames(conn):
    """What the client sends, unmasked, up to its close frame or the end."""
    have = b""
    while True:
        got = conn.recv(65536)
        if not got:
            print("ended without a close frame", flush=True)
            return
        have += got
        while len(have) >= 6:
            size, at = have[1] & 0x7F, 2
            if size == 126:
                size, at = struct.unpack(">H", have[2:4])[0], 4
            if len(have) < at + 4 + size:
                break
            mask, payload = have[at:at + 4], have[at + 4:at + 4 + size]
            payload = bytes(b ^ mask[i % 4] for i, b in enumerate(payload))
            first, have = have[0], have[at + 4 + size:]
            if first == 0x88:
                code = struct.unpack(">H", payload[:2])[0] if len(payload) >= 2 else 0
                print("closed with %d" % code, flush=True)
                return
            if first == 0x81:
                print("request %s" % payload.decode(), flush=True)


def say_all(conn):
    """The tickers of two symbols by turns: the same on every connection, at the same time."""
    number = int((time.monotonic() - START_S) * 100)
    while True:
        update = 10**12 + number if number % 2 else number
        data = {"e": "bookTicker", "u": update, "s": "AB"[number % 2], "b": "1", "B": "1",
                "a": "2", "A": "1", "n": number}
        conn.sendall(frame(0x81, json.dumps({"stream": "!bookTicker", "data": data},
                                            separators=(",", ":")).encode()))
        number += 1
        time.sleep(max(0, START_S + number / 100 - time.monotonic()))


def serve(conn, name):
    accept_upgrade(conn, read_headers(conn))
    if name == "fin":
        conn.sendall(trade(0) + trade(1) + trade(2))
        conn.shutdown(socket.SHUT_WR)
    elif name == "busy":
        number = 0
        while True:
            conn.sendall(trade(number))
            number += 1
            time.sleep(0.002)
    elif name == "all-symbols":
        say_all(conn)
    elif name == "unanswered":
        pass
    else:
        conn.sendall(trade(0) + trade(1) + trade(2) + BEHIND[name])
    conn.settimeout(20)
    read_frames(conn)


def handle(conn, name, context):
    try:
        if name == "tcp-mute":
            time.sleep(60)
        if name == "tcp-garbage":
            conn.sendall(b"SSH-2.0-OpenSSH_9.2p1\r\n")
            time.sleep(1)
        if name.startswith("tcp-"):
            return
        if context:
            conn = context.wrap_socket(conn, server_side=True)
        if name.startswith("http-"):
            answer_badly(conn, name)
        else:
            serve(conn, name)
    except (OSError, ssl.SSLError) as error:
        print("error %s" % error, flush=True)
    finally:
        conn.close()


def main():
    threading.Timer(120, os._exit, [0]).start()  # whoever started it may be gone
    parser = argparse.ArgumentParser()
    parser.add_argument("name")
    parser.add_argument("--cert")
    parser.add_argument("--key")
    parser.add_argument("--host", default="127.0.0.1")
    args = parser.parse_args()
    family = socket.AF_INET6 if ":" in args.host else socket.AF_INET
    listener = socket.create_server((args.host, 0), family=family)
    context = None
    if args.cert:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(args.cert, args.key)
    print("port %d" % listener.getsockname()[1], flush=True)
    while True:
        conn, _ = listener.accept()
        conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=handle, args=(conn, args.name, context), daemon=True).start()


main()
