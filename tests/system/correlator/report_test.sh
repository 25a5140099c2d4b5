#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The report's page: that it is whole and self-contained, what it says, and, in
# a headless Chromium, how it looks and that a message can be chosen on it.
# PROF_PICTURES=DIR keeps screenshots.
. "$(dirname "${BASH_SOURCE[0]}")/../system.sh"
require_tool python3 gzip node
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export TMPDIR=$scratch

gzip -dc "$PROF_ROOT/tests/system/recordings/three_layers.bin.gz" >"$scratch/recording"
"$PROF_BIN/event_correlator" --replay "$scratch/recording" --quiet --report "$scratch/report.html" \
	--jsonl "$scratch/jsonl" >"$scratch/summary"
expect "a recording becomes a page" [ $? = 0 ]
expect "nothing in it is loaded from elsewhere" \
	sh -c "! grep -oE '(src|href)=|@import|url\(' '$scratch/report.html' | grep -q ."
expect "it has the licence of what draws its charts" grep -q 'Permission is hereby granted, free of charge' "$scratch/report.html"
expect "its numbers are those of the closing report" python3 - "$scratch" <<'PY'
import json, re, sys
folder = sys.argv[1]
page = open(f"{folder}/report.html").read()
data = json.loads(re.search(r'id="data">\n(.*?)\n</script>', page, re.S).group(1))
summary = open(f"{folder}/summary").read()
messages = [json.loads(line) for line in open(f"{folder}/jsonl")]
number = lambda label: int(re.search(rf"^{label} +(\d+)$", summary, re.M).group(1))
assert data["totals"]["messages"] == number("Userspace events:") == len(messages)
assert data["totals"]["correlated"] == number("Correlated:")
assert {c["name"]: c["count"] for c in data["classes"] if c["count"]} == {
    name: sum(m["class"] == name for m in messages) for name in {m["class"] for m in messages}}
for stage in data["stages"]:
    row = re.search(rf"^{re.escape(stage['words'])} +(\d+) +(\d+) +(\d+) +(\d+)", summary, re.M)
    if not row: # of the stages that were not told
        assert stage["count"] == 0, stage
        continue
    assert stage["count"] == int(row.group(1)), stage
    for column, percentile in ((2, 5000000), (3, 9000000), (4, 9900000)):
        ns = stage["values_ns"][data["percentiles_e5"].index(percentile)]
        assert abs(ns / 1000 - int(row.group(column))) <= 0.5, (stage["name"], percentile)
