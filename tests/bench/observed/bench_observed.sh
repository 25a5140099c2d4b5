#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# bench_observed.sh [BUILD]: what being watched costs somebody else's client: the processor time of
# Python's websockets for a message
#   alone      with nobody beside it;
#   neighbour  while a loop keeps the other processor busy, as the capture's polling does: what that
#              costs is the machine's (a cache, a clock, an emulator that is shared), not ours;
#   watched    with the key probe on its process, the capture decrypting its connection and the
#              correlator joining;
#   probed     the same, and the kernel layer's probes on its reads.
# In turn, in one virtual machine (figures under emulation are for comparison with each other
# only), or where it is with --here: keys come from SSLKEYLOGFILE if its kernel takes no probe for
# them, and `probed` is left out if it takes none on reads.  The client has a processor of its own.
# PROF_BENCH_PAIRS (10), PROF_BENCH_COUNT (2000), PROF_BENCH_RATE (400), PROF_BENCH_ARMS
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
build=$(cd "${1:-$root/build}" && pwd)
if [ "${2:-}" != --here ]; then
	exec "$root/ebpf/vm/run_in_vm.sh" --kernel "${PROF_KERNEL:-6.1}" --timeout "${PROF_BENCH_TIMEOUT_S:-1500}" -- \
		env PROF_BENCH_ARMS="${PROF_BENCH_ARMS:-}" PROF_BENCH_PAIRS="${PROF_BENCH_PAIRS:-}" bash "$here/bench_observed.sh" "$build" --here
fi
. "$root/tests/system/parts.sh"
arms=${PROF_BENCH_ARMS:-alone neighbour watched probed}
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

# Where no probe can be had the client's keys come as a log of its own.
key_log=''
/usr/bin/python3 -c 'import ssl, time; print("ready", flush=True); time.sleep(60)' >"$parts_dir/try.out" &
pid_of[try]=$!
wait_for try.out ready
"$build/bin/ebpf_loader" --attach none --keys "$parts_dir/keys" --pid "${pid_of[try]}" --duration 1 2>"$parts_dir/try.err" || {
	key_log=$parts_dir/keys
	echo "no key probe, but the client's own key log: $(tail -n 1 "$parts_dir/try.err")"
}
kill "${pid_of[try]}"
wait "${pid_of[try]}" 2>/dev/null
unset "pid_of[try]"
rm -f "$parts_dir/keys"

start_client() {
	env ${key_log:+SSLKEYLOGFILE="$key_log"} --default-signal=INT ip netns exec near taskset -c 1 /usr/bin/python3 -B "$here/observed_client.py" \
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

neighbour() {
	taskset -c 0 bash -c 'while :; do :; done' &
	pid_of[loop]=$!
	start_client
	end_client neighbour
	kill "${pid_of[loop]}"
	wait "${pid_of[loop]}" 2>/dev/null
	unset "pid_of[loop]"
}

# watch NAME LOADER-OPTION...
watch() {
	local lines name=$1 to_end="capture correlator"
	shift
	start correlator taskset -c 0 "$build/bin/event_correlator" --bus $bus --jsonl "$parts_dir/lines"
	wait_for_bus $bus
	start_client
	if [ -z "$key_log" ]; then
		start loader taskset -c 0 "$build/bin/ebpf_loader" --bus $bus --pid "${pid_of[client]}" --keys "$parts_dir/keys" "$@"
		wait_for loader.err 'attached '
		to_end="loader $to_end"
	fi
	start capture ip netns exec near taskset -c 0 "$build/bin/dpdk_capture" -l 0 -- --iface near0 --port 9443 \
		--keylog "$parts_dir/keys" --bus $bus
	wait_for capture.err 'dpdk_capture: passive:'
	end_client "$name"
	for part in $to_end; do stop "$part" || trouble "$part: $?"; done
	lines=$(grep -c '"class":"no-user"' "$parts_dir/lines")
	[ "$lines" -ge "$count" ] || trouble "$lines lines of $count messages"
	rm -f "$parts_dir/keys" "$parts_dir/lines"
}
watched() { watch watched --attach none; }
probed() { watch probed; }
if ! "$build/bin/ebpf_loader" --bus $bus.try --port 1 --duration 1 2>"$parts_dir/try.err"; then
	arms=${arms/probed/}
	echo "not probed: $(tail -n 1 "$parts_dir/try.err")"
fi
rm -f /dev/shm$bus.try

for pair in $(seq "$pairs"); do
	# shellcheck disable=SC2086
	for arm in $(printf '%s\n' $arms | if [ $((pair % 2)) = 0 ]; then tac; else cat; fi); do "$arm"; done
done
python3 - "$parts_dir/figures" <<'END'
import statistics, sys
found = {}
for line in open(sys.argv[1]):
    name, value = line.split()
    found.setdefault(name, []).append(int(value))
for name, values in found.items():
    values.sort()
    print(f"{name}: CPU us a message: median {statistics.median(values) / 1000:.1f} "
          f"({values[0] / 1000:.1f} to {values[-1] / 1000:.1f}), {len(values)} runs")
beside = found.get("neighbour", found.get("alone"))
noise = beside[-1] - beside[0]
for name in ("watched", "probed"):
    if name in found:
        difference = statistics.median(found[name]) - statistics.median(beside)
        print(f"RATIO observed_{name}_difference_over_noise {difference / noise:.2f} <= 1")
END
