#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Clients that know nothing of the profiler: clients.py plain|asyncio PORT CA COUNT

Prints how many reads of OpenSSL returned bytes where it can know (plain), else
how many messages came.  Begins once the file $GO is there.
"""
import asyncio
import os
import ssl
import sys
import socket
import time

STREAMS = "/market/stream?streams=btcusdt@aggTrade/ethusdt@aggTrade"


def plain(port, context, count):
    """Reads of changing sizes, so that some return part of a record."""
    raw = socket.create_connection(("127.0.0.1", port))
    tls = context.wrap_socket(raw, server_hostname="localhost")
    tls.sendall((f"GET {STREAMS} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
                 "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                 "Sec-WebSocket-Version: 13\r\n\r\n").encode())
    reads = 0
    while reads < count:
        if not tls.recv((16384, 50, 1000)[reads % 3]):
            break
        reads += 1
    print(reads)


async def with_asyncio(port, context, count):
    """Here the event loop reads the socket and feeds OpenSSL."""
    import websockets
    async with websockets.connect(f"wss://localhost:{port}{STREAMS}", host="127.0.0.1",
                                  ssl=context) as feed:
        for _ in range(count):
            await feed.recv()
    print(count)


def main():
    kind, port, authority, count = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
    context = ssl.create_default_context(cafile=authority)
    while "GO" in os.environ and not os.path.exists(os.environ["GO"]):
        time.sleep(0.1)
    if kind == "plain":
        plain(port, context, count)
    else:
        asyncio.run(with_asyncio(port, context, count))


main()
