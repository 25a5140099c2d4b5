#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A client that is not ours: messages_client.py URL CA-FILE SECONDS [tls12-chacha]

Takes messages for so many seconds.  The secrets go where SSLKEYLOGFILE says.
"""

import asyncio
import ssl
import sys

import websockets


async def take(url, context, seconds):
    async with websockets.connect(url, ssl=context, max_size=None) as socket:
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        count = 0
        while (left := end - loop.time()) > 0:
            try:
                await asyncio.wait_for(socket.recv(), left)
            except asyncio.TimeoutError:
                break
            count += 1
        print(count)


def main():
    url, ca_file, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
    context = ssl.create_default_context(cafile=ca_file)
    context.check_hostname = False
    if "tls12-chacha" in sys.argv[4:]:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers("ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305")
    asyncio.run(take(url, context, seconds))


main()
