#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The trace for Perfetto, from a real recording, against Perfetto's published
# schema and the recording's messages.  (trace_processor itself is not packaged.)
. "$(dirname "${BASH_SOURCE[0]}")/../system.sh"
require_tool python3 gzip
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

check() { # NAME
	expect "$1: the schema and the messages agree" \
		python3 "$PROF_ROOT/tests/system/correlator/perfetto_check.py" "$scratch/trace" "$scratch/jsonl"
}

gzip -dc "$PROF_ROOT/tests/system/recordings/three_layers.bin.gz" >"$scratch/recording"
"$PROF_BIN/event_correlator" --replay "$scratch/recording" --quiet --perfetto "$scratch/trace" \
	--jsonl "$scratch/jsonl" >/dev/null
expect "a whole recording is replayed" [ $? = 0 ]
check "all layers"

# A recording cut short has messages without some layers: they are shown as far as they are known.
head -c 300000 "$scratch/recording" >"$scratch/cut"
"$PROF_BIN/event_correlator" --replay "$scratch/cut" --quiet --perfetto "$scratch/trace" \
	--jsonl "$scratch/jsonl" >/dev/null 2>&1
check "cut short"

# In parts, each a trace by itself, which begins with a later message than the one before it.
"$PROF_BIN/../tests/long_recording" "$scratch/long" 40000 2000 10000 >/dev/null &&
	"$PROF_BIN/event_correlator" --replay "$scratch/long" --quiet --perfetto "$scratch/parts" --output-size 1 --output-keep 3 >/dev/null
expect "a long one is replayed in parts" [ $? = 0 -a ! -e "$scratch/parts" -a -s "$scratch/parts.3" -a ! -e "$scratch/parts.4" ]
before=0
for part in 1 2 3; do
	python3 "$PROF_ROOT/tests/system/correlator/perfetto_check.py" --begins "$scratch/parts.$part" >"$scratch/said" 2>&1
	status=$?
	first=$(sed -n 's/^begins with //p' "$scratch/said")
	expect "part $part stands by itself: $(tail -n 1 "$scratch/said")" [ $status = 0 -a "${first:-0}" -gt "$((before + 5000))" ]
	before=${first:-0}
done

# A damaged trace must not pass.
printf '\x0a\x03\xff\xff\x01' >>"$scratch/trace"
expect "the check can fail" \
	sh -c "! python3 '$PROF_ROOT/tests/system/correlator/perfetto_check.py' '$scratch/trace' '$scratch/jsonl' 2>/dev/null"
finish
