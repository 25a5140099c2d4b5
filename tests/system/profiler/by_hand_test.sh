#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Each program started by hand in the order of the README, on loopback, with its
# default arguments.  In the virtual machine (vm/by_hand_test.sh) the kernel
# layer is there too.
. "$(dirname "${BASH_SOURCE[0]}")/../system.sh"
. "$PROF_ROOT/tests/system/parts.sh"
require_root
scratch=$(mktemp -d)
bus=/ws_latency.by_hand.$$
parts_dir=$scratch
trap 'end_parts; rm -rf "$scratch" "/dev/shm$bus"' EXIT

start exchange "$PROF_BIN/exchange" --listen 127.0.0.1:0 --cert-dir "$scratch/certs"
wait_for exchange.out listening
port=$(sed -n 's/.*listening on 127.0.0.1:\([0-9]*\).*/\1/p' "$scratch/exchange.out")
start event_correlator "$PROF_BIN/event_correlator" -l 0-1 -n 4 -- --bus "$bus"
start dpdk_capture "$PROF_BIN/dpdk_capture" -l 0-1 -n 4 -- --bus "$bus"
wait_for dpdk_capture.err 'dpdk_capture: passive: lo'
start ebpf_loader "$PROF_BIN/ebpf_loader" --bus "$bus"
wait_for ebpf_loader.err '^ebpf_loader: '
"$PROF_BIN/websocket_client" --ca-file "$scratch/certs/ca.pem" --bus "$bus" --duration 5 \
	"wss://127.0.0.1:$port/market/stream?streams=btcusdt@aggTrade" >"$scratch/client.out" 2>"$scratch/client.err"
expect "websocket_client exits 0" [ $? = 0 ]
sleep 1
stop event_correlator
expect "event_correlator exits 0" [ $? = 0 ]
out=$scratch/event_correlator.out
users=$(number_after "$out" 'Userspace events:')
expect "at least 100 messages ($users)" [ "$users" -ge 100 ]
expect "ping lines" grep -q '^\[ping\] rtt_us=[0-9]* us$' "$scratch/client.out"
expect "a [CORR] line each" [ "$(grep -c '^\[CORR\] seq=' "$out")" = "$users" ]
if grep -q 'attached by' "$scratch/ebpf_loader.err"; then
	expect "all correlated" [ "$(number_after "$out" 'Correlated:')" = "$users" ]
	expect "the cross-check never disagrees" grep -q 'agreed=[1-9][0-9]* disagreed=0 ' "$out"
else
	echo "note: no kernel layer here: $(cat "$scratch/ebpf_loader.err")"
	expect "every message has its segment" [ "$(grep -c 'tcp_seq=[0-9].*class=no-kernel' "$out")" = "$users" ]
fi
finish
