#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# JSON lines, CSV and histograms of a real recording say the same, letter by letter,
# as do those of a recording cut short and of one whose stamps run backwards; what
# docs/ asks of the metrics is served.
. "$(dirname "${BASH_SOURCE[0]}")/../system.sh"
require_tool python3 gzip curl
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
gzip -dc "$PROF_ROOT/tests/system/recordings/three_layers.bin.gz" >whole
head -c 300000 whole >cut
python3 "$PROF_ROOT/tests/system/correlator/recording_edit.py" whole later:1=11000000 >inverted
python3 "$PROF_ROOT/tests/system/correlator/recording_edit.py" whole layers=2,3 >no_nic
python3 "$PROF_ROOT/tests/system/correlator/recording_edit.py" whole layers=1,3 >no_kernel
python3 "$PROF_ROOT/tests/system/correlator/recording_edit.py" whole handed=700 >handed
python3 "$PROF_ROOT/tests/system/correlator/recording_edit.py" whole handed=90700 >handed_later

for name in whole cut inverted no_nic no_kernel handed; do
	"$PROF_BIN/event_correlator" --replay $name --quiet --unit ns --jsonl j --csv c --hgrm h >out 2>err
	expect "$name: exits 0" [ $? = 0 ]
	expect "$name: all outputs agree" python3 "$PROF_ROOT/tests/system/correlator/outputs_check.py" j c h "$PROF_ROOT/docs/fleet/schema.sql"
	[ $name != inverted ] || expect "some of them are inverted, others not" [ "$(cut -d, -f14 c | sort -u | grep -cE '^(inverted|exact)$')" = 2 ]
	awk -F, 'NR == 3 { OFS = ","; $6 = $6 + 1 } { print }' c >bad
	expect "$name: and the check can fail" sh -c \
		"! python3 '$PROF_ROOT/tests/system/correlator/outputs_check.py' j bad h '$PROF_ROOT/docs/fleet/schema.sql' 2>/dev/null"
done

# From the wire to the kernel, where an adapter's stamps tell it, and only there.
correlated=$(wc -l <j)
"$PROF_BIN/event_correlator" --replay handed --unit ns --report handed.html --perfetto handed.pftrace >out 2>err
expect "handed: it is on every line, at its end" [ "$(grep -c '^\[CORR\].* Wire->NIC=700ns$' out)" = "$correlated" ]
expect "handed: and a row of the percentiles" grep -qE "^Wire->NIC +$correlated +700 +700 " out
expect "handed: and in the page's data" grep -qF "\"name\":\"wire_nic\",\"words\":\"Wire-\\u003eNIC\",\"count\":$correlated," handed.html
expect "handed: and in the trace" python3 - handed.pftrace <<'PY'
import sys, zlib
data = open(sys.argv[1], "rb").read()
def words():
    for at in range(len(data)):
        try:
            if data[at] == 0x78:
                yield zlib.decompressobj().decompress(data[at:])
        except zlib.error:
            pass
sys.exit(not any(b"Wire->NIC" in part and b"wire_nic_ns" in part for part in words()))
PY
"$PROF_BIN/event_correlator" --replay whole --unit ns --report whole.html --perfetto whole.pftrace >out 2>err
expect "without: on no line, no row" [ "$(grep -c 'Wire->NIC' out)" = 0 ]
expect "without: no count in the page's data" grep -qF '"name":"wire_nic","words":"Wire-\u003eNIC","count":0,' whole.html
"$PROF_BIN/event_correlator" --compare handed handed_later >out 2>err
expect "handed: compared" grep -qE '^Wire->NIC +p50 +1 +91 +[+]90 ' out
"$PROF_BIN/event_correlator" --replay handed --quiet --metrics 0 --duration 20 >out 2>err &
server=$!
for _ in $(seq 100); do grep -q metrics: err && break; sleep 0.1; done
expect "handed: among the metrics" sh -c \
	"curl -s '$(sed -n 's/.*metrics: \(http[^ ]*\)/\1/p' err)' | grep -q 'stage_seconds_count{.*stage=\"wire_nic\"'"
kill -INT $server
wait $server

"$PROF_BIN/event_correlator" --replay whole >sample
expect "README's sample is what is printed" python3 - "$PROF_ROOT/README.md" <<'PY'
import sys
block = open(sys.argv[1]).read().split("--replay /dev/stdin\n```\n```\n")[1].split("```")[0].splitlines()
printed = iter(open("sample").read().splitlines())
assert len(block) > 20
for line in block:  # in this order
    assert line in ("...", "") or line in printed, line
PY

"$PROF_BIN/event_correlator" --replay whole --quiet --metrics 0 --duration 20 >out 2>err &
server=$!
for _ in $(seq 100); do grep -q metrics: err && break; sleep 0.1; done
curl -s "$(sed -n 's/.*metrics: \(http[^ ]*\)/\1/p' err)" >page
kill -INT $server
wait $server
for name in $(grep -v 'name: ' "$PROF_ROOT"/docs/prometheus/*.rules.yml | cat - "$PROF_ROOT"/docs/grafana/*.json |
	grep -oE 'ws_latency_[a-z_]+' | sort -u); do
	expect "$name of docs/ is served" grep -q "^$name[{ ]" page
done
finish
