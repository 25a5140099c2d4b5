#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# run.sh BIN OUT ROOT GO-CLIENT NAME...: inside the VM.  Clients (python, node, go, go12, user) that give
# their secrets to nobody, over a pair of virtual interfaces, one capture and one correlator for all:
# no probe but where keys are derived, and for user, which is Python's again, its SSL_read as well.
# OUT/NAME.out is what each client counted.
set -u
bin=$1 out=$2 root=$3 go=$4
shift 4
messages=$root/tests/system/messages
. "$root/tests/system/parts.sh"
parts_dir=$out
certs=$(mktemp -d)
seconds=8
bus=/vm_messages
url="wss://10.79.0.1:9443/market/stream?streams=btcusdt@aggTrade/btcusdt@depth@100ms"
unset SSLKEYLOGFILE
export NODE_PATH=${NODE_PATH:-/usr/share/nodejs}
trap 'end_in_namespaces far near; rm -rf "$certs"' EXIT

join_namespaces far 10.79.0.1 near 10.79.0.2
ip netns exec far ethtool -K far0 tso off gso off >/dev/null # no merged frames
start exchange ip netns exec far "$bin/exchange" --listen 10.79.0.1:9443 --cert-dir "$certs" \
	--no-client-rate --scenario mixed:2,split:1,fragments:1,coalesced:1,rekey:1 --fault-after 40 --rate 40
start correlator "$bin/event_correlator" --bus $bus --jsonl "$out/all.jsonl"
wait_for exchange.out listening
wait_for_bus $bus
keylogs=()
for name in "$@"; do keylogs+=(--keylog "$out/$name.keys"); done
start capture ip netns exec near "$bin/dpdk_capture" -l 0 -- --iface near0 "${keylogs[@]}" --bus $bus

# Each waits, with its libraries, for the file `begin`.
export MESSAGES_WAIT=$out/begin
for name in "$@"; do
	case $name in
	python | user) command=(/usr/bin/python3 -B "$messages/messages_client.py" "$url" "$certs/ca.pem" $seconds) ;;
	node) command=(node "$messages/messages_peer.js" take "$url" "$certs/ca.pem" $seconds) ;;
	go) command=("$go" "$url" "$certs/ca.pem" $seconds) ;;
	go12) command=("$go" "$url" "$certs/ca.pem" $seconds tls12) ;;
	esac
	start "$name" ip netns exec near "${command[@]}"
done
for name in "$@"; do
	wait_for "$name.err" ready
	option=--pid
	[ "$name" != user ] || option=--ssl
	start "loader.$name" "$bin/ebpf_loader" --bus $bus $option "${pid_of[$name]}" --keys "$out/$name.keys"
done
wait_for capture.err 'dpdk_capture: passive:'
for name in "$@"; do wait_for "loader.$name.err" 'attached by'; done
touch "$MESSAGES_WAIT"
for name in "$@"; do
	wait "${pid_of[$name]}" || trouble "$name: $?"
	unset "pid_of[$name]"
done
sleep 1
for name in "$@"; do stop "loader.$name" || trouble "loader.$name: $?"; done
stop capture || trouble "capture: $?"
stop correlator || trouble "correlator: $?"
stop exchange
