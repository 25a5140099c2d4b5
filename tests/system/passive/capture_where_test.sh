#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The capture listens where the registered socket's traffic is seen, or says where that is:
# started before there is a socket, in a router's namespace, in one that the traffic never
# passes, told the wrong interface, behind NAT.
#
#   [ $c: c0 10.96.0.2 ] ==veth== [ $r: r0 10.96.0.1, r1 10.95.0.2 ] ==veth== [ $s: s0 10.95.0.1, 10.95.0.9 ]
. "$(dirname "${BASH_SOURCE[0]}")/../system.sh"
. "$(dirname "${BASH_SOURCE[0]}")/../parts.sh"
require_root
require_tool ip
work=$(mktemp -d)
parts_dir=$work
c=wslat.$$.wc r=wslat.$$.wr s=wslat.$$.ws elsewhere=wslat.$$.we
bus=/wslat_where.$$
title=
clean() {
	end_parts
	for ns in $c $r $s $elsewhere; do ip netns del $ns 2>/dev/null; done
	rm -rf "$work" "/dev/shm$bus"
}
trap clean EXIT
for ns in $c $r $s $elsewhere; do ip netns add $ns && ip -n $ns link set lo up; done
ip link add c0 netns $c type veth peer name r0 netns $r &&
	ip link add r1 netns $r type veth peer name s0 netns $s &&
	ip -n $c addr add 10.96.0.2/24 dev c0 && ip -n $r addr add 10.96.0.1/24 dev r0 &&
	ip -n $r addr add 10.95.0.2/24 dev r1 && ip -n $s addr add 10.95.0.1/24 dev s0 &&
	ip -n $s addr add 10.95.0.9/24 dev s0 &&
	ip -n $c link set c0 up && ip -n $r link set r0 up && ip -n $r link set r1 up &&
	ip -n $s link set s0 up && ip -n $c route add default via 10.96.0.1 &&
	ip -n $s route add 10.96.0.0/24 via 10.95.0.2 &&
	ip netns exec $r sysctl -qw net.ipv4.ip_forward=1 || trouble "network set-up"
start exchange ip netns exec $s "$PROF_BIN/exchange" --listen 0.0.0.0:9443 --plain \
	--no-client-rate --scenario steady --rate 100
wait_for exchange.out listening

# run TITLE WHEN PATTERN NAMESPACE OPTION...: a client in $c and a capture, started before it or
# after, until the capture has said PATTERN and has had time to publish.
run() {
	local when=$2 pattern=$3 ns=$4
	title=$1
	shift 4
	rm -f "/dev/shm$bus" "$work/m.jsonl"
	start event_correlator "$PROF_BIN/event_correlator" --bus $bus --jsonl "$work/m.jsonl" --quiet
	wait_for_bus $bus
	[ "$when" = after ] || capture "$ns" "$@"
	start client ip netns exec $c "$PROF_BIN/websocket_client" --bus $bus \
		"ws://${server:-10.95.0.1}:9443/market/stream?streams=btcusdt@aggTrade"
	wait_for client.err 'connected|[0-9] messages'
	[ "$when" = before ] || { sleep 0.3; capture "$ns" "$@"; }
	wait_for dpdk_capture.err "$pattern"
	sleep 1
	for part in client dpdk_capture event_correlator; do stop $part || fail "$title: $part exited $?"; done
	grep -v 'frames=' "$work/dpdk_capture.err" | sed "s/^/  $title: /"
	published=$(grep -o 'published=[0-9]*' "$work/dpdk_capture.err" | tail -n 1 | cut -d= -f2)
}
capture() {
	local ns=$1
	shift
	start dpdk_capture ip netns exec $ns ${with:-} "$PROF_BIN/dpdk_capture" --no-huge -m 128 -- --bus $bus "$@"
	wait_for dpdk_capture.err passive:
}
says() { grep -qE "$1" "$work/dpdk_capture.err"; }
ends='10\.96\.0\.2:[0-9]+ <-> 10\.95\.0\.1:9443'

