#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Which frames were merged (GRO) on their way to the capture, and which are one segment of
# the wire: MTU 9000, a peer that is told to send no more than 1448, GRO on.  What the sender's own
# interface saw, with every offload off, is the truth: a frame that is no segment there
# must be marked as merged, and one that is must not.  Below the interface's MTU too.
. "$(dirname "${BASH_SOURCE[0]}")/../capture/capture_link.sh"
bus=/wslat_merged.$$
link_up tcpdump tshark ethtool
trap 'clean; rm -f /dev/shm$bus' EXIT
ip -n $a link set va mtu 9000 && ip -n $b link set vb mtu 9000 || fail "network set-up"
$in_a ethtool -K va tx off tso off gso off >/dev/null 2>&1
$in_b ethtool -K vb gro on >/dev/null 2>&1 || { echo "SKIP this kernel's veth merges nothing"; exit 77; }

# run NAME ADVMSS WRITE_BYTES EXEC...: one connection, captured; the events in $work/events, what
# was on the wire in $work/want: "seq bytes" each.
run() {
	local name=$1 advmss=$2 write_bytes=$3
	shift 3
	ip -n $b route change 10.97.0.0/24 dev vb advmss "$advmss" || fail "$name: route"
	rm -f "/dev/shm$bus" "$work/err"
	$in_b "$@" "$bin/dpdk_capture" -l 0 --iface vb --port 5201 --bus $bus 2>"$work/err" &
	capture=$!
	pids="$pids $capture"
	for _ in $(seq 100); do grep -qs 'passive:' "$work/err" && break; sleep 0.1; done
	"$tests/capture_drain" $bus print >"$work/events" &
	drain=$!
	pids="$pids $drain"
	tcpdump_start "$in_a" va
	iperf3_run 1 -b 300M -l "$write_bytes"
	tcpdump_stop
	capture_stop
	kill -TERM $drain
	wait $drain
	tshark -n -r "$work/want.pcap" -o tcp.desegment_tcp_streams:FALSE \
		-o tcp.analyze_sequence_numbers:FALSE -Y 'ip.src == 10.97.0.1 && tcp.len > 0' \
		-T fields -e tcp.seq_raw -e tcp.len 2>/dev/null | sort -u >"$work/want"
}

# judge NAME ALLOWED_FALSE_MARKS: prints what there was; fails where a merged frame is not marked.
judge() {
	python3 - "$work/want" "$work/events" "$1" "$2" <<'PY' || fail "$1"
import sys

wire = {tuple(map(int, line.split())) for line in open(sys.argv[1])}
OUTBOUND, MERGED = 1, 2
right = merged = silent = spurious = 0
for line in open(sys.argv[2]):
    _, seq, size, _, _, flags = map(int, line.split()[:6])
    if size == 0 or flags & OUTBOUND:
        continue
    is_merged = (seq, size) not in wire
    merged += is_merged
    right += is_merged == bool(flags & MERGED)
    silent += is_merged and not flags & MERGED
    spurious += not is_merged and bool(flags & MERGED)
print("%s: %d merged frames of %d below MTU and above, %d not marked, %d marked that were none"
      % (sys.argv[3], merged, right + silent + spurious, silent, spurious))
sys.exit(silent > 0 or spurious > int(sys.argv[4]) or merged < 20 or right < 50)
PY
}

run "peers of 1448" 1460 128K
judge "peers of 1448" 0
grep -q ' merged_guessed=0 ' "$work/err" || fail "it guessed, and need not have"

# Two or three small segments merged are far below any MTU.
run "peers of 536" 536 128K
judge "peers of 536" 0

# Without the right to mark frames the connection's own MSS tells.
if command -v setpriv >/dev/null; then
	run "no CAP_BPF" 1460 128K setpriv --bounding-set -bpf,-sys_admin --inh-caps -all \
		--reuid 0 --clear-groups
	judge "no CAP_BPF" 0
fi
echo "PASS"
