#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""observed_client.py URL CA-FILE COUNT: somebody's client, that knows what it costs.

Waits for a line on its input before it connects; prints the processor time (user and
system, ns) that each of COUNT messages took it, those of the first second left out.
"""
import asyncio
import ssl
import sys
import time

import websockets

SETTLE_S = 1


async def take(url, context, count):
    async with websockets.connect(url, ssl=context, max_size=None, max_queue=None) as socket:
        end = time.monotonic() + SETTLE_S
        while time.monotonic() < end:
            await socket.recv()
        begin_ns = time.process_time_ns()
        for _ in range(count):
            await socket.recv()
        print((time.process_time_ns() - begin_ns) // count)


def main():
    url, ca_file, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    context = ssl.create_default_context(cafile=ca_file)
    context.check_hostname = False
    print("ready", file=sys.stderr, flush=True)
    sys.stdin.readline()
    asyncio.run(take(url, context, count))


main()
