#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A server of python3-websockets for the client: whole and fragmented
messages of up to 1 MiB, pings that must be answered with their payload, and
compression if asked for.

  client_interop.py PORT CERT KEY yes|no SENT

Writes each message it has sent to the file SENT, one a line, and "pongs N"
to stdout when all N of its pings were answered.
"""
import asyncio, json, random, ssl, sys
import websockets

port, cert, key, compress, sent_path = sys.argv[1:6]
COUNT = 600


def text(i, rng):
    size = rng.choice([0, 0, 0, 10, 200, 5000, 65535, 65536, 200000, 1000000]) if i % 10 == 0 else 0
    data = {"e": "aggTrade", "E": 1790000000000 + i, "s": "BTCUSDT", "a": i, "T": 1,
            "pad": "é€😀x" * (size // 10)}
    return json.dumps({"stream": "btcusdt@aggTrade", "data": data}, ensure_ascii=False)


async def handler(ws):
    rng = random.Random(5)
    pongs = []
    with open(sent_path, "w") as sent:
        for i in range(COUNT):
            message = text(i, rng)
            sent.write(message + "\n")
            if i % 7 == 0:
                cut = max(1, len(message) // 4)
                await ws.send(message[k:k + cut] for k in range(0, len(message), cut))
            else:
                await ws.send(message)
            if i % 50 == 0:
                pongs.append(asyncio.ensure_future(await ws.ping(b"payload %d" % i)))
    await asyncio.wait_for(asyncio.gather(*pongs), 10)
    extensions = getattr(ws, "protocol", ws).extensions  # since the library's 14; before, its own
    print("pongs", len(pongs), "compression", bool(extensions), flush=True)
    await ws.wait_closed()
    print("closed", ws.close_code, flush=True)


async def main():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    async with websockets.serve(handler, "127.0.0.1", port, ssl=context,
                                compression="deflate" if compress == "yes" else None):
        await asyncio.Future()


asyncio.run(main())
