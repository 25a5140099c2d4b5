#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Passive on veth: super-packets are whole by their headers, small frames at
# 300,000 a second are all there, and when the capture's core is taken away the
# drop counter is the shortfall, to the frame.  Without huge pages it keeps within 48 MiB.
# CAPTURE_SECONDS (3) and CAPTURE_RATE (300000) make it longer or harder.
. "$(dirname "${BASH_SOURCE[0]}")/capture_link.sh"
seconds=${CAPTURE_SECONDS:-3}
rate=${CAPTURE_RATE:-300000}
last_core=$(($(nproc) - 1))
hog=
link_up taskset chrt

# 1. Super-packets: offloads are on.
capture_start --port 5201
iperf3_run "$seconds"
capture_stop
read -r bytes segments gaps < <(python3 "$here/capture_spans.py" "$work/dump" 5201)
sent=$(python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))["end"]["sum_received"]["bytes"])' "$work/iperf")
drops=$(ring_losses)
echo "super-packets: $bytes bytes in $segments segments, $gaps gaps, $drops drops; iperf3 received $sent"
[ "$drops" != 0 ] || [ "$gaps" = 0 ] || fail "gaps without drops"
[ "$drops" != 0 ] || [ "$bytes" -ge "$sent" ] || fail "fewer bytes than iperf3 received"

# What veth has handed to the other side.  What its backlog had no room for
# has not arrived, and no capture could see it.
handed_over() { $in_a cat /sys/class/net/va/statistics/tx_packets; }

# send_exact: sends, and sees that what was dumped and what was dropped add up.
send_exact() {
	before=$(handed_over)
	$in_a taskset -c "$last_core" "$tests/capture_sender" va $frames "$rate" 100 ||
		fail "the sender"
	[ -z "$hog" ] || kill -9 "$hog"
	resident_kib=$(awk '/^VmHWM/ { print $2 }' "/proc/$capture/status")
	capture_stop
	set -- $(($(handed_over) - before))
	got=$(awk -F'\t' '$3 == 40000' "$work/dump" | wc -l)
	drops=$(ring_losses)
	echo "$1 arrived, $got captured, $drops dropped"
	[ $((got + drops)) = "$1" ] || fail "$(($1 - got - drops)) frames are unaccounted for"
	awk -F'\t' '$3 == 40000 { print $6 }' "$work/dump" | sort -n | uniq -d | grep -q . &&
		fail "a frame came twice"
	return 0
}

# 2. Small frames, offloads off.
$in_a ethtool -K va tx off tso off gso off >/dev/null 2>&1
frames=$((rate * seconds))
capture_start --port 443
send_exact
echo "resident memory: $resident_kib KiB at most"
[ "$(awk '/^HugePages_Free/ { print $2 }' /proc/meminfo)" != 0 ] || [ "$resident_kib" -le 49152 ] ||
	fail "more memory than 48 MiB"

# 3. The same, with the capture's core taken away: it gets what a busy process leaves.
capture_start --port 443
hog 0
chrt -i -p 0 $capture
send_exact
echo "PASS"
