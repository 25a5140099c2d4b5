#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Inline stamps of an adapter's own clock: a port of DPDK with a clock whose error is known
# (port_clock_shim.c), as ticks of several rates, as ns, as IEEE 1588's; with drift, packets
# without a stamp, reads that lie, a step.  No sure stamp may be outside of its uncertainty.
. "$(dirname "${BASH_SOURCE[0]}")/../system.sh"
require_tool python3
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work" "/dev/shm$bus"' EXIT
bus=/ws_latency_port_clock.$$
shim=$PROF_BIN/../tests/port_clock_shim.so
[ -e "$shim" ] || skip "without address sanitizer only: LD_PRELOAD comes before it"
count=${PORT_CLOCK_PACKETS:-6000}
python3 -B "$here/port_clock_check.py" make "$work/frames.pcap" "$count"

# capture NAME SETTING...: what is published of the frames, and the truth.
capture() {
	local name=$1
	shift
	rm -f "/dev/shm$bus"
	env "$@" SHIM_TRUTH="$work/truth" LD_PRELOAD="$shim" "$PROF_BIN/dpdk_capture" -l 0 \
		--vdev="net_pcap0,rx_pcap=$work/frames.pcap" -- --all --stamps adapter --bus "$bus" \
		--duration "${PORT_CLOCK_SECONDS:-3}" -v 2>"$work/err" &
	local running=$!
	for _ in $(seq 600); do [ -e "/dev/shm$bus" ] && break; sleep 0.05; done
	"$PROF_BIN/../tests/capture_drain" "$bus" print >"$work/events" &
	local drain=$!
	wait $running || { fail "$name: the capture"; cat "$work/err"; }
	kill $drain
	wait $drain
	expect "$name" python3 -B "$here/port_clock_check.py" judge "$name" "$work/events" "$work/truth" "$work/err"
}

capture "156.25 MHz" SHIM_HZ=156250000 SHIM_DRIFT_PPB=100000
capture "1 GHz and a third, every tenth bare" SHIM_HZ=1333333333 SHIM_BARE_EVERY=10
if [ -n "${PROF_FULL:-}" ]; then
	capture "ns" SHIM_DRIFT_PPB=100000
	capture "ns, slow" SHIM_DRIFT_PPB=-100000
	capture "IEEE 1588" SHIM_TIMESYNC=1 SHIM_DRIFT_PPB=-100000
	capture "lying reads" SHIM_LIE_EVERY=7
	capture "step -1 ms" SHIM_STEP_AFTER=$((count / 2)) SHIM_STEP_NS=-1000000
fi
capture "step +1 ms" SHIM_STEP_AFTER=$((count / 2)) SHIM_STEP_NS=1000000

# A port without such stamps: one line, and the poll's.
"$PROF_BIN/dpdk_capture" -l 0 --vdev="net_pcap0,rx_pcap=$work/frames.pcap" -- --all --stamps adapter \
	--bus "$bus" --duration 1 2>"$work/err"
expect "without: one line" [ "$(grep -c 'offers no stamps' "$work/err")" = 1 ]
expect "without: the poll's" grep -q 'stamps: at the poll' "$work/err"
finish
