#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Started as people type it, dpdk_capture listens on loopback; a connection that
# is registered late is published from its SYN-ACK on, nothing else is, and a
# mark means what it says.
set -u
root=${PROF_ROOT:-$(cd "$(dirname "$0")/../../.." && pwd)}
bin=${PROF_BIN:-$root/build/bin}
ns=wslat.$$.b
bus=/ws_latency_capture_test.$$
work=$(mktemp -d)
capture=

fail() { echo "FAIL $1"; sed 's/^/  /' "$work/err" "$work/peer" 2>/dev/null; exit 1; }
clean() {
	[ -z "$capture" ] || kill -9 "$capture" 2>/dev/null
	ip netns del "$ns" 2>/dev/null
	rm -rf "$work" "/dev/shm$bus"
}
trap clean EXIT

# ended TEXT: by itself, as a failure, and clean.
ended() {
	local status pid=$capture
	for _ in $(seq 40); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
	kill -0 "$pid" 2>/dev/null && fail "it goes on for 4 s $1"
	wait "$pid"
	status=$?
	capture=
	[ $status = 1 ] || fail "it ended with $status, not 1, $1"
	[ ! -e "/run/dpdk/dpdk_capture_$pid" ] || fail "DPDK left its run-time directory, $1"
}

[ "$(id -u)" = 0 ] || { echo "SKIP needs root for network namespaces"; exit 77; }

ip netns add "$ns" && ip -n "$ns" link set lo up || fail "network set-up"
ip netns exec "$ns" "$bin/dpdk_capture" -l 0-1 -n 4 -- --bus "$bus" 2>"$work/err" &
capture=$!
ip netns exec "$ns" timeout 60 "${bin%/bin}/tests/capture_bus_peer" "$bus" >"$work/peer" 2>&1 ||
	fail "the peer"
kill -TERM $capture
wait $capture
status=$?
pid=$capture
capture=
[ $status = 0 ] || fail "dpdk_capture ended with $status"
grep -q 'listening on lo' "$work/err" || fail "it did not say where it listens"
grep -q ' missed=0 .* ring_drops=0 ' "$work/err" || fail "drops on loopback"
grep -q ' late=0 ' "$work/err" || fail "a mark was broken"
[ ! -e "/run/dpdk/dpdk_capture_$pid" ] || fail "DPDK left its run-time directory"
grep -q ' history_lost=0 ' "$work/err" || fail "the history was too short"
# A segment that somebody cuts short under it ends the program, with a message,
# and it says what it has counted.
rm -f "$work/err" # or the wait below could end with what the last one said
ip netns exec "$ns" "$bin/dpdk_capture" -l 0 -- --bus "$bus" --iface lo --all 2>"$work/err" &
capture=$!
for _ in $(seq 100); do grep -qs 'passive:' "$work/err" && break; sleep 0.1; done
ip netns exec "$ns" bash -c 'exec 3<>/dev/tcp/127.0.0.1/9' 2>/dev/null && fail "somebody listens"
sleep 0.3
truncate -s 4096 "/dev/shm$bus" || fail "no segment to cut short"
ended "with half a segment"
grep -q "^dpdk_capture: $bus: " "$work/err" || fail "it did not say what is wrong with the bus"
grep -q '^dpdk_capture: frames=[1-9]' "$work/err" || fail "it did not say what it has counted"

# So does an interface that goes away.
rm -f "/dev/shm$bus"
ip -n "$ns" link add gone type veth peer name far && ip -n "$ns" link set gone up || fail "network set-up"
rm -f "$work/err"
ip netns exec "$ns" "$bin/dpdk_capture" -l 0 -- --bus "$bus" --iface gone 2>"$work/err" &
capture=$!
for _ in $(seq 100); do grep -qs 'passive:' "$work/err" && break; sleep 0.1; done
ip -n "$ns" link del gone
ended "without its interface"
grep -q "^dpdk_capture: gone: .*gone" "$work/err" || fail "it did not say that its interface is gone"
echo "PASS $(cat "$work/peer")"
