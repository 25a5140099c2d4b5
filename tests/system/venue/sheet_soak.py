#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""All streams of both worlds at once, 5,000 messages a second: nothing lost, nothing grows.

    sheet_soak.py BIN-FOLDER EVENTS SECONDS
"""
import glob
import os
import re
import signal
import subprocess
import sys
import time

from client_sheet import MARKET, PUBLIC, SPOT, ask, both, start_exchange

RATE = 350  # of each of the 14 streams without a pace of their own


def rss_kib(pid):
    with open("/proc/%d/status" % pid) as file:
        return int(re.search(r"VmRSS:\s*(\d+)", file.read()).group(1))


begun = []


def begin(command, **options):
    begun.append(subprocess.Popen(command, start_new_session=True, **options))
    return begun[-1]


def end():
    for process in begun:
        if process.poll() is None:
            try:
                os.killpg(process.pid, signal.SIGTERM)
            except ProcessLookupError:  # no group of its own
                process.terminate()
        process.wait()
    for path in glob.glob("/dev/shm/soak_*_%d" % os.getpid()):
        os.unlink(path)


def start(binaries, events, bus, url, streams, seconds):
    drain = begin("%s %s | wc -l" % (events, bus), shell=True, stdout=subprocess.PIPE,
                  stderr=subprocess.DEVNULL, text=True)
    while not os.path.exists("/dev/shm" + bus):
        time.sleep(0.05)
    client = begin(
        [os.path.join(binaries, "websocket_client"), url, "--bus", bus, "--duration", str(seconds)] +
        [word for name in streams for word in ("--subscribe", name)],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    return drain, client


def main(binaries, events, seconds):
    exchanges = {venue: start_exchange(venue, binaries, RATE) for venue in ("spot", "futures")}
    begun.extend(exchange for exchange, _ in exchanges.values())
    wanted = both(PUBLIC, ["btcusdt@rpiDepth@500ms", "!bookTicker"])
    runs = [start(binaries, events, "/soak_spot_%d" % os.getpid(),
                  "ws://" + exchanges["spot"][1] + ask("/stream?streams=", SPOT), [], seconds),
            start(binaries, events, "/soak_futures_%d" % os.getpid(),
                  "ws://" + exchanges["futures"][1] + ask("/market/stream?streams=", MARKET), wanted,
                  seconds)]
    time.sleep(min(20, seconds / 3))  # all that is allocated has been
    sizes = [[rss_kib(client.pid)] for _, client in runs]
    for _ in range(5):
        time.sleep((seconds - min(20, seconds / 3) - 4) / 5)
        for row, (_, client) in zip(sizes, runs):
            row.append(rss_kib(client.pid))
    is_good = True
    total = 0
    for (drain, client), row in zip(runs, sizes):
        words = client.communicate()[1]
        taken = int(drain.communicate()[0])
        received = int(re.search(r"(?m)^websocket_client: (\d+) messages, ", words).group(1))
        total += received
        print("%d messages, %d off the bus, RSS %s KiB" % (received, taken, row))
        is_good = (is_good and client.returncode == 0 and taken == received and
                   " 0 dropped, 0 reconnects, 0 roll-overs, 0 gaps, 0 malformed" in words and
                   " 0 unknown events, 0 refused requests, 0 range errors" in words and
                   " 0 repeats" in words and "silent" not in words and row[-1] - row[0] <= 64)
        if not is_good:
            print(words)
    for exchange, _ in exchanges.values():
        exchange.terminate()
        exchange.communicate()
    print("%d messages in %d s: %d a second" % (total, seconds, total // seconds))
    return 0 if is_good and total >= 4500 * seconds else 1


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        sys.exit(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
    finally:
        end()
