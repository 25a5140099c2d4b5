#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The exchange's SBE streams against a decoder and a client that are not ours."""
import asyncio
import collections
import json
import os
import sys
import time

import websockets
import websockets.version

from exchange_interop import Exchange
from sbe_decoder import decode

HEADERS = "extra_headers" if websockets.version.version < "14" else "additional_headers"
KEY = {HEADERS: {"X-MBX-APIKEY":
                 "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ01"}}
IS_FULL = os.environ.get("PROF_FULL") == "1"
# Of each template at least so many.
SOME = {10000: 4000, 10001: 4000, 10002: 1000, 10003: 2000}
COUNTS = {"steady": dict.fromkeys(SOME, 100000) if IS_FULL else SOME, "mixed": SOME}
SYMBOLS = (["btcusdt", "ethusdt", "币安人生usdt"] +
           ["a%03dusdt" % i for i in range(37 if IS_FULL else 17)])


class Judge:
    """What was said of each symbol, and whether it goes together."""

    def __init__(self):
        self.counts = collections.Counter()
        self.trade, self.diff, self.book = {}, {}, {}

    def take(self, data, now_us):
        number, message = decode(data)
        symbol = message.symbol
        self.counts[number] += 1
        assert -5_000_000 < message.time - now_us <= 1000, "time %d at %d" % (message.time, now_us)
        assert message.qty_exponent == -3 and -9 <= message.price_exponent <= 0
        if number == 10000:
            ids = [trade[0] for trade in message.trades]
            last = self.trade.get(symbol, ids[0] - 1)
            assert ids == list(range(last + 1, last + 1 + len(ids))), "%s after %d" % (ids, last)
            assert 0 <= message.time - message.transact < 10_000
            assert len({trade[3] for trade in message.trades}) == 1
            self.trade[symbol] = ids[-1]
            return (symbol, ids[-1])
        assert message.last >= self.book.get(symbol, 0), "an earlier book of " + symbol
        self.book[symbol] = message.last
        if number == 10003:
            assert message.first == self.diff.get(symbol, message.first - 1) + 1
            assert message.first <= message.last
            self.diff[symbol] = message.last
        if number == 10002:
            assert len(message.bids) == len(message.asks) == 20
            assert all(level[1] > 0 for level in message.bids + message.asks)
        if number == 10001:
            assert message.bid < message.ask
        prices = [level[0] for level in message.bids]
        assert prices == sorted(prices, reverse=True)
        return (symbol, message.last)


async def all_templates_are_right(exchange, scenario):
    kinds = ["trade", "bestBidAsk"]
    names = ["%s@%s" % (symbol, kind) for symbol in SYMBOLS[:3] for kind in kinds]
    names += ["%s@%s" % (symbol, kind) for symbol in SYMBOLS for kind in ("depth", "depth20")]
    counts = COUNTS[scenario]
    judge, seen = Judge(), collections.Counter()
    async with exchange.connect("/stream?streams=" + "/".join(names),
                                max_queue=None, **KEY) as ws:
        async for data in ws:
            assert isinstance(data, bytes), "text: %r" % data
            seen[judge.take(data, time.time_ns() // 1000)] += 1
            if all(judge.counts[number] >= count for number, count in counts.items()):
                break
    assert all(judge.counts[number] >= count for number, count in counts.items()), judge.counts
    print("ok: %s: %s" % (scenario, dict(sorted(judge.counts.items()))))
    return seen


async def answers_are_json(exchange):
    async with exchange.connect("/ws", **KEY) as ws:
        await ws.send(json.dumps({"method": "SUBSCRIBE", "id": "a-1",
                                  "params": ["币安人生usdt@bestBidAsk", "btcusdt@aggTrade"]}))
        assert json.loads(await ws.recv()) == {"result": None, "id": "a-1"}
        number, message = decode(await asyncio.wait_for(ws.recv(), 5))
        assert (number, message.symbol) == (10001, "币安人生USDT")
        await ws.send(json.dumps({"method": "LIST_SUBSCRIPTIONS", "id": 2}))
        while isinstance(data := await asyncio.wait_for(ws.recv(), 5), bytes):
            decode(data)
        assert json.loads(data)["result"] == ["币安人生usdt@bestBidAsk", "btcusdt@aggTrade"]
    print("ok: answers are JSON, messages binary, names in any script")


async def a_key_is_asked_for(exchange):
    try:
        async with exchange.connect("/ws/btcusdt@trade"):
            raise AssertionError("let in without a key")
    except websockets.InvalidHandshake as error:
        assert "401" in str(error), error
    print("ok: no key, 401")


async def main():
    for scenario in ("steady", "mixed"):
        async with Exchange("--venue", "sbe", "--rate", "300" if IS_FULL else "600", "--scenario", scenario,
                            "--no-client-rate") as exchange:
            await a_key_is_asked_for(exchange)
            await answers_are_json(exchange)
            seen = await all_templates_are_right(exchange, scenario)
        # Everything that came is in the exchange's own account.
        sent = collections.Counter((row[1].split("@")[0].upper(), int(row[2]))
                                   for row in exchange.sent)
        missing = [key for key in seen if (key[0], key[1]) not in sent]
        assert not missing, missing[:3]
        assert exchange.counters["slow"] == 0, exchange.counters
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
