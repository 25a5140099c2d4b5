#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A client that is not ours: messages_client.py URL CA-FILE SECONDS [tls12-chacha]

Takes messages for so many seconds, then unsubscribes and takes what still
comes, so that it has had every message that was sent, or until the server
closes; prints how many.  The secrets go where SSLKEYLOGFILE says.
MESSAGES_WAIT names a file that has to be there before it connects; every MESSAGES_PING_S it pings;
every MESSAGES_AGAIN_S it connects anew.
"""

import asyncio
import json
import os
import ssl
import sys
import time

import websockets


async def count_for(socket, seconds):
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    count = 0
    while (left := end - loop.time()) > 0:
        try:
            await asyncio.wait_for(socket.recv(), left)
        except (asyncio.TimeoutError, websockets.ConnectionClosed):
            break
        count += 1
    return count


async def count_rest(socket, streams):
    """Up to the answer, and then to the closing frame: whatever was sent."""
    await socket.send(json.dumps({"method": "UNSUBSCRIBE", "params": streams, "id": 1}))
    count = 1
    while json.loads(await socket.recv()).get("id") != 1:
        count += 1
    await socket.close()
    try:
        while True:
            await socket.recv()
            count += 1
    except websockets.ConnectionClosed:
        return count


async def take(url, context, seconds):
    streams = url.partition("streams=")[2].split("/")
    pause = float(os.environ.get("MESSAGES_PING_S", "20"))
    async with websockets.connect(url, ssl=context, max_size=None, max_queue=None, ping_interval=pause) as socket:
        count = await count_for(socket, seconds)
        try:
            count += await count_rest(socket, streams)
        except websockets.ConnectionClosed:
            pass  # by the server: all of it has come
        print(count)


def main():
    url, ca_file, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
    context = ssl.create_default_context(cafile=ca_file)
    context.check_hostname = False
    if "tls12-chacha" in sys.argv[4:]:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers("ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305")
    print("ready", file=sys.stderr, flush=True)
    while not os.path.exists(os.environ.get("MESSAGES_WAIT", "/")):
        time.sleep(0.1)
    end, again = time.monotonic() + seconds, float(os.environ.get("MESSAGES_AGAIN_S", seconds))
    while time.monotonic() < end:
        asyncio.run(take(url, context, again))


main()
