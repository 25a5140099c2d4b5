#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""check.py BIN [ATTACH]: inside the VM.  Each way to take bytes from a socket under one loader.

What it published as reads and what it told as unseen must be what the reader took, byte for
byte.  Prints a row a way: taken, seen, unseen, and the name of the loss that tells it.
"""
import collections
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

import ways

BUS, PORT = "/probe_reads", 9555
MPTCP, AF_SMC = 262, 43
HEADER_BYTES = 64
HEAD = struct.Struct("<BBHI")  # kind, lane, payload bytes, check
READ = struct.Struct("<QQBBBBIQQQII")  # struct prof_event of a read
KIND_EVENT, EVENT_READ = 1, 2
LOSS = re.compile(r"read-elsewhere (\d+)")


def read_bytes(path):
    """By the socket's cookie: the bytes of its reads."""
    sums = collections.Counter()
    with open(path, "rb") as file:
        file.read(HEADER_BYTES)
        while len(head := file.read(HEAD.size)) == HEAD.size:
            kind, _, size_bytes, _ = HEAD.unpack(head)
            payload = file.read(size_bytes)
            if kind == KIND_EVENT and payload[16] == EVENT_READ:
                fields = READ.unpack_from(payload)
                sums[fields[1]] += fields[10]
    return sums


def wait_for(condition, what):
    for _ in range(300):
        if condition():
            return
        time.sleep(0.1)
    sys.exit(f"FAIL: {what}")


def pair(way):
    """(reader, writer), over MPTCP or SMC where that is the way."""
    family = AF_SMC if way.startswith("SMC") else socket.AF_INET
    protocol = MPTCP if way.startswith("MPTCP") else 0
    try:
        reader = socket.socket(family, socket.SOCK_STREAM, protocol)
        server = socket.socket(socket.AF_INET, socket.SOCK_STREAM,
                               MPTCP if way == "MPTCP" else 0)
    except OSError as err:
        raise ways.NotHere(str(err)) from err
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(("127.0.0.1", PORT))
    server.listen()
    ways.connect(reader, PORT)
    writer = server.accept()[0]
    server.close()
    return reader, writer


class Programs:
    """The correlator that records the bus, and the loader."""

    def __init__(self, binaries, attach):
        self.bus_stat = os.path.join(binaries, "bus_stat")
        self.folder = tempfile.mkdtemp()
        self.recording = os.path.join(self.folder, "recording")
        self.words = os.path.join(self.folder, "words")
        self.correlator = subprocess.Popen(
            [os.path.join(binaries, "event_correlator"), "--bus", BUS, "--quiet", "--record",
             self.recording], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(lambda: os.path.exists("/dev/shm" + BUS), "no bus")
        with open(self.words, "w", encoding="utf-8") as words:
            self.loader = subprocess.Popen(
                [os.path.join(binaries, "ebpf_loader"), "--attach", attach, "--bus", BUS,
                 "--port", str(PORT)], stderr=words)
        wait_for(lambda: "attached by" in self.said(), "the loader did not attach")

    def said(self):
        with open(self.words, encoding="utf-8") as words:
            return words.read()

    def unseen_bytes(self):
        time.sleep(0.3)  # losses are told every 100 ms
        found = LOSS.search(subprocess.run([self.bus_stat, "--bus", BUS], capture_output=True,
                                           text=True, check=False).stdout)
        return int(found[1]) if found else 0

    def stop(self):
        for process in (self.loader, self.correlator):
            process.send_signal(signal.SIGINT)
            if process.wait():
                sys.exit(f"FAIL: a program exited {process.returncode}")


def try_way(programs, name, take):
    """(cookie, taken bytes, unseen bytes), or why not."""
    before = programs.unseen_bytes()
    try:
        reader, writer = pair(name)
        cookie = struct.unpack("Q", reader.getsockopt(socket.SOL_SOCKET, 57, 8))[0]
        taken = take(reader, writer)
    except ways.NotHere as reason:
        return str(reason)
    reader.close()
    writer.close()
    return cookie, taken, programs.unseen_bytes() - before


def main():
    programs = Programs(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "auto")
    results = {name: try_way(programs, name, take) for name, take in ways.WAYS.items()}
    programs.stop()
    seen = read_bytes(programs.recording)
    wrong = 0
    # An SMC socket's cookie is not that of the TCP socket within: its reads are the rest.
    others = {result[0] for name, result in results.items()
              if not isinstance(result, str) and not name.startswith("SMC")}
    rest = sum(size for cookie, size in seen.items() if cookie not in others)
    print(f"kernel {os.uname().release}: way, taken, seen, unseen")
    for name, result in results.items():
        if isinstance(result, str):
            print(f"-- {name}: not here ({result})")
            continue
        cookie, taken, unseen = result
        seen_here = rest if name.startswith("SMC") else seen[cookie]
        is_right = seen_here + unseen == taken
        wrong += not is_right
        print(f"{'ok' if is_right else 'FAIL'} {name}: {taken} = {seen_here} + {unseen}"
              + (" read-elsewhere" if unseen else ""))
    print(programs.said())
    sys.exit(1 if wrong else 0)


main()
