# SPDX-License-Identifier: BSD-2-Clause
# [FLOOD_MAC=..] disturb.py CAUSE READER-PID: a culprit, until it is killed; it says so when it begins.  Under
# emulation everything takes milliseconds at times: a culprit is to be far above that.
import os
import signal
import socket
import sys
import time

PORT = 9
TURN_S = 0.3
TAP_COUNT = 50
ETH_P_IP = 0x0800


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


def write(path, *words):
    for word in words:
        with open("/proc/net/pktgen/" + path, "w", encoding="ascii") as file:
            file.write(word + "\n")


def flood(_):
    """
    Another flow of the same interface, by the kernel's own generator: it makes packets faster than
    they can be taken up where they come in, and waits until all of a burst are through.
    """
    write("kpktgend_0", "rem_device_all", "add_device far0")
    write("far0", "count 16000", "delay 0", "pkt_size 60", "dst 10.99.0.2", f"udp_dst_min {PORT}", f"udp_dst_max {PORT}",
          "dst_mac " + os.environ["FLOOD_MAC"])
    while True:
        write("pgctrl", "start") # returns when it is sent
        time.sleep(TURN_S / 6)


def sink(_):
    """What makes packets dear to take up: many who are given each, and take none."""
    taps = [socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_IP)) for _ in range(TAP_COUNT)]
    for tap in taps:
        tap.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
    taker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    taker.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    taker.bind(("", PORT))
    signal.pause()


print("begun", flush=True)
{"hog": hog, "stop": stop, "flood": flood, "sink": sink}[sys.argv[1]](int(sys.argv[2]))
