#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# cmake --install into a folder: programs, pages and headers are there and work
# from there, the script without its source tree.
. "$(dirname "${BASH_SOURCE[0]}")/../system.sh"
require_tool cmake cc
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
prefix=$scratch/usr

cmake --install "$(dirname "$PROF_BIN")" --prefix "$prefix" >"$scratch/log" 2>&1
expect "cmake --install works" [ $? = 0 ]
for program in websocket_client ebpf_loader dpdk_capture event_correlator exchange bus_stat; do
	expect "$program runs from there" sh -c "'$prefix/bin/$program' --version >/dev/null"
	expect "$program has its page" ls "$prefix"/share/man/man[18]/"$program".[18].gz
	expect "$program has its completion" bash -c \
		". '$prefix/share/bash-completion/completions/$program' && complete -p $program"
done
"$prefix/sbin/run_profiler.sh" --version >"$scratch/version"
expect "the script knows its version" grep -qx 'run_profiler.sh [0-9.]*' "$scratch/version"
"$prefix/sbin/run_profiler.sh" --check >"$scratch/check"
expect "the script finds its helpers" grep -q rights "$scratch/check"
expect "and asks the adapters for their clocks" grep -q "adapter's stamps  *lo: no: it has no clock" "$scratch/check"
expect "its completion is there" [ -s "$prefix/share/bash-completion/completions/run_profiler.sh" ]
expect "its page is there" [ -s "$prefix/share/man/man8/run_profiler.sh.8.gz" ]

cat >"$scratch/main.c" <<'END'
#include <prof/bus.h>
int main(void) { return prof_bus_explain(-2).why == 0; }
END
if command -v pkg-config >/dev/null; then
	pc=$(dirname "$(find "$prefix/lib" -name prof_bus.pc)")
	expect "others can build against it" env PKG_CONFIG_PATH="$pc" sh -c \
		"cc -o '$scratch/main' '$scratch/main.c' \$(pkg-config --cflags --libs prof_bus) && '$scratch/main'"
fi
finish
