#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What every program answers to --help, --version and to nonsense.
. "$(dirname "${BASH_SOURCE[0]}")/../system.sh"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

for program in websocket_client ebpf_loader dpdk_capture event_correlator exchange bus_stat; do
	"$PROF_BIN/$program" --help >"$scratch/out" 2>"$scratch/err" </dev/null
	expect "$program --help exits 0" [ $? = 0 ]
	expect "$program --help is on stdout" grep -q '^usage: ' "$scratch/out"
	"$PROF_BIN/$program" --version >"$scratch/out" 2>"$scratch/err" </dev/null
	expect "$program --version exits 0" [ $? = 0 ]
	expect "$program --version names itself" grep -q "^$program [0-9]" "$scratch/out"
	"$PROF_BIN/$program" --help >/dev/full 2>"$scratch/err" </dev/null
	expect "$program --help to a full disk exits 1" [ $? = 1 ]
	expect "$program says what is full" grep -q "^$program: standard output: No space left on device: " "$scratch/err"
	"$PROF_BIN/$program" --version >&- 2>"$scratch/err" </dev/null
	expect "$program --version to a closed output exits 1" [ $? = 1 ]
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
for program in websocket_client ebpf_loader dpdk_capture event_correlator bus_stat; do
	for name in '' noslash /two/slashes /; do
		"$PROF_BIN/$program" --bus "$name" >"$scratch/out" 2>"$scratch/err" </dev/null
		expect "$program --bus '$name' exits 2" [ $? = 2 ]
		expect "$program says so in one line" [ "$(grep -c "^$program: --bus" "$scratch/err") $(wc -l <"$scratch/err")" = "1 1" ]
	done
done
# What only makes sense otherwise: program, arguments, what it says.
while IFS='|' read -r program arguments pattern; do
	# shellcheck disable=SC2086 # its words are the arguments
	"$PROF_BIN/$program" $arguments >"$scratch/out" 2>"$scratch/err" </dev/null
	expect "$program $arguments exits 2" [ $? = 2 ]
	expect "$program $arguments: says so, and no more than the cause" \
		[ "$(grep -c "$pattern" "$scratch/err") $(($(wc -l <"$scratch/err") <= 4)) $(wc -c <"$scratch/out")" = "1 1 0" ]
done <<'END'
ebpf_loader|--attach=|^ebpf_loader: --attach: its value is empty
ebpf_loader|--ssl=|^ebpf_loader: --ssl: its value is empty
ebpf_loader|--ssl-symbol-file /x|^ebpf_loader: --ssl-symbol-file: there is no --ssl
ebpf_loader|--all --pid 1|^ebpf_loader: --all: cannot be combined
bus_stat|--watch --unlink|^bus_stat: --watch, --unlink: given together
dpdk_capture|--decode --order-id a=b=c|^dpdk_capture: --order-id 'a=b=c': not KEY=KEY
dpdk_capture|--iface lo --order-id a=b|^dpdk_capture: --order-id: messages are not published: use --decode
dpdk_capture|--iface=|^dpdk_capture: --iface: its value is empty
dpdk_capture|--exception x|^dpdk_capture: --exception: no device
dpdk_capture|-l x -- --iface lo|^dpdk_capture: EAL: Invalid argument
END
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
