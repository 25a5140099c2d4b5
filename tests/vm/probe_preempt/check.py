#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""check.py BIN ATTACH SECONDS: inside the VM.  More readers than processors, and somebody who
updates a hash map by bpf(2) all the while: what makes a preemptible kernel skip programs.

Every byte must be in a published read, or told as unseen or as a contested call's, whatever
was skipped, and the loader itself must have made no bpf() call on a map meanwhile.
"""
import ctypes
import os
import re
import signal
import struct
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../probe_reads"))
import ways  # noqa: E402

PORT, READERS, SIZE = 9556, 6, 100
TRACING = "/sys/kernel/tracing"
MAP_CALLS = "(cmd >= 1 && cmd <= 4) || cmd == 21 || (cmd >= 24 && cmd <= 27)"


def read_until(end, result):
    """One process: its own connection, a byte range sent and read at a time."""
    server = socket.create_server(("127.0.0.1", 0))
    reader = socket.socket()
    reader.bind(("127.0.0.1", 0))
    reader.connect(server.getsockname())
    writer = server.accept()[0]
    calls = 0
    while time.monotonic() < end:
        writer.sendall(b"x" * SIZE)
        assert len(reader.recv(SIZE, socket.MSG_WAITALL)) == SIZE
        calls += 1
    os.write(result, struct.pack("Q", calls))


def update_until(end):
    map_fd = ways.bpf(0, struct.pack("IIII", 1, 4, 8, 64))
    key, value = ctypes.c_uint32(0), ctypes.c_uint64(0)
    attr = struct.pack("IIQQQ", map_fd, 0, ctypes.addressof(key), ctypes.addressof(value), 0)
    while time.monotonic() < end:
        for key.value in range(64):
            ways.bpf(2, attr)


def in_child(function, *args):
    child = os.fork()
    if child == 0:
        function(*args)
        os._exit(0)
    return child


def write(path, text):
    with open(os.path.join(TRACING, path), "w", encoding="utf-8") as file:
        file.write(text)


def watch_map_calls(pid):
    """Has the kernel note each bpf() call on a map that the process makes."""
    write("set_event_pid", str(pid))
    write("events/syscalls/sys_enter_bpf/filter", MAP_CALLS)
    write("events/syscalls/sys_enter_bpf/enable", "1")
    write("trace", "")


def map_calls():
    with open(os.path.join(TRACING, "trace"), encoding="utf-8") as file:
        return sum("sys_bpf" in line for line in file)


def run(seconds):
    """Calls made by all the readers."""
    out, into = os.pipe()
    end = time.monotonic() + seconds
    children = [in_child(read_until, end, into) for _ in range(READERS)]
    children.append(in_child(update_until, end))
    for child in children:
        if os.waitpid(child, 0)[1]:
            sys.exit("FAIL: a reader")
    return sum(struct.unpack("Q", os.read(out, 8))[0] for _ in range(READERS))


def number(pattern, text):
    found = re.search(pattern, text)
    return int(found[1]) if found else 0


def main():
    binaries, attach, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
    with tempfile.TemporaryFile("w+") as words:
        loader = subprocess.Popen([os.path.join(binaries, "ebpf_loader"), "--attach", attach,
                                   "--all", "--bus", "/probe_preempt"], stderr=words)
        for _ in range(300):
            if "attached by" in open(f"/proc/self/fd/{words.fileno()}", encoding="utf-8").read():
                break
            time.sleep(0.1)
        watch_map_calls(loader.pid)
        calls = run(seconds)
        time.sleep(0.5)
        own_calls = map_calls()
        loader.send_signal(signal.SIGINT)
        status = loader.wait()
        words.seek(0)
        said = words.read()
    print(said)
    seen = number(r"(\d+) bytes, \d+ sockets", said)
    told = number(r"another way, unseen: (\d+)", said) + SIZE * number(r"contested (\d+)", said)
    skipped = number(r"skipped while preempted (\d+)", said)
    print(f"{attach}: {calls} calls, {calls * SIZE} bytes, seen {seen}, told as not {told}; "
          f"{skipped} times skipped; "
          f"{own_calls} map calls by the loader")
    sys.exit(0 if status == 0 and seen + told == calls * SIZE and own_calls == 0 else 1)


main()
