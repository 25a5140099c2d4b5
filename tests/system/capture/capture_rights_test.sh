#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# An unprivileged user with three capabilities can listen; one with none is
# told which is missing.
set -u
root=${PROF_ROOT:-$(cd "$(dirname "$0")/../../.." && pwd)}
bin=${PROF_BIN:-$root/build/bin}
work=$(mktemp -d)
ns=wslat.$$.r
bus=/ws_latency_capture_rights.$$
trap 'ip netns del $ns 2>/dev/null; rm -rf "$work" "/dev/shm$bus"' EXIT
fail() { echo "FAIL $1"; cat "$work/err"; exit 1; }
[ "$(id -u)" = 0 ] || { echo "SKIP needs root to become somebody else"; exit 77; }
command -v setpriv >/dev/null || { echo "SKIP needs setpriv"; exit 77; }

# The build may lie where nobody else may look.
install -m 755 "$bin/dpdk_capture" "$work/dpdk_capture" && chmod 755 "$work" || fail "install"
ip netns add $ns && ip -n $ns link set lo up || fail "network set-up"
as_nobody() {
	ip netns exec $ns setpriv --reuid 65534 --regid 65534 --clear-groups \
		--inh-caps "-all$1" --ambient-caps "-all$1" --bounding-set "-all$1" \
		"$work/dpdk_capture" -l 0 --iface lo --bus "$bus" --duration 2 2>"$work/err"
}

as_nobody ,+net_raw,+net_admin,+ipc_lock || fail "it does not work with the three capabilities"
grep -q "passive: lo, stamps: the kernel's" "$work/err" || fail "not what was expected"
as_nobody '' && fail "it works without any capability"
grep -q 'CAP_NET_RAW' "$work/err" || fail "CAP_NET_RAW is not named"
as_nobody ,+net_admin,+ipc_lock && fail "it works without CAP_NET_RAW"
grep -q 'CAP_NET_RAW' "$work/err" || fail "CAP_NET_RAW is not named"
# The two others are named if it does not work without them.
for missing in net_admin ipc_lock; do
	left=$(printf '%s' ,+net_raw,+net_admin,+ipc_lock | sed "s/,+$missing//")
	as_nobody "$left" || grep -qi "cap_$missing" "$work/err" || fail "$missing is not named"
	echo "without $missing: $(head -1 "$work/err")"
done
echo PASS
