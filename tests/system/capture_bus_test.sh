#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Started as people type it, dpdk_capture listens on loopback; a connection that
# is registered late is published from its SYN-ACK on, nothing else is, and a
# mark means what it says.
set -u
root=${PROF_ROOT:-$(cd "$(dirname "$0")/../.." && pwd)}
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
grep -q ' ring_drops=0 ' "$work/err" || fail "drops on loopback"
grep -q ' late=0 ' "$work/err" || fail "a mark was broken"
[ ! -e "/run/dpdk/dpdk_capture_$pid" ] || fail "DPDK left its run-time directory"
grep -q ' history_lost=0 ' "$work/err" || fail "the history was too short"
echo "PASS $(cat "$work/peer")"
