#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# More threads waiting in tcp_recvmsg() than a kretprobe has instances: what is
# published and what is counted as lost must be the calls made, in the VM.
. "$(dirname "${BASH_SOURCE[0]}")/../system/system.sh"
require_root
require_tool qemu-system-x86_64 busybox python3

reader='
import socket, threading, time
ROUNDS, THREADS = 3, 40
server = socket.create_server(("127.0.0.1", 0))
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
'
for attach in kprobe fentry; do
	words=$("$PROF_ROOT/ebpf/vm/run_in_vm.sh" --kernel "${PROF_KERNEL:-6.1}" --timeout 120 -- bash -c '
		"$0" --bus /probe_crowd --all --attach "$1" &
		loader=$!
		sleep 3
		python3 -c "$2"
		sleep 1
		kill -INT $loader
		wait $loader' "$PROF_BIN/ebpf_loader" $attach "$reader" 2>&1)
	seen=$(sed -nE 's/.*loader: ([0-9]+) reads.*/\1/p' <<<"$words")
	missed=$(sed -nE 's/.* missed ([0-9]+),.*/\1/p' <<<"$words")
	unpaired=$(sed -nE 's/.* unpaired ([0-9]+),.*/\1/p' <<<"$words")
	expect "$attach: ${seen:-0} published, ${missed:-0} missed and ${unpaired:-0} unpaired of 120" \
		[ $((${seen:-0} + ${missed:-0} + ${unpaired:-0})) = 120 ]
done
finish
