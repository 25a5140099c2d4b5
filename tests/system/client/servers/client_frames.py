# SPDX-License-Identifier: BSD-2-Clause
"""What the client's own test servers share: frames, and the upgrade to WebSocket."""
import base64, hashlib, re, struct

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def frame(first, payload, mask=b""):
    """One frame, its length in the shortest form; `first` is its first byte."""
    size = len(payload)
    bit = 0x80 if mask else 0
    if size < 126:
        head = bytes([first, bit | size])
    elif size < 65536:
        head = bytes([first, bit | 126]) + struct.pack(">H", size)
    else:
        head = bytes([first, bit | 127]) + struct.pack(">Q", size)
    if mask:
        payload = mask + bytes(b ^ mask[i % 4] for i, b in enumerate(payload))
    return head + payload


def read_request(conn):
    """The request's size, and its headers by their names in lower case."""
    request = b""
    while b"\r\n\r\n" not in request:
        got = conn.recv(65536)
        if not got:
            raise ConnectionError("no request")
        request += got
    headers = dict(re.findall(rb"(?im)^([a-z-]+): *(.*?)\r$", request))
    return len(request), {key.lower(): value for key, value in headers.items()}


def accept_upgrade(conn, headers):
    accept = base64.b64encode(hashlib.sha1(headers[b"sec-websocket-key"] + GUID).digest())
    conn.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                 b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n")
