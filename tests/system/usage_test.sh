#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What every program answers to --help, --version and to nonsense.
. "$(dirname "${BASH_SOURCE[0]}")/system.sh"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

for program in websocket_client ebpf_loader dpdk_capture event_correlator exchange bus_stat; do
	"$PROF_BIN/$program" --help >"$scratch/out" 2>"$scratch/err" </dev/null
	expect "$program --help exits 0" [ $? = 0 ]
	expect "$program --help is on stdout" grep -q '^usage: ' "$scratch/out"
	"$PROF_BIN/$program" --version >"$scratch/out" 2>"$scratch/err" </dev/null
	expect "$program --version exits 0" [ $? = 0 ]
	expect "$program --version names itself" grep -q "^$program [0-9]" "$scratch/out"
	"$PROF_BIN/$program" --no-such-option >"$scratch/out" 2>"$scratch/err" </dev/null
	expect "$program --no-such-option exits 2" [ $? = 2 ]
	expect "$program says so in one line" [ "$(wc -l <"$scratch/err")" = 1 ]
	expect "$program begins it with its name" grep -q "^$program: " "$scratch/err"
	expect "$program keeps stdout clean" [ ! -s "$scratch/out" ]
	[ "$program" = bus_stat ] || [ "$program" = exchange ] || {
		"$PROF_BIN/$program" --duration 1x >"$scratch/out" 2>"$scratch/err" </dev/null
		expect "$program --duration 1x exits 2" [ $? = 2 ]
	}
done
for program in websocket_client ebpf_loader dpdk_capture event_correlator; do
	"$PROF_BIN/$program" --bus-group no-such-group >"$scratch/out" 2>"$scratch/err" </dev/null
	expect "$program --bus-group no-such-group exits 2" [ $? = 2 ]
	expect "$program names the group" grep -q "^$program: --bus-group 'no-such-group': no such group" "$scratch/err"
done
bus=/wslat-usage.$$
"$PROF_BIN/event_correlator" --bus $bus --bus-group "$(id -gn)" --duration 2 >/dev/null 2>&1 &
sleep 1
expect "--bus-group makes a bus for the group" [ "$(stat -c %a:%g /dev/shm$bus)" = "660:$(id -g)" ]
wait $!
expect "and takes it away" [ ! -e /dev/shm$bus ]
"$PROF_ROOT/run_profiler.sh" --help >"$scratch/out" && expect "run_profiler.sh --help" grep -q '^usage: ' "$scratch/out"
"$PROF_ROOT/run_profiler.sh" --kernel 4.9 2>"$scratch/err"
expect "run_profiler.sh --kernel 4.9 exits 2" [ $? = 2 ]
finish
