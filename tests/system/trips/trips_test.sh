#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What is told of the round trips of a real recording, three layers: lines, objects, report,
# metrics and trace say the same.
. "$(dirname "${BASH_SOURCE[0]}")/../system.sh"
require_tool python3 gzip curl
here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
gzip -dc "$PROF_ROOT/tests/system/recordings/round_trips.bin.gz" >recording
check() { python3 -B "$here/trips_check.py" "$1" lines served; }
check_trace() { python3 -B "$here/../correlator/perfetto_check.py" trace messages "$1"; }

"$PROF_BIN/event_correlator" --replay recording --unit ns --trips trips --perfetto trace --jsonl messages >lines 2>err
expect "exits 0" [ $? = 0 ]
expect "pings and requests, of which all parts are told" [ "$(grep -v null trips | grep -oE '"what":"(ping|SUBSCRIBE)"' | sort -u | wc -l)" = 2 ]

# The page, once the last of them is on it.
last=$(grep -c '"what":"ping"' trips)
"$PROF_BIN/event_correlator" --replay recording --quiet --metrics 0 --duration 20 >out 2>err &
server=$!
for _ in $(seq 100); do
	curl -s "$(sed -n 's/.*metrics: \(http[^ ]*\)/\1/p' err)" >served 2>/dev/null
	! grep -q "^ws_latency_trips_total{what=\"ping\"} $last\$" served || break
	sleep 0.1
done
kill -INT $server
wait $server
expect "lines, objects, report and metrics agree" check trips
expect "and the trace has each with its parts" check_trace trips

sed 's/"wire_ns":\([0-9]*\)/"wire_ns":1\1/' trips >wrong
sed 1d trips >fewer
fails() { ! "$@" 2>/dev/null; }
expect "the checks can fail" fails check wrong
expect "both of them" fails check_trace fewer

"$PROF_BIN/event_correlator" --replay recording --trips - >stdout 2>err
expect "-: nothing but objects on standard output" cmp -s stdout trips
finish
