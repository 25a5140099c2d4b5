# SPDX-License-Identifier: BSD-2-Clause
# hold.py PID: stops the client when its ping comes by, on srv0 of this namespace, until some
# 40 ms after the pong has come to it, which takes 60 ms.
import os
import signal
import socket
import sys
import time

client = int(sys.argv[1])
# A ping of 8 bytes: header and mask 6, TLS 1.3's record 22.
PING_BYTES = 8 + 6 + 22

wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
wire.bind(("srv0", 0x0800))
while True:
    frame, where = wire.recvfrom(65536)
    header_bytes = (frame[14] & 15) * 4
    tcp = frame[14 + header_bytes:]
    total_bytes = int.from_bytes(frame[16:18], "big")
    if frame[23] != 6 or where[2] == socket.PACKET_OUTGOING:
        continue
    if total_bytes - header_bytes - (tcp[12] >> 4) * 4 != PING_BYTES:
        continue
    try:
        os.kill(client, signal.SIGSTOP)
        time.sleep(0.1)
        os.kill(client, signal.SIGCONT)
    except ProcessLookupError:
        break
