#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Manual pages: every program has one, it names the options of --help and no
# others, with the same defaults, and the formatter has nothing to say about it.
. "$(dirname "${BASH_SOURCE[0]}")/../system.sh"
require_tool python3
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

options_of_help() { "$1" --help </dev/null | grep -oE '^ +(-[a-zA-Z], +|-[a-zA-Z] +)?--[a-z0-9-]+' | grep -oE -e '--[a-z0-9-]+' | sort -u; }

# From the headings of its list of options, whatever fonts they are set in.
options_of_page() {
	sed -n '/^\.TP/{n;p}' "$1" | grep -E '^\.B' | sed 's/\\f[A-Z]//g; s/\\-/-/g' |
		grep -oE -e '--[a-z0-9-]+' | sort -u
}

check_page() { # PROGRAM PAGE
	options_of_help "$1" >"$scratch/help"
	options_of_page "$2" >"$scratch/page"
	[ -n "${1##*.sh}" ] || echo --version >>"$scratch/help" # the script shares a line for two
	sort -u -o "$scratch/help" "$scratch/help"
	expect "${2##*/} has the options of --help$(comm -3 "$scratch/help" "$scratch/page" | tr '\n\t' '  ')" \
		cmp -s "$scratch/help" "$scratch/page"
	"$1" --help </dev/null | python3 "$PROF_ROOT/tests/system/profiler/manual_check.py" "$2" >"$scratch/defaults"
	expect "${2##*/} has the defaults of --help $(cat "$scratch/defaults")" [ ! -s "$scratch/defaults" ]
	if command -v groff >/dev/null; then
		groff -man -Tutf8 -ww -z "$2" 2>"$scratch/groff"
		expect "${2##*/} is set without warnings$(head -n 3 "$scratch/groff")" [ ! -s "$scratch/groff" ]
	fi
}

check_page "$PROF_BIN/event_correlator" "$PROF_ROOT/correlator/event_correlator.1"
check_page "$PROF_BIN/websocket_client" "$PROF_ROOT/ws_client/websocket_client.1"
check_page "$PROF_BIN/exchange" "$PROF_ROOT/exchange/exchange.1"
check_page "$PROF_BIN/bus_stat" "$PROF_ROOT/shm/stat/bus_stat.1"
check_page "$PROF_BIN/dpdk_capture" "$PROF_ROOT/dpdk_capture/dpdk_capture.8"
check_page "$PROF_BIN/ebpf_loader" "$PROF_ROOT/ebpf_loader/ebpf_loader.8"
check_page "$PROF_ROOT/run_profiler.sh" "$PROF_ROOT/docs/run_profiler.sh.8"
# docs/verification.md names no test that is not there; one that it does not name is told.
table=$PROF_ROOT/docs/verification.md
for script in "$PROF_ROOT"/tests/system/*/*_test.sh "$PROF_ROOT"/tests/vm/{,*/}*_test.sh; do
	name=${script##*/}
	grep -qE "\`([a-z]+\.)?${name%_test.sh}\`" "$table" || echo "note: docs/verification.md does not name ${script#"$PROF_ROOT"/}"
done
for name in $(grep -oE '\`(system|vm)\.[a-z_]+\`' "$table" | tr -d '\`' | sort -u); do
	expect "$name of docs/verification.md is there" \
		sh -c "[ -n \"\$(find '$PROF_ROOT/tests/${name%%.*}' -name '${name#*.}_test.sh')\" ]"
done
command -v groff >/dev/null || echo "note: no groff: not set"
finish
