# SPDX-License-Identifier: BSD-2-Clause
# Sourced by the tests of the capture.  Those of the passive source get two
# namespaces joined by a veth pair, and dpdk_capture on one end of it:
#
#   [ $a: va 10.97.0.1 ] ==veth== [ $b: vb 10.97.0.2 <- dpdk_capture ]
set -u
root=${PROF_ROOT:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)}
bin=${PROF_BIN:-$root/build/bin}
tests=${bin%/bin}/tests
here=$root/tests/system/capture
work=$(mktemp -d -p /dev/shm) # a disk would stall the capture while it writes
a=wslat.$$.pa
b=wslat.$$.pb
in_a="ip netns exec $a"
in_b="ip netns exec $b"
pids=
hogs=

fail() { echo "FAIL $1"; tail -2 "$work/err" 2>/dev/null; exit 1; }
clean() {
	for pid in $pids; do kill -9 "$pid" 2>/dev/null; done
	ip netns del $a 2>/dev/null
	ip netns del $b 2>/dev/null
	rm -rf "$work"
}

# require TOOL...: skips the test where it cannot be run.
require() {
	local tool
	[ "$(id -u)" = 0 ] || { echo "SKIP needs root for network namespaces"; exit 77; }
	for tool in ip iperf3 python3 "$@"; do
		command -v "$tool" >/dev/null || { echo "SKIP needs $tool"; exit 77; }
	done
}

# link_up TOOL...
link_up() {
	trap clean EXIT
	require "$@"
	ip netns add $a && ip netns add $b &&
		ip link add va netns $a type veth peer name vb netns $b &&
		ip -n $a addr add 10.97.0.1/24 dev va && ip -n $b addr add 10.97.0.2/24 dev vb &&
		$in_a sysctl -qw net.ipv6.conf.va.disable_ipv6=1 &&
		$in_b sysctl -qw net.ipv6.conf.vb.disable_ipv6=1 &&
		ip -n $a link set va up && ip -n $b link set vb up || fail "network set-up"
}

# capture_start ARGUMENT...: returns once it listens; prints to $work/dump and $work/err.
capture_start() {
	rm -f "$work/err" # or the wait below could end with what the last one said
	$in_b "$bin/dpdk_capture" -l 0 --iface vb --dump "$@" >"$work/dump" 2>"$work/err" &
	capture=$!
	pids="$pids $capture"
	for _ in $(seq 100); do grep -qs 'passive:' "$work/err" && return; sleep 0.1; done
	fail "dpdk_capture did not start"
}

capture_stop() {
	sleep 0.5
	kill -INT $capture
	wait $capture || fail "dpdk_capture ended with $?"
}

# The last total that dpdk_capture gave of something.
# What the kernel's ring had no room for: net_af_packet of DPDK 25.11 asks the kernel itself and
# tells it as missed, so that nothing is left for us to ask; 22.11 and 24.11 leave it.
ring_losses() { echo $(($(counter ring_drops) + $(counter missed))); }
counter() { grep -o "\b$1=[0-9]*" "$work/err" | tail -1 | cut -d= -f2; }

# tcpdump_start EXEC INTERFACE: what is to be compared with, in $work/want.pcap.
tcpdump_start() {
	$1 tcpdump -i "$2" -s 128 -B 16384 -w "$work/want.pcap" -Z root \
		--time-stamp-precision=nano tcp 2>"$work/tcpdump" &
	recorder=$!
	pids="$pids $recorder"
	for _ in $(seq 100); do grep -q listening "$work/tcpdump" && return; sleep 0.1; done
	fail "tcpdump did not start"
}

tcpdump_stop() {
	sleep 1.5 # what it has not yet read when it is told to stop is lost; it reads once a second
	kill -INT $recorder
	wait $recorder
}

# hog [CORE]: a busy process; its pid in $hog.
hog() {
	${1:+taskset -c "$1"} sh -c 'while :; do :; done' &
	hog=$!
	hogs="$hogs $hog"
	pids="$pids $hog"
}

hogs_end() {
	kill $hogs
	wait $hogs 2>/dev/null
}

# iperf3_run SECONDS OPTION...: one connection from a to b, iperf3's report in $work/iperf.
iperf3_run() {
	local seconds=$1 serving
	shift
	$in_a iperf3 -s -1 >/dev/null &
	serving=$!
	sleep 0.5
	$in_b iperf3 -c 10.97.0.1 -t "$seconds" -R --json "$@" >"$work/iperf" || fail "iperf3"
	wait $serving
}
