#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# bench_observed.sh [BUILD]: what being watched costs somebody else's client: the processor time of
# Python's websockets for a message, alone, and with the key probe and the kernel layer on its
# process, the capture decrypting its connection and the correlator joining both.  Pairs, in
# turn, in one virtual machine (figures under emulation are for comparison with each other
# only), or where it is with --here.  The client has a processor of its own.
# PROF_BENCH_PAIRS (10), PROF_BENCH_COUNT (2000), PROF_BENCH_RATE (400)
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
build=$(cd "${1:-$root/build}" && pwd)
if [ "${2:-}" != --here ]; then
	exec "$root/ebpf/vm/run_in_vm.sh" --kernel "${PROF_KERNEL:-6.1}" --timeout 900 -- \
		bash "$here/bench_observed.sh" "$build" --here
fi
. "$root/tests/system/parts.sh"
pairs=${PROF_BENCH_PAIRS:-10} count=${PROF_BENCH_COUNT:-2000} rate=${PROF_BENCH_RATE:-400}
parts_dir=$(mktemp -d) title=bench_observed
bus=/bench_observed
url="wss://10.79.0.1:9443/market/stream?streams=btcusdt@aggTrade"
trap 'end_in_namespaces far near; rm -rf "$parts_dir"' EXIT
unset SSLKEYLOGFILE
sysctl -q kernel.watchdog=0 2>/dev/null

join_namespaces far 10.79.0.1 near 10.79.0.2
ip netns exec far ethtool -K far0 tso off gso off >/dev/null
mkfifo "$parts_dir/go"
start exchange ip netns exec far taskset -c 0 "$build/bin/exchange" --listen 10.79.0.1:9443 \
	--cert-dir "$parts_dir" --no-client-rate --scenario steady --rate "$rate"
wait_for exchange.out listening

start_client() {
	env --default-signal=INT ip netns exec near taskset -c 1 /usr/bin/python3 -B "$here/observed_client.py" \
		"$url" "$parts_dir/ca.pem" "$count" >"$parts_dir/client.out" 2>"$parts_dir/client.err" <"$parts_dir/go" &
	pid_of[client]=$!
	exec 3>"$parts_dir/go"
	wait_for client.err ready
}

# end_client NAME: lets it run to its end, and keeps its figure.
end_client() {
	echo go >&3
	exec 3>&-
	wait "${pid_of[client]}" || trouble "the client: $?"
	unset "pid_of[client]"
	echo "$1 $(cat "$parts_dir/client.out")" | tee -a "$parts_dir/figures"
}

alone() {
	start_client
	end_client alone
}

watched() {
	start correlator taskset -c 0 "$build/bin/event_correlator" --bus $bus --jsonl "$parts_dir/lines"
	wait_for_bus $bus
	start_client
	start loader taskset -c 0 "$build/bin/ebpf_loader" --bus $bus --pid "${pid_of[client]}" --keys "$parts_dir/keys"
	wait_for loader.err 'attached by'
	start capture ip netns exec near taskset -c 0 "$build/bin/dpdk_capture" -l 0 -- --iface near0 \
		--keylog "$parts_dir/keys" --bus $bus
	wait_for capture.err 'dpdk_capture: passive:'
	end_client watched
	for part in loader capture correlator; do stop $part || trouble "$part: $?"; done
	lines=$(grep -c '"class":"no-user"' "$parts_dir/lines")
	[ "$lines" -ge "$count" ] || trouble "$lines lines of $count messages"
	rm -f "$parts_dir/keys" "$parts_dir/lines"
}

for pair in $(seq "$pairs"); do
	if [ $((pair % 2)) = 0 ]; then alone && watched; else watched && alone; fi
done
python3 - "$parts_dir/figures" <<'END'
import statistics, sys
found = {"alone": [], "watched": []}
for line in open(sys.argv[1]):
    name, value = line.split()
    found[name].append(int(value))
alone, watched = (sorted(found[name]) for name in ("alone", "watched"))
for name, values in (("alone", alone), ("watched", watched)):
    print(f"{name}: CPU us a message: median {statistics.median(values) / 1000:.1f} "
          f"({values[0] / 1000:.1f} to {values[-1] / 1000:.1f}), {len(values)} runs")
difference = statistics.median(watched) - statistics.median(alone)
noise = alone[-1] - alone[0]
print(f"RATIO observed_difference_over_noise {difference / noise:.2f} <= 1")
END
