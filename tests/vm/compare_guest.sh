#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Inside the virtual machine: rounds of three recordings each, all three layers.
#
#   compare_guest.sh DIR ROUNDS SECONDS
#
# DIR/N.first and DIR/N.second are made alike; for DIR/N.delayed netem holds
# every frame back by 200 us between the capture and the client's socket: what
# arrives on the tap takes a way round through an ifb.  DIR/NAME.speed: how many
# microseconds a fixed piece of work took, twice a second all through NAME.
set -u
program=compare_guest
. "$(dirname "${BASH_SOURCE[0]}")/../system/system.sh"
. "$PROF_ROOT/tests/system/parts.sh"
. "$PROF_ROOT/exchange/netns.sh"
out=$1 rounds=$2 seconds=$3
port=9443
bus=/ws_latency.compare.$$
work=$(mktemp -d)
parts_dir=$work

cleanup() {
	end_parts
	netns_down
	rm -rf "$work" "/dev/shm$bus"
}
trap cleanup EXIT

start_producers() {
	netns_up no-capture || trouble "the network cannot be set up"
	mkdir "$work/certs"
	start exchange $netns_exchange_exec "$PROF_BIN/exchange" --scenario steady --rate 80 \
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

sample_speed() {
	local begin_us end_us i
	while sleep 0.5; do
		begin_us=${EPOCHREALTIME/[.,]/}
		for ((i = 0; i < 2000; i++)); do :; done
		end_us=${EPOCHREALTIME/[.,]/}
		echo $((end_us - begin_us))
	done
}

record() { # NAME
	sample_speed >"$out/$1.speed" &
	local sampler=$!
	start event_correlator "$PROF_BIN/event_correlator" --bus "$bus" --quiet --record "$out/$1"
	start client $netns_client_exec "$PROF_BIN/websocket_client" --bus "$bus" \
		--ca-file "$work/certs/ca.pem" --duration "$((seconds + 2))" \
		"wss://$netns_exchange_addr:$port/market/stream?streams=btcusdt@aggTrade"
	wait "${pid_of[client]}" || trouble "websocket_client exited $?"
	unset "pid_of[client]"
	kill $sampler
	stop event_correlator || trouble "event_correlator exited $?"
	cp "$work/event_correlator.out" "$out/$1.summary"
}

start_producers
record warm-up
for ((round = 1; round <= rounds; round++)); do
	record "$round.first"
	record "$round.second"
	delay_begin
	record "$round.delayed"
	delay_end
done
for part in ebpf_loader dpdk_capture exchange; do
	stop $part || trouble "$part exited $?"
done
