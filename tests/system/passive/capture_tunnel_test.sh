#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Interfaces whose frames begin with the IP header (tun, WireGuard, ipip, sit, GRE):
# every segment that the sender sent is captured, of IPv4 and IPv6, and stamped by the
# kernel.  An interface of neither kind is refused, and told why.
. "$(dirname "${BASH_SOURCE[0]}")/../capture/capture_link.sh"
link_up
$in_b sysctl -qw net.ipv6.conf.all.disable_ipv6=0
$in_a sysctl -qw net.ipv6.conf.all.disable_ipv6=0
tried=0

cat >"$work/wire.py" <<'PY'
"""wire.py NAMESPACE INTERFACE NAMESPACE INTERFACE: a wire between two tun interfaces."""
import ctypes
import fcntl
import os
import select
import struct
import sys

def open_tun(namespace, name):
    with open("/run/netns/" + namespace) as file:
        if ctypes.CDLL(None).setns(file.fileno(), 0x40000000):
            sys.exit("setns")
    fd = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(fd, 0x400454CA, struct.pack("16sH22x", name.encode(), 0x1001))  # tun, no header
    return fd

ends = open_tun(*sys.argv[1:3]), open_tun(*sys.argv[3:5])
print("up", flush=True)
while True:
    for fd in select.select(ends, [], [])[0]:
        try:
            os.write(ends[fd == ends[0]], os.read(fd, 65536))
        except OSError:
            pass  # the other end is not up yet
PY

# tunnel KIND: t0 in both namespaces, with 10.98.0.1 and .2, fd98::1 and ::2.
tunnel() {
	local side ns
	case $1 in
	tun)
		[ -w /dev/net/tun ] || return
		python3 "$work/wire.py" $a t0 $b t0 >"$work/wire" 2>&1 &
		wire=$!
		pids="$pids $wire"
		for _ in $(seq 50); do grep -q up "$work/wire" && break; sleep 0.1; done
		;;
	wireguard)
		command -v wg >/dev/null && ip -n $a link add t0 type wireguard 2>/dev/null &&
			ip -n $b link add t0 type wireguard || return
		for side in a b; do (umask 077; wg genkey >"$work/$side.key"); done
		$in_a wg set t0 listen-port 5182 private-key "$work/a.key" peer "$(wg pubkey <"$work/b.key")" \
			allowed-ips 0.0.0.0/0,::/0 endpoint 10.97.0.2:5182
		$in_b wg set t0 listen-port 5182 private-key "$work/b.key" peer "$(wg pubkey <"$work/a.key")" \
			allowed-ips 0.0.0.0/0,::/0 endpoint 10.97.0.1:5182
		;;
	*)
		ip -n $a link add t0 type "$1" local 10.97.0.1 remote 10.97.0.2 2>/dev/null &&
			ip -n $b link add t0 type "$1" local 10.97.0.2 remote 10.97.0.1 2>/dev/null || return
		;;
	esac
	ip -n $a link set t0 up && ip -n $b link set t0 up || return
	ip -n $a addr add 10.98.0.1/24 dev t0
	ip -n $b addr add 10.98.0.2/24 dev t0
	ip -n $a addr add fd98::1/64 dev t0 nodad 2>/dev/null
	ip -n $b addr add fd98::2/64 dev t0 nodad 2>/dev/null
}

# carry KIND ADDRESS: a megabyte over it; what is captured is all of it, in order.
carry() {
	local bytes segments gaps sent
	$in_b "$bin/dpdk_capture" --no-huge -m 128 -- --iface t0 --dump --port 5201 >"$work/dump" 2>"$work/err" &
	capture=$!
	pids="$pids $capture"
	for _ in $(seq 100); do grep -qs 'passive:' "$work/err" && break; sleep 0.1; done
	grep -q 'passive: t0 (raw IP), stamps: the kernel' "$work/err" || fail "$1: it does not say what t0 is"
	$in_a iperf3 -s -1 >/dev/null &
	serving=$!
	sleep 0.3
	$in_b iperf3 -c "$2" -n 1M -R --json >"$work/iperf" || fail "$1: iperf3"
	wait $serving
	capture_stop
	read -r bytes segments gaps < <(python3 "$here/capture_spans.py" "$work/dump" 5201)
	sent=$(python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))["end"]["sum_received"]["bytes"])' "$work/iperf")
	echo "$1 to $2: $bytes bytes in $segments segments, $gaps gaps; iperf3 received $sent"
	[ "$gaps" = 0 ] && [ "$bytes" -ge "$sent" ] || fail "$1: not every byte"
	grep -q ' not_ip=0 ' "$work/err" || fail "$1: frames that are not understood"
	tried=$((tried + 1))
}

for kind in tun wireguard ipip sit gre; do
	if ! tunnel $kind; then
		echo "SKIP: $kind: this kernel has none"
		ip -n $a link del t0 2>/dev/null
		continue
	fi
	[ $kind = sit ] || carry $kind 10.98.0.1
	[ $kind = ipip ] || carry $kind fd98::1
	[ $kind != tun ] || { kill $wire; wait $wire 2>/dev/null; }
	ip -n $a link del t0 2>/dev/null
	ip -n $b link del t0 2>/dev/null
done
[ $tried -gt 0 ] || { echo "SKIP: no such interface can be made here"; exit 77; }

if ip -n $b link add t0 type vcan 2>/dev/null && ip -n $b link set t0 up; then
	$in_b "$bin/dpdk_capture" --no-huge -m 128 -- --iface t0 --dump 2>"$work/err"
	[ $? = 1 ] || fail "an interface without IP is not refused"
	grep -q "^dpdk_capture: interface 't0': its frames begin neither with an Ethernet header" "$work/err" ||
		fail "it is not told why"
fi
echo "PASS"
