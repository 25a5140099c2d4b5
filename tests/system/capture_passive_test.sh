#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Passive on veth: super-packets are whole by their headers, small frames at
# 300,000 a second are all there, and when the capture's core is taken away the
# drop counter is the shortfall, to the frame.
# CAPTURE_SECONDS (3) and CAPTURE_RATE (300000) make it longer or harder.
set -u
root=${PROF_ROOT:-$(cd "$(dirname "$0")/../.." && pwd)}
bin=${PROF_BIN:-$root/build/bin}
tests=${bin%/bin}/tests
here=$root/tests/system
seconds=${CAPTURE_SECONDS:-3}
rate=${CAPTURE_RATE:-300000}
work=$(mktemp -d -p /dev/shm) # a disk would stall the capture while it writes
a=wslat.$$.pa
b=wslat.$$.pb
pids=
hog=

fail() { echo "FAIL $1"; tail -2 "$work/err" 2>/dev/null; exit 1; }
clean() {
	for pid in $pids; do kill -9 "$pid" 2>/dev/null; done
	ip netns del $a 2>/dev/null
	ip netns del $b 2>/dev/null
	rm -rf "$work"
}
trap clean EXIT
[ "$(id -u)" = 0 ] || { echo "SKIP needs root for network namespaces"; exit 77; }
for tool in iperf3 python3 ip taskset chrt; do
	command -v $tool >/dev/null || { echo "SKIP needs $tool"; exit 77; }
done
last_core=$(($(nproc) - 1))

ip netns add $a && ip netns add $b &&
	ip link add va netns $a type veth peer name vb netns $b &&
	ip -n $a addr add 10.97.0.1/24 dev va && ip -n $b addr add 10.97.0.2/24 dev vb &&
	ip netns exec $a sysctl -qw net.ipv6.conf.va.disable_ipv6=1 &&
	ip netns exec $b sysctl -qw net.ipv6.conf.vb.disable_ipv6=1 &&
	ip -n $a link set va up && ip -n $b link set vb up || fail "network set-up"

capture_start() {
	rm -f "$work/err" # or the wait below could end with what the last one said
	ip netns exec $b "$bin/dpdk_capture" -l 0 --iface vb --dump "$@" \
		>"$work/dump" 2>"$work/err" &
	capture=$!
	pids="$pids $capture"
	for _ in $(seq 100); do grep -qs 'passive:' "$work/err" && return; sleep 0.1; done
	fail "dpdk_capture did not start"
}
capture_stop() {
	[ -z "$hog" ] || kill -9 "$hog"
	sleep 0.5
	kill -INT $capture
	wait $capture || fail "dpdk_capture ended with $?"
}
counter() { grep -o "\b$1=[0-9]*" "$work/err" | tail -1 | cut -d= -f2; }

# 1. Super-packets: offloads are on.
capture_start --port 5201
ip netns exec $a iperf3 -s -1 >/dev/null &
serving=$!
sleep 0.5
ip netns exec $b iperf3 -c 10.97.0.1 -t "$seconds" -R --json >"$work/iperf" || fail "iperf3"
wait $serving
capture_stop
read -r bytes segments gaps < <(python3 "$here/capture_spans.py" "$work/dump" 5201)
sent=$(python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))["end"]["sum_received"]["bytes"])' "$work/iperf")
drops=$(counter ring_drops)
echo "super-packets: $bytes bytes in $segments segments, $gaps gaps, $drops drops; iperf3 received $sent"
[ "$drops" != 0 ] || [ "$gaps" = 0 ] || fail "gaps without drops"
[ "$drops" != 0 ] || [ "$bytes" -ge "$sent" ] || fail "fewer bytes than iperf3 received"

# What veth has handed to the other side.  What its backlog had no room for
# has not arrived, and no capture could see it.
handed_over() { ip netns exec $a cat /sys/class/net/va/statistics/tx_packets; }

# send_exact: sends, and sees that what was dumped and what was dropped add up.
send_exact() {
	before=$(handed_over)
	ip netns exec $a taskset -c "$last_core" "$tests/capture_sender" va $frames "$rate" 100 ||
		fail "the sender"
	capture_stop
	set -- $(($(handed_over) - before))
	got=$(awk -F'\t' '$3 == 40000' "$work/dump" | wc -l)
	drops=$(counter ring_drops)
	echo "$1 arrived, $got captured, $drops dropped"
	[ $((got + drops)) = "$1" ] || fail "$(($1 - got - drops)) frames are unaccounted for"
	awk -F'\t' '$3 == 40000 { print $6 }' "$work/dump" | sort -n | uniq -d | grep -q . &&
		fail "a frame came twice"
	return 0
}

# 2. Small frames, offloads off.
ip netns exec $a ethtool -K va tx off tso off gso off >/dev/null 2>&1
frames=$((rate * seconds))
capture_start --port 443
send_exact

# 3. The same, with the capture's core taken away: it gets what a busy process leaves.
capture_start --port 443
taskset -c 0 sh -c 'while :; do :; done' &
hog=$!
pids="$pids $hog"
chrt -i -p 0 $capture
send_exact
echo "PASS"
