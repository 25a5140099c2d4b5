#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Inside the virtual machine: rounds of recordings, all three layers, for --compare.
#
#   compare_guest.sh DIR ROUNDS SECONDS
#
# Always two at the same time, each with an exchange, a network, a bus and
# programs of its own: a machine that becomes slower does so for both.
# DIR/N.first and DIR/N.second are made alike; beside DIR/N.prompt, for
# DIR/N.delayed netem holds every frame back by 200 us between the capture and the
# client's socket: what arrives from the wire takes a way round through an ifb.
set -u
program=compare_guest
. "$(dirname "${BASH_SOURCE[0]}")/../system/system.sh"
. "$PROF_ROOT/tests/system/parts.sh"
. "$PROF_ROOT/exchange/netns.sh"
out=$1 rounds=$2 seconds=$3 side=${4:-}
port=9443
bus=/ws_latency.compare.$$
work=$(mktemp -d)
parts_dir=$work

if [ -z "$side" ]; then
	export PROF_MEETING=$work
	"$0" "$@" left &
	"$0" "$@" right
	status=$?
	wait $! && exit $status
	exit 1
fi

# Until the other side has come as far.
meet() { # STEP
	local tries=1200
	: >"$PROF_MEETING/$1.$side"
	until [ "$(ls "$PROF_MEETING/$1".* | wc -l)" = 2 ]; do
		[ $((tries -= 1)) -gt 0 ] || trouble "the other side does not come to step $1"
		sleep 0.1
	done
}

cleanup() {
	end_parts
	netns_down
	rm -rf "$work" "/dev/shm$bus"
}
trap cleanup EXIT

# A little apart: at the same rate one side's messages could come just behind the
# other's all the time, and wait for them.
declare -A rate=([left]=80 [right]=81)

start_producers() {
	netns_up no-capture || trouble "the network cannot be set up"
	mkdir "$work/certs"
	start exchange $netns_exchange_exec "$PROF_BIN/exchange" --scenario steady --rate "${rate[$side]}" \
		--listen "$netns_exchange_addr:$port" --cert-dir "$work/certs"
	wait_for exchange.out listening
	start dpdk_capture $netns_client_exec "$PROF_BIN/dpdk_capture" -l 0 -- \
		--iface "$netns_nic" --bus "$bus" --port "$port"
	wait_for dpdk_capture.err 'dpdk_capture: passive:'
	start ebpf_loader "$PROF_BIN/ebpf_loader" --bus "$bus"
	wait_for ebpf_loader.err 'ebpf_loader: attached'
}

delay_begin() {
	modprobe ifb numifbs=0 && modprobe sch_netem || trouble "no ifb or no netem"
	netns_step ip -n "$netns_prefix.c" link add late0 type ifb || trouble "no ifb"
	netns_step ip -n "$netns_prefix.c" link set late0 up || trouble "no ifb"
	netns_step $netns_client_exec tc qdisc add dev late0 root netem delay 200us limit 10000 &&
		netns_step $netns_client_exec tc qdisc add dev "$netns_nic" ingress &&
		netns_step $netns_client_exec tc filter add dev "$netns_nic" parent ffff: \
			matchall action mirred egress redirect dev late0 || trouble "no netem"
}

delay_end() {
	netns_step $netns_client_exec tc qdisc del dev "$netns_nic" ingress
	netns_step ip -n "$netns_prefix.c" link del late0
}

record() { # NAME
	start event_correlator "$PROF_BIN/event_correlator" --bus "$bus" --quiet --record "$out/$1"
	start client $netns_client_exec "$PROF_BIN/websocket_client" --bus "$bus" \
		--ca-file "$work/certs/ca.pem" --duration "$((seconds + 2))" \
		"wss://$netns_exchange_addr:$port/market/stream?streams=btcusdt@aggTrade"
	wait "${pid_of[client]}" || trouble "websocket_client exited $?"
	unset "pid_of[client]"
	stop event_correlator || trouble "event_correlator exited $?"
	cp "$work/event_correlator.out" "$out/$1.summary"
}

declare -A alike=([left]=first [right]=second)

start_producers
record "warm-up.$side"
for ((round = 1; round <= rounds; round++)); do
	meet "$round.alike"
	record "$round.${alike[$side]}"
	[ $side = left ] || delay_begin
	meet "$round.apart"
	if [ $side = left ]; then
		record "$round.prompt"
	else
		record "$round.delayed"
		delay_end
	fi
done
for part in ebpf_loader dpdk_capture exchange; do
	stop $part || trouble "$part exited $?"
done
