# SPDX-License-Identifier: BSD-2-Clause
# disturb.py CAUSE READER-PID: a culprit, until it is killed; it says so when it begins.
import os
import signal
import socket
import sys
import time

UDP_SEGMENT = 103  # linux/udp.h
PORT = 9


def hog(_):
    """The processor it shares with the reader is taken for 40 ms of every 80."""
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50))
    while True:
        end = time.monotonic() + 0.04
        while time.monotonic() < end:
            pass
        time.sleep(0.04)


def stop(reader):
    try:
        while True:
            os.kill(reader, signal.SIGSTOP)
            time.sleep(0.04)
            os.kill(reader, signal.SIGCONT)
            time.sleep(0.04)
    except ProcessLookupError:
        pass


def flood(_):
    """Each send is cheap; its 60 datagrams are taken apart, and dropped, where they come in."""
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, 100)
    while True:
        for _ in range(40):
            sender.sendto(b"x" * 6000, ("10.99.0.2", PORT))
        time.sleep(0.01)


def sink(_):
    taker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    taker.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    taker.bind(("", PORT))
    signal.pause()


print("begun", flush=True)
{"hog": hog, "stop": stop, "flood": flood, "sink": sink}[sys.argv[1]](int(sys.argv[2]))
