#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Our client against our exchange: every stream that the venue is known to have.

    client_sheet.py BIN-FOLDER EVENTS WORK-FOLDER SECONDS

Each stream must be named, its messages' event known, its time of origin there where the
fact sheet says so and nowhere else; no gap, no repeat, no silence that is not true.
"""
import collections
import os
import pathlib
import re
import subprocess
import sys
import time
import urllib.parse

KEY = "X-MBX-APIKEY: " + "k" * 64
CN = "币安人生usdt"
HAS_TIME, NO_TIME = True, False

SPOT = dict.fromkeys(
    ["btcusdt@aggTrade", "btcusdt@trade", "ethusdt@depth@100ms", "btcusdt@kline_1m", "bnbusdt@kline_1s",
     "ethusdt@kline_1h@+08:00", "btcusdt@miniTicker", "!miniTicker@arr", "btcusdt@ticker",
     "btcusdt@ticker_1h", "btcusdt@ticker_4h", "btcusdt@ticker_1d", "!ticker_1h@arr", "btcusdt@avgPrice",
     "btcusdt@blockTrade", CN + "@trade", CN + "@aggTrade", "btcjpy@trade", "ethusd1@aggTrade"], HAS_TIME)
SPOT.update(dict.fromkeys(
    ["btcusdt@bookTicker", "btcusdt@depth20@100ms", "btcusdt@referencePrice"], NO_TIME))
MARKET = dict.fromkeys(
    ["btcusdt@aggTrade", "btcusd_perp@aggTrade", "btcusdt@markPrice@1s", "!markPrice@arr@1s",
     "btcusdt@kline_1m", "btcusdt_perpetual@continuousKline_1m", "btcusdt@miniTicker", "!miniTicker@arr",
     "btcusdt@ticker", "!ticker@arr", "btcusdt@forceOrder", "!contractInfo", "!assetIndex@arr",
     "defiusdt@compositeIndex", "tradingSession", "btcusd@indexPrice@1s", "btcusd@indexPriceKline_1m",
     "btcusd_perp@markPriceKline_1m", "btcusdt@optionMarkPrice", "!index@arr", "!optionSymbol",
     "btcusd@assetIndex", CN + "@aggTrade"], HAS_TIME)
PUBLIC = dict.fromkeys(
    ["btcusdt@bookTicker", "btcusd_261225@bookTicker", "btcusdt@depth@100ms", "ethusdt@trade",
     "bnbusdt@depth20@100ms", "btcusdt@optionTrade", "btcusdt@optionTicker261225", CN + "@depth@500ms"],
    HAS_TIME)
SBE = {symbol + kind: HAS_TIME for symbol in ("btcusdt", CN)
       for kind in ("@trade", "@bestBidAsk", "@depth", "@depth20")}


def both(streams, more):
    """Combined connections carry even those that only a name tells apart."""
    return {**streams, **dict.fromkeys(more, HAS_TIME)}


def ask(form, streams, quote=None):
    names = "/".join(streams)
    if quote is not None:
        names = urllib.parse.quote(names, safe=quote)
    return form + names


# Name, venue, path and streams; the messages' times end on 000 us where they are of ms.
RUNS = [
    ("spot, combined", "spot", ask("/stream?streams=", SPOT, ""), SPOT, 1000),
    ("spot, raw, us", "spot", ask("/ws/", SPOT, "/@!") + "?timeUnit=MICROSECOND", SPOT, 1),
    ("market, combined", "futures", ask("/market/stream?streams=", both(MARKET, ["!forceOrder@arr", "btcusd@markPrice@1s"])),
     both(MARKET, ["!forceOrder@arr", "btcusd@markPrice@1s"]), 1000),
    ("market, raw", "futures", ask("/market/ws/", MARKET, ""), MARKET, 1000),
    ("public, combined", "futures",
     ask("/public/stream?streams=", both(PUBLIC, ["btcusdt@rpiDepth@500ms", "!bookTicker"])),
     both(PUBLIC, ["btcusdt@rpiDepth@500ms", "!bookTicker"]), 1000),
    ("public, raw", "futures", ask("/public/ws/", PUBLIC), PUBLIC, 1000),
    ("unrouted, raw", "futures", ask("/ws/", PUBLIC, "!@"), PUBLIC, 1000),
    ("SBE, combined", "sbe", ask("/stream?streams=", SBE, "/"), SBE, 1),
    ("SBE, raw", "sbe", ask("/ws/", SBE), SBE, 1),
    # These two cannot be told apart: that is said, and neither is followed.
    ("alike, raw", "futures", "/public/ws/btcusdt@depth@100ms/btcusdt@rpiDepth@500ms/btcusdt@bookTicker",
     {"btcusdt@bookTicker": HAS_TIME}, 1000),
]


class Run:
    def __init__(self, number, places, seconds, run):
        self.name, self.venue, path, self.streams, self.unit_us = run
        self.bus = "/client_sheet_%d_%d" % (os.getpid(), number)
        self.events = subprocess.Popen([EVENTS, self.bus], stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE, text=True)
        self.events.stderr.readline()  # ready
        self.client = subprocess.Popen(
            [CLIENT, "ws://%s%s" % (places[self.venue], path), "--bus", self.bus, "--duration",
             str(seconds), "--silence-timeout", str(seconds - 2), "--header-file", KEY_FILE],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def judge(self):
        words = self.client.communicate()[1]
        rows = [line.split("\t") for line in self.events.communicate()[0].splitlines()]
        pathlib.Path("/dev/shm" + self.bus).unlink(missing_ok=True)
        wrong = [] if self.client.returncode == 0 else ["exit %d" % self.client.returncode]
        seen, timed, fine = (collections.Counter() for _ in range(3))
        now_us = time.time_ns() // 1000
        for row in rows:
            name, exch_us, size_bytes = row[9], int(row[8]), int(row[3]) - int(row[2])
            if not name and size_bytes == len("[]") + 2:
                continue  # an array with nothing in it has nothing to be named by
            seen[name] += 1
            is_empty = "@arr" in name and size_bytes < 45  # nothing, and no time
            timed[name] += exch_us > 0 or is_empty
            fine[name] += exch_us % self.unit_us == 0 and exch_us % 1000 != 0
            if exch_us and not -60_000_000 < exch_us - now_us <= 0:
                wrong.append("%s: %d us" % (name, exch_us))
            if exch_us % self.unit_us:
                wrong.append("%s: %d us" % (name, exch_us))
        for name, has_time in self.streams.items():
            if not seen[name]:
                wrong.append("%s: not named" % name)
            elif timed[name] != (seen[name] if has_time else 0):
                wrong.append("%s: %d of %d with a time" % (name, timed[name], seen[name]))
        for expected in (" 0 dropped, 0 reconnects, 0 roll-overs, 0 gaps, 0 malformed",
                         "0 missing in gaps, 0 missing across reconnects, 0 duplicates, 0 repeats",
                         " 0 unknown events, 0 refused requests, 0 range errors"):
            if expected not in words:
                wrong.append("not '%s'" % expected)
        if self.unit_us == 1 and not sum(fine.values()):
            wrong.append("no time is finer than 1 ms")
        wrong += self.judge_names(seen, words)
        if wrong:
            print("FAIL: %s: %s\n%s" % (self.name, "; ".join(wrong[:8]), words))
        else:
            print("ok: %s: %d streams, %d messages" % (self.name, len(self.streams), len(rows)))
        return not wrong

    def judge_names(self, seen, words):
        """What has no name, and what is said of it."""
        told = re.findall(r"websocket_client: (.*)", words)
        told = [line for line in told if not re.match(r"--header: ws:// |\d+ m", line)]
        alike = "btcusdt@depth@100ms and btcusdt@rpiDepth@500ms: their messages are not told apart"
        if self.name.startswith("alike"):
            return [] if seen[""] and len(told) == 1 and told[0].startswith(alike) else told
        if set(seen) - set(self.streams):
            told.append("nameless: %s" % (set(seen) - set(self.streams)))
        return told


def start_exchange(venue, binaries, rate):
    exchange = subprocess.Popen([os.path.join(binaries, "exchange"), "--plain", "--listen",
                                 "127.0.0.1:0", "--venue", venue, "--rate", str(rate)],
                                stdout=subprocess.PIPE, text=True)
    return exchange, re.search(r"listening on (\S+)", exchange.stdout.readline()).group(1)


def main(binaries, seconds):
    started = {venue: start_exchange(venue, binaries, 20) for venue in ("spot", "futures", "sbe")}
    places = {venue: place for venue, (_, place) in started.items()}
    try:
        runs = [Run(number, places, seconds, run) for number, run in enumerate(RUNS)]
        is_good = [run.judge() for run in runs]
    finally:
        for exchange, _ in started.values():
            exchange.terminate()
            exchange.communicate()
    return 0 if all(is_good) else 1


if __name__ == "__main__":
    CLIENT = os.path.join(sys.argv[1], "websocket_client")
    EVENTS = sys.argv[2]
    KEY_FILE = os.path.join(sys.argv[3], "key")
    with open(os.open(KEY_FILE, os.O_WRONLY | os.O_CREAT, 0o600), "w") as key_file:
        key_file.write(KEY + "\n")
    sys.exit(main(sys.argv[1], int(sys.argv[4])))
