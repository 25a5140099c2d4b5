#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# same.sh REV|PROGRAM [RECORDING...]: event_correlator of today writes byte for byte
# what that of REV, or that program, writes of the same recordings: lines in us and
# ns, JSON lines, CSV, histograms, round trips, the trace, the page, the frames' order.
# Without recordings, of synthetic ones with 1, 4 and 1,000 connections.  Exits 1, and
# names each file, where a byte differs.
# BENCH_EVENTS (80,000) of a synthetic one; PROF_BIN, BENCH_FOLDER as in against.sh.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
[ $# -ge 1 ] || { echo "same.sh: no revision: give one, as git knows it" >&2; exit 2; }
bin=${PROF_BIN:-$root/build-bench/bin}
work=$(mktemp -d -p /dev/shm)
trap 'rm -rf "$work"' EXIT
if [ -x "$1" ]; then other=$1; else other=$("$here/other.sh" "$1"); fi
shift
if [ $# -eq 0 ]; then
	for conns in 1 4 1000; do
		"${bin%/bin}/tests/bench_correlator" record "$work/of $conns" "${BENCH_EVENTS:-80000}" "$conns"
	done
	set -- "$work"/of*
fi

# write PROGRAM FOLDER RECORDING: all that it writes of it.
write() {
	local us=(--jsonl j --csv c --hgrm h --trips t --perfetto p --report r.html)
	mkdir "$2"
	( cd "$2"
	"$1" --replay "$3" --unit us --quiet "${us[@]}" >summary 2>said || true
	"$1" --replay "$3" --unit us >lines.us 2>>said || true
	"$1" --replay "$3" --unit ns --interval 1 >lines.ns 2>>said || true )
}
status=0
for recording in "$@"; do
	recording=$(realpath "$recording")
	write "$bin/event_correlator" "$work/today" "$recording"
	write "$other" "$work/other" "$recording"
	diff -rq "$work/other" "$work/today" && echo "same: $recording, $(wc -c <"$work/today/j") bytes of JSON lines" || status=1
	rm -rf "$work/today" "$work/other"
done
exit $status
