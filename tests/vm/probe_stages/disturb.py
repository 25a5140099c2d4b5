# SPDX-License-Identifier: BSD-2-Clause
# disturb.py CAUSE CLIENT-PID: a culprit, until it is killed.
import os
import signal
import socket
import sys
import time

cause, client = sys.argv[1], int(sys.argv[2])
if cause == "hog":
    # The reader's only processor is taken for 20 ms of every 40.
    for task in os.listdir(f"/proc/{client}/task"):
        os.sched_setaffinity(int(task), {1})
    os.sched_setaffinity(0, {1})
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50))
    while True:
        end = time.monotonic() + 0.02
        while time.monotonic() < end:
            pass
        time.sleep(0.02)
elif cause == "stop":
    try:
        while True:
            os.kill(client, signal.SIGSTOP)
            time.sleep(0.05)
            os.kill(client, signal.SIGCONT)
            time.sleep(0.05)
    except ProcessLookupError:
        pass
elif cause == "flood":
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    while True:
        sender.sendto(b"x" * 100, ("10.88.0.2", 9))
