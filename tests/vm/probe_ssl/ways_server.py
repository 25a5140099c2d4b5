#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""ways_server.py PORT CERT KEY COUNT: TLS 1.3, begun after STARTTLS if the client asks for it.

Each connection gets COUNT messages of changing sizes, now one at a time, now several in a row,
and is closed then; those that ask for it ("eq") all get the same.
"""
import random
import socket
import ssl
import sys
import threading
import time

PORT, CERT, KEY, COUNT = int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(CERT, KEY)


def serve(raw, number):
    chance = random.Random(number)
    raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if raw.recv(1, socket.MSG_PEEK) == b"S":
        raw.recv(9, socket.MSG_WAITALL)
        raw.sendall(b"S")
    conn = context.wrap_socket(raw, server_side=True)
    if conn.recv(3) == b"eq\n":
        chance = random.Random(0)
    left = COUNT
    while left:
        for _ in range(min(left, chance.choice((1, 1, 1, 2, 5, 20)))):
            size = chance.choice((60, 61, 90, 170, 300, 2000, 16384))
            conn.sendall(f"{left:06} ".encode() + b"x" * (size - 7))
            left -= 1
        time.sleep(0.004)
    conn.close()


server = socket.create_server(("127.0.0.1", PORT))
print("listening", flush=True)
accepted = 0
while True:
    one, _ = server.accept()
    accepted += 1
    threading.Thread(target=serve, args=(one, accepted), daemon=True).start()
