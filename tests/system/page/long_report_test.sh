#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The page of a long run, through the whole program: every stall above the 99.99 % of its minute has
# a row, the page stays small and opens with a second of a processor, and making it takes no more memory the longer
# the run was.  PROF_FULL=1: of 10^7 messages, too.  PROF_PICTURES=DIR keeps the pages.
. "$(dirname "${BASH_SOURCE[0]}")/../system.sh"
require_tool python3
[ -n "${PROF_FULL:-}" ] || skip "left out of the short run: PROF_FULL=1 runs it"
maker=$(dirname "$PROF_BIN")/tests/long_recording
require_tool "$maker"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
chromium=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)

for count in 200000 1895342 ${PROF_FULL:+10000000}; do
	"$maker" "$scratch/recording" "$count" 2000 10000 >"$scratch/told" || fail "no recording of $count messages"
	python3 - "$PROF_BIN/event_correlator" "$scratch" <<'PY'
import os, resource, subprocess, sys, time
binary, folder = sys.argv[1:]
began = time.monotonic()
subprocess.run([binary, "--replay", folder + "/recording", "--quiet", "--report", folder + "/report.html"], check=True, stdout=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
open(folder + "/memory", "w").write(str(used.ru_maxrss))
print(f"replayed with its page in {used.ru_utime + used.ru_stime:.1f} s of a processor, {time.monotonic() - began:.1f} s in all, {used.ru_maxrss} KiB")
PY
	expect "$count messages become a page" [ $? = 0 ]
	[ -n "${memory:-}" ] || memory=$(cat "$scratch/memory")
	expect "$count messages: $(cat "$scratch/memory") KiB at most, as $memory for 200,000" [ "$(cat "$scratch/memory")" -le $((memory * 105 / 100)) ]
	size=$(stat -c %s "$scratch/report.html")
	expect "$count messages: a page of $size bytes" [ "$size" -le 614400 ]
	python3 "$PROF_ROOT/tests/system/page/long_report_check.py" "$scratch/report.html" "$scratch/told"
	expect "$count messages: each that is above the 99.99 % of its minute is in a stall that has a row" [ $? = 0 ]
	if [ -n "$chromium" ]; then
		timeout 100 node "$PROF_ROOT/tests/system/page/long_report_open.js" "$chromium" "$scratch/report.html"
		expect "$count messages: it opens with less than a second of a processor, each stall has its row and its dot" [ $? = 0 ]
	fi
	[ -z "${PROF_PICTURES:-}" ] || { mkdir -p "$PROF_PICTURES" && cp "$scratch/report.html" "$PROF_PICTURES/$count.html"; }
	rm -f "$scratch/recording"
done
[ -n "$chromium" ] || echo "note: no chromium here: how it opens is not tested"
finish
