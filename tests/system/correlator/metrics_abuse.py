# SPDX-License-Identifier: BSD-2-Clause
"""Clients of --metrics that mean no good, and a scraper among them.

usage: metrics_abuse.py URL PID
"""
import os
import random
import socket
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

GARBAGE = [b"\0" * 5000, b"GET", b"GET /metrics\r\n\r\n", b"GET /metrics HTTP/9.9\r\n\r\n", b"POST /metrics HTTP/1.1\r\n\r\n" + b"x" * 9000,
           b"GET /" + b"a" * 70000 + b" HTTP/1.1\r\n\r\n", b"GET /metrics HTTP/1.1\r\n" + b"X-A: b\r\n" * 20000 + b"\r\n",
           b"GET /metrics HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"GET http://[::1 HTTP/1.1\r\nHost: \xff\r\n\r\n",
           b"GET /../../etc/passwd HTTP/1.1\r\n\r\n", b"HEAD /metrics HTTP/1.1\r\nHost: a\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc",
           b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n" * 50]
FILES_MAX = 64 + 30


def scrape(url):
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status == 200 and b"ws_latency_build_info" in answer.read()
    except (OSError, urllib.error.HTTPError):
        return False


def connect(address, words):
    """A connection on which these words were said; None if it was turned away."""
    try:
        one = socket.create_connection(address, timeout=2)
        one.sendall(words)
        return one
    except OSError:
        return None


def processor_s(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def check(words, is_good):
    print(("ok: " if is_good else "FAIL: ") + words)
    return is_good


def main():
    url, pid = sys.argv[1], int(sys.argv[2])
    parts = urllib.parse.urlsplit(url)
    address = (parts.hostname, parts.port)
    good = check("a scrape is answered", scrape(url))
    random.seed(1)
    for words in GARBAGE + [random.randbytes(400) for _ in range(100)]:
        one = connect(address, words)
        if one:
            one.settimeout(0.05)
            try:
                one.recv(65536)
            except OSError:
                pass
            one.close()
    good &= check("and another one after garbage", scrape(url))
    silent = [connect(address, b"GET /metr" if i % 2 else b"") for i in range(200)]
    before_s, begin_s = processor_s(pid), time.time()
    files = len(os.listdir(f"/proc/{pid}/fd"))
    good &= check(f"200 clients that say nothing have {files} descriptors", files <= FILES_MAX)
    while not scrape(url) and time.time() < begin_s + 25:
        time.sleep(0.5)
    waited_s, used_s = time.time() - begin_s, processor_s(pid) - before_s
    good &= check(f"after {waited_s:.0f} s scrapes are answered again", waited_s < 20)
    good &= check(f"which cost {used_s:.2f} s of the processor", used_s < waited_s / 4 + 0.2)
    del silent
    sys.exit(not good)


main()