PY
expect "its numbers are formatted as they should be" node -e '
	const assert = require("assert");
	const f = require(process.argv[1]);
	const plain = (words) => words.replace(/\u00a0/g, " "); /* a number and its unit stay together */
	assert.ok(f.duration(5) === "5\u00a0ns");
	assert.deepStrictEqual([[12345, 512], [12345, 2048], [400, 2048], [8, 1], [1234567, 8388608], [-1600, 512]].map((pair) => plain(f.durationWithin(...pair))),
		["12.3 \u00b5s", "12 \u00b5s", "under 1 \u00b5s", "8 ns", "1 ms", "-1.6 \u00b5s"]);
	assert.strictEqual(f.arrows("NIC->User"), "NIC\u2192User");
	assert.deepStrictEqual([0, 999, 1000, 12345, 999499, 999500, 1234567, 999499999, 999500000, 61e9, -1500].map(f.duration).map(plain),
		["0 ns", "999 ns", "1 \u00b5s", "12.3 \u00b5s", "999 \u00b5s", "1 ms", "1.23 ms", "999 ms", "1 s", "61 s", "-1.5 \u00b5s"]);
	assert.deepStrictEqual([0, 999, 1000, 1234567].map(f.count), ["0", "999", "1,000", "1,234,567"]);
	assert.strictEqual(plain(f.percent(99999, 100000)), "99.99 %");
	assert.strictEqual(plain(f.percent(5, 0)), "0 %");
	assert.deepStrictEqual([1, 2, 3, 4, 11, 12, 13, 21, 102, 111].map(f.ordinal),
		["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "102nd", "111th"]);
	assert.deepStrictEqual([0, Math.log10(2), 1, 2, 3, 4].map(f.ninesLabel).map(plain), ["0 %", "50 %", "90 %", "99 %", "99.9 %", "99.99 %"]);
	assert.deepStrictEqual(["0", "1795000000123456789"].map(f.wallTime), ["unknown", "2026-11-18 11:06:40.123456 UTC"]);
	const data = { stages: [{ name: "total" }, { name: "nic_kernel" }], rows: { first_user_ns: "9007199254740993",
		columns: ["seq", "stream", "time_ns", "nic_reason", "reads"], streams: ["a", "b"], reasons: ["none", "lost"] } };
	assert.deepStrictEqual(f.unpackRow(data, [7, 1, 5, 1, null, null, 3]),
		{ seq: 7, stream: "b", time_ns: 5, nic_reason: "lost", user_ns: "9007199254740998", stages: { nic_kernel: 3 } });
	const stage = { count: 1000, max_ns: 9, values_ns: [1, 2, 3] };
	assert.deepStrictEqual([5000000, 9900000, 9999000, 10000000].map((p) => f.valueAt(stage, [5000000, 9900000, 9999000], p)),
		[1, 2, null, 9]);
' "$PROF_ROOT/correlator/page/assets/format.js"

# Of the run, not of where its page is made; a recording that does not tell says unknown.
edit() { python3 "$PROF_ROOT/tests/system/correlator/recording_edit.py" "$scratch/recording" "$@"; }
edit host=trading-7 'fact:1=Linux 6.1.0-99' 'fact:2=A Processor' fact:6=96 'fact:200=of a later version' >"$scratch/elsewhere"
"$PROF_BIN/event_correlator" --replay "$scratch/elsewhere" --quiet --report "$scratch/elsewhere.html" >"$scratch/summary"
"$PROF_BIN/event_correlator" --bus "/ws_latency.report.$$" --duration 1 --quiet --record "$scratch/here" >"$scratch/summary" 2>&1
"$PROF_BIN/event_correlator" --replay "$scratch/here" --quiet --report "$scratch/here.html" >"$scratch/summary" 2>&1
expect "the page bears the machine and the date of the recording" python3 - "$scratch" "$(uname -r)" <<'PY'
import json, re, struct, sys
folder, kernel = sys.argv[1:]
wall_ns = struct.unpack_from("<Q", open(f"{folder}/recording", "rb").read(64), 40)[0]
host = lambda name: json.loads(re.search(r'id="data">\n(.*?)\n</script>', open(f"{folder}/{name}.html").read(), re.S).group(1))["host"]
seen = host("elsewhere")
assert (seen["name"], seen["kernel"], seen["processor"], seen["cores"], seen["governor"]) == (
    "trading-7", "Linux 6.1.0-99", "A Processor", "96", ""), seen
assert kernel in host("here")["kernel"] and host("here")["cores"], host("here")
assert host("elsewhere")["wall_ns"] == str(wall_ns)
assert host("report")["kernel"] == "" and host("report")["wall_ns"] == str(wall_ns), host("report")
assert kernel not in open(f"{folder}/report.html").read()
PY

# With fewer layers, and without any message.
python3 "$PROF_ROOT/tests/system/correlator/recording_edit.py" "$scratch/recording" layers=3 >"$scratch/one_layer"
"$PROF_BIN/event_correlator" --replay "$scratch/one_layer" --quiet --report "$scratch/one_layer.html" >"$scratch/summary"
expect "the user layer alone becomes a page" grep -q '"reasons":\[{"layer":"NIC"' "$scratch/one_layer.html"
head -c 64 "$scratch/recording" >"$scratch/empty"
"$PROF_BIN/event_correlator" --replay "$scratch/empty" --quiet --report "$scratch/empty.html" >/dev/null 2>&1
expect "a recording without messages becomes a page too" grep -q '</html>' "$scratch/empty.html"
"$PROF_BIN/event_correlator" --replay "$scratch/recording" --report /nowhere/x.html >/dev/null 2>"$scratch/err"
expect "a page that cannot be written is said" grep -q '/nowhere/x.html: No such file' "$scratch/err"

# With names that would be markup, with stamps that run backwards, and with one message.
edit 'stream:1=</script><img src=x onerror=alert(1)><b>"\n' 'lanes=<img src=x onerror=a>' 'host=<b>\xff&amp;' >"$scratch/hostile"
edit later:1=500000000 exchange=10000000 >"$scratch/late"
edit messages=1 >"$scratch/single"
edit handed=12345 within=11 >"$scratch/stamped"
for name in hostile late single stamped; do
	"$PROF_BIN/event_correlator" --replay "$scratch/$name" --quiet --report "$scratch/$name.html" >/dev/null
	expect "$name becomes a page" [ $? = 0 ]
done

chromium=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
if [ -z "$chromium" ]; then
	[ "$failures" = 0 ] || finish
	skip "chromium is not installed: how the page looks is not tested (apt-get install chromium)"
fi
[ -z "${PROF_PICTURES:-}" ] || mkdir -p "$PROF_PICTURES"
timeout 200 node "$PROF_ROOT/tests/system/correlator/report_check.js" "$chromium" "$scratch/report.html" "$scratch/jsonl" \
	"${PROF_PICTURES:-}" "$scratch"/{empty,one_layer,hostile,late,single,stamped}.html
expect "the page holds in a browser" [ $? = 0 ]
finish
