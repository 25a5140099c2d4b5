#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Packets for each second of one core, fed by net_pcap's infinite_rx: testpmd in
# rxonly mode, and dpdk_capture with everything filtered and with everything
# published, to a consumer on another core, which pulls the lines away: how far
# that is, is measured before and after (bench_distance), and what was published
# near and far is told apart; a run in which it changed is thrown away, and one in
# which the consumer had so little of its processor that the bus was full.
# BENCH_SECONDS (3) a run, BENCH_ROUNDS (5) of them, interleaved; medians count.
set -u
root=${PROF_ROOT:-$(cd "$(dirname "$0")/../.." && pwd)}
bin=${PROF_BIN:-$root/build/bin}
tests=${bin%/bin}/tests
seconds=${BENCH_SECONDS:-3}
rounds=${BENCH_ROUNDS:-5}
work=$(mktemp -d -p /dev/shm)
bus=/ws_latency_bench_capture.$$
drain=
trap '[ -z "$drain" ] || kill "$drain"; rm -rf "$work" "/dev/shm$bus"' EXIT
for tool in dpdk-testpmd python3 taskset; do
	command -v $tool >/dev/null || { echo "SKIP needs $tool"; exit 77; }
done
core=$(($(nproc) - 1))

# 256 segments of 16 connections, 100 bytes of payload each: 154-byte frames.
python3 - "$work/feed.pcap" <<'PY'
import struct, sys
with open(sys.argv[1], "wb") as out:
    out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
    for i in range(256):
        ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 140, i, 0, 64, 6, 0, bytes((10, 0, 0, 1)), bytes((10, 0, 0, 2)))
        tcp = struct.pack(">HHIIBBHHH", 443, 40000 + i % 16, i * 100, 0, 0x50, 0x18, 1000, 0, 0)
        frame = bytes(12) + b"\x08\x00" + ip + tcp + bytes(100)
        out.write(struct.pack("<IIII", 0, i, len(frame), len(frame)) + frame)
PY
device=net_pcap0,rx_pcap=$work/feed.pcap,infinite_rx=1

# On a shared machine only packets for each second of processor time can be
# compared: all packets of a run over what its polling thread used for them.

# Nanoseconds of processor time of the polling thread, by the thread's name.
thread_ns() {
	local task
	for task in /proc/"$1"/task/*; do
		[ "$(sed s/^lcore/rte/ "$task/comm" 2>/dev/null)" != "$2" ] ||
			cut -d' ' -f1 "$task/schedstat" 2>/dev/null
	done
}

# begin READY PROGRAM...: starts it, its output in $work/out, its pid in $pid,
# and waits for it to say that it polls.
begin() {
	local ready=$1
	shift
	: >"$work/out"
	"$@" </dev/null >"$work/out" 2>&1 &
	pid=$!
	until grep -q "$ready" "$work/out"; do
		kill -0 $pid || { cat "$work/out"; exit 1; }
		sleep 0.005
	done
}
rate() { awk -v n="$1" -v t="$used_ns" 'BEGIN { printf "%.0f\n", n / t * 1e9 }'; }
# testpmd looks for a signal once a second, and polls on meanwhile.  Its thread
# does nothing but poll: all its time counts, to the end.
testpmd_rate() {
	local thread=rte-worker-$core now
	used_ns=
	begin 'rxonly packet forwarding - ' dpdk-testpmd -l "0,$core" --main-lcore 0 \
		--no-huge -m 512 --no-pci --no-telemetry --no-shconf "--vdev=$device" -- \
		--total-num-mbufs=16384 --burst=64 --forward-mode=rxonly --auto-start \
		--stats-period 60 --no-lsc-interrupt
	sleep "$seconds"
	kill -INT $pid
	while kill -0 $pid 2>/dev/null; do
		now=$(thread_ns $pid "$thread")
		used_ns=${now:-$used_ns}
		sleep 0.02
	done
	wait $pid
	rate "$(awk '/RX-packets:/ { n = $2 } END { print n }' "$work/out")"
}
counter() { grep -o "\b$1=[0-9]*" "$work/out" | tail -1 | cut -d= -f2; }
# dpdk_capture polls in the thread that began it all, and stops within a poll.
capture_rate() {
	local before
	begin 'inline:' "$bin/dpdk_capture" -l "$core" "--vdev=$device" -- \
		--bus "$bus" --idle busy "$@"
	before=$(thread_ns $pid dpdk_capture)
	sleep "$seconds"
	used_ns=$(($(thread_ns $pid dpdk_capture) - before))
	kill -INT $pid
	wait $pid
	rate "$(counter "$field")"
}
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

distance() { "$tests/bench_distance" "$core" 0 | cut -d' ' -f1; }
# Everything published; into the file of the distance at which it was.
publish_rate() {
	local before after
	before=$(distance)
	taskset -c 0 "$tests/capture_drain" "$bus" >/dev/null &
	drain=$!
	field=published
	capture_rate --all >"$work/one"
	kill "$drain"
	wait "$drain"
	drain=
	after=$(distance)
	[ "$before" = "$after" ] || before=changed
	[ "$(($(counter bus_drops) * 100))" -le "$(counter frames)" ] || before=full
	cat "$work/one" >>"$work/publish.$before"
}

touch "$work"/publish.{near,far,changed,full}
for _ in $(seq "$rounds"); do
	testpmd_rate >>"$work/testpmd"
	field=frames
	capture_rate >>"$work/filter"
	publish_rate
done
testpmd=$(median <"$work/testpmd")
show() { # NAME FILE TARGET, if there is anything
	local rate
	[ -s "$work/$2" ] || return
	rate=$(median <"$work/$2")
	echo "$1: $rate packets a second, $(awk -v r="$rate" 'BEGIN { printf "%.1f", 1e9 / r }') ns each:" \
		"$(tr '\n' ' ' <"$work/$2")"
	[ -z "${3:-}" ] || awk -v a="$rate" -v b="$testpmd" -v n="$1" -v t="$3" \
		'BEGIN { printf "RATIO %s %.2f >= %s\n", n, a / b, t }'
}
echo "packets a second of processor time, medians and rounds:"
show testpmd_rxonly testpmd
show capture_filter filter 0.9
show capture_publish publish.near 0.68
show capture_publish_far publish.far 0.6
echo "thrown away: as the distance changed $(wc -l <"$work/publish.changed")," \
	"as the bus was full $(wc -l <"$work/publish.full")"
