#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A proxy for the client's tests, which counts the bytes it passes on.

  client_proxy.py PORT BOUNDS [--kind connect|socks5] [--host ADDRESS] [--answer BYTES]
                  [--pieces] [--interim] [--bare] [--user NAME:PASSWORD] [--say STATUS-LINE]

Each connection's account goes to BOUNDS, one line for each read from the server: "<bytes of
the proxy's own answers> <end offset of a TLS record> ..." in the TCP stream towards the client,
and one line "asked <what the proxy was asked for>".  --pieces sends the answers byte by byte,
--interim a 100 before them, --bare ends lines with LF only.
"""
import argparse, base64, socket, struct, threading, time

LOCK = threading.Lock()


def account(args, words):
    with LOCK, open(args.bounds, "a", encoding="utf-8") as file:
        file.write(words + "\n")


def exactly(conn, count):
    data = b""
    while len(data) < count:
        more = conn.recv(count - len(data))
        if not more:
            raise OSError("closed")
        data += more
    return data


def answer(conn, args, data):
    """Returns how many bytes it had."""
    if args.pieces:
        for i in range(len(data)):
            conn.sendall(data[i:i + 1])
            time.sleep(0.002)
    else:
        conn.sendall(data)
    return len(data)


def greet_connect(conn, args):
    request = b""
    while b"\r\n\r\n" not in request:
        request += exactly(conn, 1)
    lines = request.decode().split("\r\n")
    place = lines[0].split()[1]
    account(args, "asked %s %s" % (place, lines[1]))
    secret = base64.b64encode(args.user.encode()).decode() if args.user else None
    status = args.say or "HTTP/1.1 200 Connection established"
    if secret and "Proxy-Authorization: Basic " + secret not in lines:
        status = "HTTP/1.1 407 Proxy Authentication Required"
    end = b"\n" if args.bare else b"\r\n"
    head = status.encode() + end
    pad = args.answer - len(head) - len(end)
    if pad > 7 + len(end):
        head += b"X-Pad: " + b"a" * (pad - 7 - len(end)) + end
    sent = answer(conn, args, b"HTTP/1.1 100 Continue\r\n\r\n") if args.interim else 0
    sent += answer(conn, args, head + end)
    if " 200 " not in status:
        raise OSError("refused")
    host, port = place.rsplit(":", 1)
    return (host.strip("[]"), int(port)), sent


def greet_socks5(conn, args):
    sent = 0
    methods = exactly(conn, exactly(conn, 2)[1])
    if args.user:
        if 2 not in methods:
            answer(conn, args, b"\x05\xff")
            raise OSError("refused")
        sent += answer(conn, args, b"\x05\x02")
        user = exactly(conn, exactly(conn, 2)[1]).decode()
        password = exactly(conn, exactly(conn, 1)[0]).decode()
        good = args.user == user + ":" + password
        sent += answer(conn, args, b"\x01" + (b"\0" if good else b"\1"))
        if not good:
            raise OSError("refused")
    else:
        sent += answer(conn, args, b"\x05\x00")
    kind = exactly(conn, 4)[3]
    if kind == 1:
        host = socket.inet_ntoa(exactly(conn, 4))
    elif kind == 4:
        host = socket.inet_ntop(socket.AF_INET6, exactly(conn, 16))
    else:
        host = exactly(conn, exactly(conn, 1)[0]).decode()
    port = struct.unpack(">H", exactly(conn, 2))[0]
    account(args, "asked %s %d" % (host, port))
    name = b"a" * args.answer  # the answer's own address may be a name, of any length
    bound = b"\x03" + bytes([len(name)]) + name if name else b"\x01\0\0\0\0"
    reply = int(args.say or 0)
    sent += answer(conn, args, bytes([5, reply, 0]) + bound + b"\0\0")
    if reply:
        raise OSError("refused")
    return (host, port), sent


def upwards(conn, up):
    try:
        while data := conn.recv(65536):
            up.sendall(data)
        up.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def downwards(conn, up, args, own_bytes):
    pending, at = b"", own_bytes
    account(args, str(own_bytes))
    while data := up.recv(65536):
        pending += data
        ends = []
        while len(pending) >= 5:
            size = 5 + int.from_bytes(pending[3:5], "big")
            if len(pending) < size:
                break
            pending = pending[size:]
            at += size
            ends.append(at)
        account(args, " ".join(map(str, [own_bytes, *ends])))
        conn.sendall(data)


def serve(conn, args):
    try:
        greet = greet_socks5 if args.kind == "socks5" else greet_connect
        place, own_bytes = greet(conn, args)
        up = socket.create_connection(place)
        for one in (conn, up):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=upwards, args=(conn, up), daemon=True).start()
        downwards(conn, up, args, own_bytes)
    except OSError:
        pass
    conn.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("bounds")
    parser.add_argument("--kind", default="connect")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--answer", type=int, default=0)
    parser.add_argument("--pieces", action="store_true")
    parser.add_argument("--interim", action="store_true")
    parser.add_argument("--bare", action="store_true")
    parser.add_argument("--user")
    parser.add_argument("--say")
    args = parser.parse_args()
    family = socket.AF_INET6 if ":" in args.host else socket.AF_INET
    listener = socket.create_server((args.host, args.port), family=family)
    print("listening", flush=True)
    while True:
        conn = listener.accept()[0]
        threading.Thread(target=serve, args=(conn, args), daemon=True).start()


main()
