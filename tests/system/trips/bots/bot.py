#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Bots to measure with: bot.py one|rough|pool|asyncio BASE-URL CA-FILE ORDERS

Each sends a test order for every message of btcusdt@bookTicker, which carries the message's `u`
as its newClientOrderId, and waits for all answers.
  one      one thread: websocket-client, reads a message, sends, reads the answer
  rough    the same, but of four orders one goes out in three pieces with Nagle's algorithm, and
           two in one TLS record
  pool     websocket-client: one thread reads messages, four send, one reads answers
  asyncio  websockets: two tasks of one thread
Prints "REQUEST-ID u TID" for each order.  BOT_WAIT names a file that has to be there before it
connects.
"""

import asyncio
import concurrent.futures
import json
import os
import select
import socket
import ssl
import sys
import threading
import time

MARKET = "/stream?streams=btcusdt@bookTicker"
API = "/ws-api/v3"
DRAIN_COUNT = 20


class Book:
    """What was sent, and how much of it was answered."""

    def __init__(self, wanted):
        self.wanted = wanted
        self.sent = 0
        self.answered = 0
        self.lock = threading.Lock()

    def order(self, message):
        """The text of an order for the message; None once all were sent."""
        update = json.loads(message)["data"]["u"]
        with self.lock:
            if self.sent == self.wanted:
                return None
            self.sent += 1
            number = self.sent
            print(number, update, threading.get_native_id())
        return json.dumps({"id": number, "method": "order.test", "params": {
            "symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "1",
            "price": "1", "newClientOrderId": str(update), "apiKey": "k" * 64, "signature": "0" * 64,
            "timestamp": int(time.time() * 1000)}})

    def answer(self, text):
        answer = json.loads(text)
        if answer.get("status") != 200:
            sys.exit(f"refused: {text}")
        self.answered += 1

    def is_done(self):
        return self.answered == self.wanted


def connect(base, context, path, nagle=False):
    import websocket
    options = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 0 if nagle else 1)]
    return websocket.create_connection(base + path, sockopt=options, enable_multithread=True,
                                       sslopt={"context": context})


def newest(market):
    """Takes what is there, but not for ever: an exchange drops who falls behind."""
    message = market.recv()
    pending = getattr(market.sock, "pending", lambda: 0)  # of TLS
    for _ in range(DRAIN_COUNT):
        if not pending() and not select.select([market.sock], [], [], 0)[0]:
            break
        message = market.recv()
    return message


def one(base, context, book):
    market, api = connect(base, context, MARKET), connect(base, context, API)
    while not book.is_done():
        api.send(book.order(newest(market)))
        book.answer(api.recv())


def frame_of(text):
    from websocket import ABNF
    return ABNF.create_frame(text, ABNF.OPCODE_TEXT).format()


def rough(base, context, book):
    market, api = connect(base, context, MARKET), connect(base, context, API, nagle=True)
    while not book.is_done():
        kind = book.sent % 4
        frame = frame_of(book.order(newest(market)))
        waiting = 1
        if kind == 2 and book.sent < book.wanted:
            frame += frame_of(book.order(market.recv()))
            waiting = 2
        for piece in [frame[:50], frame[50:200], frame[200:]] if kind == 1 else [frame]:
            api.sock.sendall(piece)
        for _ in range(waiting):
            book.answer(api.recv())


def pool(base, context, book):
    market, api = connect(base, context, MARKET), connect(base, context, API)

    def send(message):
        order = book.order(message)
        if order:
            api.send(order)

    def hear():
        while not book.is_done():
            book.answer(api.recv())

    hearing = threading.Thread(target=hear)
    hearing.start()
    with concurrent.futures.ThreadPoolExecutor(4) as workers:
        while book.sent < book.wanted:
            workers.submit(send, market.recv())
    hearing.join()


async def tasks(base, context, book):
    import websockets
    async with websockets.connect(base + MARKET, ssl=context) as market, \
            websockets.connect(base + API, ssl=context) as api:

        async def send():
            while (order := book.order(await market.recv())) is not None:
                await api.send(order)
                if book.sent == book.wanted:
                    break

        async def hear():
            while not book.is_done():
                book.answer(await api.recv())

        await asyncio.gather(send(), hear())


def main():
    kind, base, ca_file, orders = sys.argv[1:]
    context = None
    if base.startswith("wss:"):
        context = ssl.create_default_context(cafile=ca_file)
        context.check_hostname = False
    if kind == "asyncio":
        import websockets  # noqa: F401  before it is said that it is ready
    else:
        import websocket  # noqa: F401
    book = Book(int(orders))
    print("ready", file=sys.stderr, flush=True)
    while not os.path.exists(os.environ.get("BOT_WAIT", "/")):
        time.sleep(0.05)
    if kind == "asyncio":
        asyncio.run(tasks(base, context, book))
    else:
        {"one": one, "rough": rough, "pool": pool}[kind](base, context, book)


main()