run "begun before the socket" before 'passive: c0' $c
expect "$title: it says what it knows" says '^dpdk_capture: no source named: listening on lo, as no socket is registered yet$'
expect "$title: it moves to where the traffic is" says "^dpdk_capture: lo: sees nothing of $ends, which passes on c0: listening there"
expect "$title: segments are published" [ "$published" -gt 50 ]

run "where nothing passes" after 'passive: c0' $elsewhere
expect "$title: it does not claim anything" says "listening on lo, for now: no interface here has a registered socket's address"
expect "$title: it moves to the process's namespace" \
	says "sees nothing of $ends, which passes on c0 in the network namespace of process [0-9]+: listening there"
expect "$title: segments are published" [ "$published" -gt 50 ]

run "told the wrong interface" before 'another capture' $c --iface lo
expect "$title: it says which is right" says "^dpdk_capture: lo: sees nothing of $ends, which passes on c0: another capture with --iface c0$"
expect "$title: and stays" [ "$(grep -c passive: "$work/dpdk_capture.err")" = 1 ]
expect "$title: and counts it" says ' elsewhere=1 '

if [ -n "${PROF_FULL:-}" ]; then
	run "begun behind the socket" after passive: $c
	expect "$title: it says what it guesses by" says 'listening on c0, where a registered socket should be heard by its address$'
	expect "$title: it stays" [ "$(grep -c passive: "$work/dpdk_capture.err")" = 1 ]
	expect "$title: segments are published" [ "$published" -gt 50 ]

	run "on a router" after 'passive: r1' $r
	expect "$title: it moves to the side next to the wire" says "^dpdk_capture: lo: sees nothing of $ends, which passes on r1: listening there"
	expect "$title: segments are published" [ "$published" -gt 50 ]

	run "told the right one" before passive: $r --iface r0
	sleep 2
	expect "$title: it says nothing" [ "$(grep -cv 'frames=' "$work/dpdk_capture.err")" = 1 ]
	expect "$title: messages are stamped" [ "$(grep -vc '"nic_ns":null' "$work/m.jsonl")" -gt 50 ]

	with='setpriv --bounding-set -sys_admin --inh-caps -all'
	run "where nothing passes, without the right to look elsewhere" after 'not seen here' $elsewhere
	with=
	expect "$title: it says so" says \
		"^dpdk_capture: $ends: not seen here; its process [0-9]+ is in another network namespace: Operation not permitted: run as root"
else
	echo "SKIP: four more places: only with PROF_FULL=1"
fi

# nat NAMESPACE TEXT: false if this kernel has none.
nat() { echo "$2" | ip netns exec $1 nft -f - 2>"$work/nft"; }
if ! command -v nft >/dev/null ||
	! nat $r 'table ip t { chain p { type nat hook postrouting priority 100; oifname "r1" masquerade; }; }'; then
	echo "SKIP: the part behind NAT: $(tail -n 1 "$work/nft" 2>/dev/null)"
	finish
fi
run "on the outside of a router that masquerades" before 'another capture' $r --iface r1
expect "$title: the address is called translated" \
	says "^dpdk_capture: r1: sees nothing of $ends, which passes on r0; its address is translated \(NAT\): elsewhere it is 10\.95\.0\.2:[0-9]+ <-> 10\.95\.0\.1:9443: another capture with --iface r0"
expect "$title: and counted" says ' translated=1 '
ip netns exec $r nft flush ruleset

server=10.95.0.77
nat $c 'table ip t { chain o { type nat hook output priority -100; ip daddr 10.95.0.77 dnat to 10.95.0.9; }; }' ||
	fail "no translation of what is sent"
run "a service address that is translated before it is sent" before 'translated' $c --iface c0
expect "$title: the address is called translated" \
	says '^dpdk_capture: 10\.96\.0\.2:[0-9]+ <-> 10\.95\.0\.77:9443: its address is translated on this host \(NAT\), into 10\.96\.0\.2:[0-9]+ <-> 10\.95\.0\.9:9443: '
finish
