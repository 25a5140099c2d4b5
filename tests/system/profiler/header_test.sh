#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# run_profiler.sh URL --header and --header-file: SBE of an exchange that asks for a key. The key reaches
# the exchange, and nothing else: no other process' command line, no output, nothing that is kept.
. "$(dirname "${BASH_SOURCE[0]}")/../system.sh"
. "$(dirname "${BASH_SOURCE[0]}")/../parts.sh"
require_root
require_tool ip nsenter
work=$(mktemp -d)
parts_dir=$work
far=wslat.$$.f
near=wslat.$$.n
(umask 077 && : >"$work/pattern")
key=$(tr -dc a-zA-Z0-9 </dev/urandom | head -c 64)
echo "$key" >"$work/pattern"

cleanup() {
	end_in_namespaces $far $near
	rm -rf "$work"
}
trap cleanup EXIT

# The command lines that have the key, but for those of the profiler, who was given it.
who_says_it() {
	local path
	for path in $(grep -slaFf "$work/pattern" /proc/[0-9]*/cmdline); do
		{ tr '\0' ' ' <"$path"; } 2>/dev/null | grep -av run_profiler.sh
	done
}

# profile NAME OPTION...: a run, looked at while it lasts.
profile() {
	local name=$1
	shift
	ip netns exec $near "$PROF_ROOT/run_profiler.sh" "ws://10.78.0.1:9442/ws/btcusdt@trade/btcusdt@bestBidAsk" \
		--no-ebpf --verbose --out "$work/$name" "$@" >"$work/$name.out" 2>"$work/$name.err" </dev/null &
	profiler=$!
	: >"$work/$name.said"
	for _ in $(seq 600); do
		who_says_it >>"$work/$name.said"
		[ "$(grep -c '^\[CORR\]' "$work/$name.out")" -lt 20 ] && kill -0 $profiler 2>/dev/null || break
		sleep 0.1
	done
	expect "$name: the file with it is its client's alone" \
		[ "$(stat -c %a /run/ws_latency.*/headers 2>&1 | sort -u)" = 600 ]
	kill $profiler
	wait $profiler
	expect "$name: exits 0 ($(tail -n 1 "$work/$name.err"))" [ $? = 0 ]
	expect "$name: SBE came, with its time in us" [ "$(grep -c '^\[CORR\].* E->User=[0-9]*us$' "$work/$name.out")" -ge 20 ]
	expect "$name: the key is on nobody's command line" [ ! -s "$work/$name.said" ]
	expect "$name: nothing that is kept or said has it" \
		[ -z "$(grep -rlaF -- "$key" "$work/$name" "$work/$name.out" "$work/$name.err" "$work"/exchange.* |
			grep -v 'pcapng$')" ]
	expect "$name: nothing is left" [ ! -e "/run/ws_latency.$profiler" ]
}

join_namespaces $far 10.78.0.1 $near 10.78.0.2
start exchange ip netns exec $far "$PROF_BIN/exchange" --plain --listen 10.78.0.1:9442 --venue sbe --rate 50
wait_for exchange.out listening
(umask 077 && printf 'X-MBX-APIKEY: %s\n' "$key" >"$work/key")
profile header --header "X-MBX-APIKEY:$key"
chmod 644 "$work/key"
profile file --header "X-Other: a" --header-file "$work/key"
expect "a file that others can read is told" grep -qF "$work/key: others on this machine can read it" "$work/file.err"

ip netns exec $near "$PROF_ROOT/run_profiler.sh" ws://10.78.0.1:9442/ws/btcusdt@trade --no-ebpf --no-dpdk --duration 3 \
	>"$work/none.out" 2>"$work/none.err" </dev/null
expect "without a key: exit 1" [ $? = 1 ]
expect "without a key: what to do" grep -q "401.*--header-file" "$work/none.err"
finish
