#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# other.sh REV: builds event_correlator of that revision once, in a folder of its own,
# and prints the program's path.
# BENCH_FOLDER (build/against): where revisions are kept.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
[ $# -eq 1 ] || { echo "other.sh: one revision, as git knows it" >&2; exit 2; }
commit=$(git -C "$root" rev-parse --short "$1^{commit}")
other=${BENCH_FOLDER:-$root/build/against}/$commit
program=$other/build/bin/event_correlator

if [ ! -x "$program" ]; then
	mkdir -p "$other/source"
	git -C "$root" archive "$commit" | tar -x -C "$other/source"
	{ cmake -S "$other/source" -B "$other/build" -DCMAKE_BUILD_TYPE=Release -DPROF_TESTS=OFF &&
		cmake --build "$other/build" --target event_correlator -j"$(nproc)"; } \
		>"$other/log" 2>&1 || { tail -20 "$other/log" >&2; exit 1; }
fi
echo "$program"
