#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# bench_observer.sh [BUILD] [--vm]: what being watched costs in latency: from the exchange's write of a
# message (its log) to the client's callback with it, both on one clock, with more and more of the
# toolchain beside, in turn.  What nobody is to read is read afterwards: the correlator is stopped until then,
# so that only the client's own publishing is left.  --vm: in the virtual machine, with the probes
# (figures under emulation are for comparison with each other only).  A run in which something was
# lost, or came in no order, is made again, up to 3 times, and said.
# PROF_BENCH_PAIRS (10), PROF_BENCH_RATES ("500 2000 20000"), PROF_BENCH_SECONDS (4), PROF_KERNEL (6.1)
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
build=$(cd "${1:-$root/build}" && pwd)
modes=(nothing capture all) probes=''
case ${2:-} in
--vm)
	exec "$root/ebpf/vm/run_in_vm.sh" --kernel "${PROF_KERNEL:-6.1}" --timeout 1800 -- \
		env PROF_BENCH_PAIRS="${PROF_BENCH_PAIRS:-10}" PROF_BENCH_RATES="${PROF_BENCH_RATES:-500}" \
		PROF_BENCH_SECONDS="${PROF_BENCH_SECONDS:-4}" \
		bash "$here/bench_observer.sh" "$build" --probes
	;;
--probes) modes=(nothing capture loader stages all) probes=yes ;;
esac
. "$root/tests/system/parts.sh"
pairs=${PROF_BENCH_PAIRS:-10} rates=${PROF_BENCH_RATES:-500 2000 20000} seconds=${PROF_BENCH_SECONDS:-4}
parts_dir=$(mktemp -d) title=bench_observer
bus=/bench_observer.$$
streams=(btcusdt ethusdt bnbusdt solusdt)
far=far.$$ near=near.$$
# A part that is stopped would not end.
trap '[ -z "${pid_of[correlator]:-}" ] || kill -CONT "${pid_of[correlator]}"; end_in_namespaces $far $near; rm -rf "$parts_dir" "/dev/shm$bus"' EXIT

join_namespaces $far 10.78.0.1 $near 10.78.0.2
for end in $far:far0 $near:near0; do
	ip netns exec "${end%:*}" ethtool -K "${end#*:}" tx off tso off gso off gro off >/dev/null
done

start_correlator() { # MODE
	local out=$parts_dir/out files=()
	rm -rf "$out"
	mkdir "$out"
	[ "$1" != all ] || files=(--csv "$out/csv" --hgrm "$out/hgrm" --record "$out/recording" \
		--report "$out/report.html" --perfetto "$out/trace" --trips "$out/trips" --metrics 0)
	start correlator "$build/bin/event_correlator" --bus "$bus" --jsonl "$out/lines" "${files[@]}"
	wait_for_bus "$bus"
	[ "$1" = all ] || kill -STOP "${pid_of[correlator]}"
}

start_watchers() { # MODE
	local stages=(--stages)
	[ "$1" != loader ] || stages=()
	case $probes$1 in
	yesloader | yesstages | yesall)
		start loader "$build/bin/ebpf_loader" --bus "$bus" "${stages[@]}"
		wait_for loader.err 'attached by'
		;;
	esac
	case $1 in
	capture | all)
		start capture ip netns exec $near "$build/bin/dpdk_capture" -l 0 -- --iface near0 --bus "$bus"
		wait_for capture.err 'dpdk_capture: passive:'
		;;
	esac
}

# Not more than the client's lane holds (65,536) while nobody reads it.
seconds_at() { # RATE
	local fitting=$((50000 / $1))
	echo $((fitting < 1 ? 1 : fitting < seconds ? fitting : seconds))
}

# run_one RATE MODE: a line "RATE MODE p50 p99 p99.9" in ns; false if the run is no good.
run_one() {
	local names url
	names=$(printf '/%s@aggTrade' "${streams[@]}")
	url="wss://10.78.0.1:9443/market/stream?streams=${names#/}"
	start exchange ip netns exec $far "$build/bin/exchange" --listen 10.78.0.1:9443 --cert-dir "$parts_dir" \
		--no-client-rate --scenario steady --rate $(($1 / ${#streams[@]})) --log "$parts_dir/sent"
	wait_for exchange.out listening
	start_correlator "$2"
	start_watchers "$2"
	ip netns exec $near "$build/bin/websocket_client" --bus "$bus" --ca-file "$parts_dir/ca.pem" --no-ping-lines \
		--duration "$(seconds_at "$1")" "$url" >"$parts_dir/client.out" 2>&1 || trouble "the client: $(tail -n 1 "$parts_dir/client.out")"
	for part in capture loader; do [ -z "${pid_of[$part]:-}" ] || stop $part || trouble "$part: $?"; done
	stop exchange || trouble "the exchange: $?"
	kill -CONT "${pid_of[correlator]}"
	sleep 1
	stop correlator || trouble "the correlator: $?"
	python3 -B "$here/observer_figures.py" one "$1" "$2" "$parts_dir/sent" "$parts_dir/out/lines" >"$parts_dir/one" || return 1
	tee -a "$parts_dir/figures" <"$parts_dir/one"
}

try_one() {
	local _
	for _ in 1 2 3; do
		run_one "$@" && return
	done
	trouble "no run at $1/s with $2 was good"
}

for rate in $rates; do
	for ((pair = 0; pair < pairs; pair++)); do
		for ((i = 0; i < ${#modes[@]}; i++)); do
			try_one "$rate" "${modes[(i + pair) % ${#modes[@]}]}"
		done
	done
done
python3 -B "$here/observer_figures.py" table "$parts_dir/figures"
