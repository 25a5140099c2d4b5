#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Inline stamps are taken when a frame is polled, and say how wrong they may be:
# since the poll that last emptied the port.  Beside tcpdump's stamps of the same
# frames, while two busy processes compete for both cores, no claim may be broken.
set -u
program=capture_claim
root=${PROF_ROOT:-$(cd "$(dirname "$0")/../.." && pwd)}
bin=${PROF_BIN:-$root/build/bin}
seconds=${CAPTURE_SECONDS:-3}
. "$root/exchange/netns.sh"
netns_prefix=wslat.$$
netns_exchange_exec="ip netns exec $netns_prefix.x"
netns_nic_exec="ip netns exec $netns_prefix.n"
bus=/ws_latency_capture_claim.$$
work=$(mktemp -d -p /dev/shm)
pids=

fail() { echo "FAIL $1"; tail -2 "$work/err" 2>/dev/null; exit 1; }
clean() {
	for pid in $pids; do kill -9 "$pid" 2>/dev/null; done
	netns_down
	rm -rf "$work" "/dev/shm$bus"
}
trap clean EXIT
[ "$(id -u)" = 0 ] || { echo "SKIP needs root for network namespaces"; exit 77; }
[ -e /dev/net/tun ] || { echo "SKIP no /dev/net/tun"; exit 77; }
for tool in iperf3 python3 ip ethtool tshark tcpdump; do
	command -v $tool >/dev/null || { echo "SKIP needs $tool"; exit 77; }
done

netns_up || fail "network set-up"
$netns_nic_exec tcpdump -i $netns_nic -s 128 -B 16384 -w "$work/want.pcap" -Z root \
	--time-stamp-precision=nano tcp 2>"$work/tcpdump" &
recorder=$!
pids=$recorder
"${bin%/bin}/tests/capture_drain" "$bus" print >"$work/events" &
drain=$!
pids="$pids $drain"
$netns_nic_exec "$bin/dpdk_capture" -l 0 --vdev=net_af_packet0,iface=$netns_nic -- \
	--exception $netns_tap --bus "$bus" --port 5201 2>"$work/err" &
capture=$!
pids="$pids $capture"
for _ in $(seq 100); do
	grep -q 'inline:' "$work/err" && grep -q listening "$work/tcpdump" && break
	sleep 0.1
done
netns_attach_tap || fail "the tap could not be moved"
for _ in 1 2; do
	sh -c 'while :; do :; done' &
	pids="$pids $!"
done
$netns_exchange_exec iperf3 -s -1 >/dev/null &
serving=$!
sleep 0.5
$netns_client_exec iperf3 -c "$netns_exchange_addr" -t "$seconds" -b 10M -R >/dev/null || fail "iperf3"
wait $serving
sleep 0.5
kill -INT $recorder $capture
wait $capture || fail "dpdk_capture ended with $?"
wait $recorder
kill $drain
wait $drain
tshark -n -r "$work/want.pcap" -Y 'tcp.srcport == 5201 && tcp.len > 0' -T fields \
	-e frame.time_epoch -e tcp.seq_raw -e tcp.len 2>/dev/null >"$work/want"
cat >"$work/compare.py" <<'PY'
import sys
import time

def offset():
    best = None
    for _ in range(200):
        before = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
        wall = time.clock_gettime_ns(time.CLOCK_REALTIME)
        after = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
        if best is None or after - before < best[0]:
            best = (after - before, wall - (before + after) // 2)
    return best[1]

shift = offset()
truth, seen = {}, {}
for line in open(sys.argv[1]):
    stamp, seq, size = line.split()
    truth.setdefault((seq, size), int(stamp.replace(".", "")) - shift)
for line in open(sys.argv[2]):
    stamp, seq, size, source, log2, flags = line.split()
    if size != "0" and not int(flags) & 1:
        seen.setdefault((seq, size), (int(stamp), 1 << int(log2), source))
both = truth.keys() & seen.keys()
if len(both) < 0.9 * len(truth) or len(both) < 200:
    sys.exit("only %d of %d segments were seen" % (len(both), len(truth)))
if any(seen[key][2] != "2" for key in both):
    sys.exit("not all are stamps of a poll")
late = sorted(seen[key][0] - truth[key] for key in both)
claims = sorted(seen[key][1] for key in both)
# Two packet sockets see a frame some microseconds after each other.
broken = [late_ns - claim_ns for late_ns, claim_ns in
          ((seen[key][0] - truth[key], seen[key][1]) for key in both)
          if not -20_000 <= late_ns <= claim_ns + 20_000]
middle = len(both) // 2
print("%d segments, late by p50 %d ns, p99 %d ns; claimed p50 %d ns, p99 %d ns; %d beyond, most by %d ns"
      % (len(both), late[middle], late[len(both) * 99 // 100], claims[middle],
         claims[len(both) * 99 // 100], len(broken), max(broken, default=0)))
if len(broken) * 1000 > len(both):
    sys.exit("more than one in a thousand is beyond its claim")
PY
python3 "$work/compare.py" "$work/want" "$work/events" || fail "the claims"
echo "PASS"
