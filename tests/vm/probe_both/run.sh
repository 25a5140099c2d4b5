#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# run.sh BIN: inside the VM.  Each loader has a bus of its own, recorded; the
# traffic is websocket_client's and readers.py's, over IPv4 and IPv6.
bin=$1
here=$(dirname "${BASH_SOURCE[0]}")
port=9443
work=$(mktemp -d)
. "$here/../../system/parts.sh"
parts_dir=$work
trap 'end_parts; rm -rf "$work"' EXIT

status=0
for attach in kprobe fentry; do
	start correlator_$attach "$bin/event_correlator" --bus /probe_both_$attach --quiet \
		--record "$work/$attach.rec"
	wait_for_bus /probe_both_$attach
	start $attach "$bin/ebpf_loader" --attach $attach --port $port --bus /probe_both_$attach
	wait_for $attach.err "attached by $attach"
done
start exchange "$bin/exchange" --listen "[::1]:$port" --cert-dir "$work" --no-client-rate --rate 100
wait_for exchange.out listening
start client "$bin/websocket_client" "wss://[::1]:$port/market/stream?streams=btcusdt@aggTrade" \
	--ca-file "$work/ca.pem" --no-bus --ping-interval 100
python3 "$here/readers.py" $port || status=1
sleep 5
for part in client exchange; do stop $part || trouble "$part exited $?"; done
sleep 1
for attach in kprobe fentry; do
	stop $attach || trouble "$attach exited $?"
	cat "$work/$attach.err"
	stop correlator_$attach || trouble "its correlator exited $?"
done
python3 -B "$here/compare.py" 1000 "$work/kprobe.rec" "$work/kprobe.err" "$work/fentry.rec" "$work/fentry.err" || status=1
exit $status
