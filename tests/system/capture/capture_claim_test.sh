#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Inline stamps are taken when a frame is polled, and say how wrong they may be:
# since the poll that last emptied the port.  Beside tcpdump's stamps of the same
# frames, while two busy processes compete for both cores, no claim may be broken.
program=capture_claim
. "$(dirname "${BASH_SOURCE[0]}")/capture_link.sh"
. "$root/exchange/netns.sh"
seconds=${CAPTURE_SECONDS:-3}
bus=/ws_latency_capture_claim.$$
trap 'clean; netns_down; rm -f "/dev/shm$bus"' EXIT
require ethtool tshark tcpdump
[ -e /dev/net/tun ] || { echo "SKIP no /dev/net/tun"; exit 77; }

netns_up || fail "network set-up"
tcpdump_start "$netns_nic_exec" $netns_nic
"$tests/capture_drain" "$bus" print >"$work/events" &
drain=$!
pids="$pids $drain"
$netns_nic_exec "$bin/dpdk_capture" -l 0 --vdev=net_af_packet0,iface=$netns_nic -- \
	--exception $netns_tap --bus "$bus" --port 5201 2>"$work/err" &
capture=$!
pids="$pids $capture"
for _ in $(seq 100); do grep -q 'inline:' "$work/err" && break; sleep 0.1; done
netns_attach_tap || fail "the tap could not be moved"
hog
hog
$netns_exchange_exec iperf3 -s -1 >/dev/null &
serving=$!
sleep 0.5
$netns_client_exec iperf3 -c "$netns_exchange_addr" -t "$seconds" -b 10M -R >/dev/null || fail "iperf3"
wait $serving
hogs_end
tcpdump_stop
kill -INT $capture
wait $capture || fail "dpdk_capture ended with $?"
kill $drain
wait $drain
tshark -n -r "$work/want.pcap" -Y 'tcp.srcport == 5201 && tcp.len > 0' -T fields \
	-e frame.time_epoch -e tcp.seq_raw -e tcp.len 2>/dev/null >"$work/want"
cat >"$work/compare.py" <<'PY'
import sys
from clock_offset import offset_ns

shift = offset_ns()
truth, seen = {}, {}
for line in open(sys.argv[1]):
    stamp, seq, size = line.split()
    truth.setdefault((seq, size), int(stamp.replace(".", "")) - shift)
for line in open(sys.argv[2]):
    stamp, seq, size, source, log2, flags = line.split()[:6]
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
PYTHONPATH=$here python3 -B "$work/compare.py" "$work/want" "$work/events" || fail "the claims"
echo "PASS"
