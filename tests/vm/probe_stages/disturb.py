# SPDX-License-Identifier: BSD-2-Clause
# disturb.py CAUSE READER-PID: a culprit, until it is killed; it says so when it begins.  Under
# emulation everything takes milliseconds at times: a culprit is to be far above that.
import os
import signal
import socket
import sys
import time

UDP_SEGMENT = 103  # linux/udp.h
PORT, ECHO_PORT = 9, 7
TURN_S = 0.3


def hog(_):
    """The processor it shares with the reader is taken half of the time."""
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50))
    while True:
        end = time.monotonic() + TURN_S
        while time.monotonic() < end:
            pass
        time.sleep(TURN_S)


def stop(reader):
    try:
        while True:
            os.kill(reader, signal.SIGSTOP)
            time.sleep(TURN_S)
            os.kill(reader, signal.SIGCONT)
            time.sleep(TURN_S)
    except ProcessLookupError:
        pass


def flood(_):
    """
    Each send is cheap; its 60 datagrams are taken apart, and dropped, where they come in.
    The next burst waits until the last one is through.
    """
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, 100)
    echo = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    echo.settimeout(2)
    while True:
        for _ in range(300):
            sender.sendto(b"x" * 6000, ("10.99.0.2", PORT))
        echo.sendto(b"?", ("10.99.0.2", ECHO_PORT))
        try:
            echo.recv(1)
        except socket.timeout:
            pass


def sink(_):
    taker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    taker.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    taker.bind(("", PORT))
    echo = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    echo.bind(("", ECHO_PORT))
    while True:
        echo.sendto(*echo.recvfrom(1))


print("begun", flush=True)
{"hog": hog, "stop": stop, "flood": flood, "sink": sink}[sys.argv[1]](int(sys.argv[2]))
