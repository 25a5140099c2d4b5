# SPDX-License-Identifier: BSD-2-Clause
# hold.py SCALE GO: once the file GO is there, stops the client when its ping comes by, on srv0 of the exchange's namespace, until some
# 40 ms times SCALE after the pong has come to it, which takes 60 ms times SCALE.  It is started long before: under
# emulation it takes seconds to be ready.
import ctypes
import glob
import os
import signal
import socket
import sys
import time


def find_client():
    for path in glob.glob("/proc/[0-9]*/comm"):
        try:
            if open(path).read().strip() == "websocket_clien":
                return int(path.split("/")[2])
        except OSError:
            pass
    return 0


def enter_namespace():
    while not (names := glob.glob("/run/netns/wslat.*.x")):
        time.sleep(0.1)
    namespace = os.open(names[0], os.O_RDONLY)
    if ctypes.CDLL(None, use_errno=True).setns(namespace, 0):
        sys.exit(f"setns: {os.strerror(ctypes.get_errno())}")


enter_namespace()
while not (client := find_client()):
    time.sleep(0.1)
# A ping of 8 bytes: header and mask 6, TLS 1.3's record 22.
PING_BYTES = 8 + 6 + 22

wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
wire.bind(("srv0", 0x0800))
while True:
    try:
        frame, where = wire.recvfrom(65536)
    except OSError: # the interface is not up yet
        time.sleep(0.1)
        continue
    header_bytes = (frame[14] & 15) * 4
    tcp = frame[14 + header_bytes:]
    total_bytes = int.from_bytes(frame[16:18], "big")
    if not os.path.exists(sys.argv[2]) or frame[23] != 6 or where[2] == socket.PACKET_OUTGOING:
        continue
    if total_bytes - header_bytes - (tcp[12] >> 4) * 4 != PING_BYTES:
        continue
    try:
        os.kill(client, signal.SIGSTOP)
        time.sleep(0.1 * float(sys.argv[1]))
        os.kill(client, signal.SIGCONT)
    except ProcessLookupError:
        break
