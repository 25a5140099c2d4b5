# SPDX-License-Identifier: BSD-2-Clause
"""80 threads that wait in recv() at once, three times each."""
import socket
import threading
import time

ROUNDS, THREADS = 3, 80
server = socket.create_server(("127.0.0.1", 0), backlog=THREADS)
clients, peers = [], []
for _ in range(THREADS):
    clients.append(socket.create_connection(server.getsockname()))
    peers.append(server.accept()[0])


def read(client):
    for _ in range(ROUNDS):
        client.recv(10)


threads = [threading.Thread(target=read, args=(client,)) for client in clients]
for thread in threads:
    thread.start()
for _ in range(ROUNDS):
    time.sleep(1)
    for peer in peers:
        peer.send(b"x" * 10)
for thread in threads:
    thread.join()
