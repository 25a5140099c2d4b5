#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""readers.py PORT: sockets of that port on 127.0.0.1, read in changing ways:
whole and in parts, waiting and not, with peeks and empty calls between."""
import random
import socket
import sys
import threading

PAIRS, WRITES = 4, 400


def write(peer, seed):
    rng = random.Random(seed)
    for _ in range(WRITES):
        peer.sendall(bytes(rng.randrange(1, 4000)))
    peer.close()


def read(client, seed):
    rng = random.Random(seed)
    while True:
        flags = rng.choice((0, 0, 0, socket.MSG_PEEK, socket.MSG_DONTWAIT, socket.MSG_WAITALL))
        try:
            if not client.recv(rng.choice((1, 17, 500, 1448, 8192)), flags):
                break
        except BlockingIOError:
            pass
    client.close()


def main():
    server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
    threads = []
    for seed in range(PAIRS):
        client = socket.create_connection(server.getsockname())
        threads.append(threading.Thread(target=write, args=(server.accept()[0], seed)))
        threads.append(threading.Thread(target=read, args=(client, seed)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


main()
