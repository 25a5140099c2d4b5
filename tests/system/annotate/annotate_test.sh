#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# From a slow message to its bytes: what dpdk_capture --write kept of a run and event_correlator
# --annotate made of it, looked at by tshark without an option and without keys.  The oracle's
# runs are looked at as well, by its judge.sh.
. "$(dirname "${BASH_SOURCE[0]}")/../system.sh"
require_root
require_tool ip tcpdump tshark mergecap ethtool python3
here=$PROF_ROOT/tests/system/annotate
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
run=$scratch/run

"$here/../oracle/run.sh" --scenario mixed --seconds 1 --rate 1000 --out "$run" --judge no
status=$?
[ $status != 77 ] || exit 77
expect "the run came about" [ $status = 0 ]

# annotate NAME OPTION...: its words are in NAME.err
annotate() {
	local name=$1
	shift
	"$PROF_BIN/event_correlator" --replay "$run/recording" --quiet --unit ns --annotate "$scratch/$name.pcapng" \
		--frames "$run/frames.pcapng" --keylog "$run/keys.log" "$@" >/dev/null 2>"$scratch/$name.err"
}

check() { python3 -B "$here/annotate_check.py" "$@"; }

mode_of() { stat -c %a "$1"; }

touch "$scratch/all.pcapng"
chmod 0644 "$scratch/all.pcapng"
annotate all
expect "every message has its comment and its payload" check "$scratch/all.pcapng" "$run/messages.jsonl"
expect "the frames are their owner's alone" [ "$(mode_of "$run/frames.pcapng")" = 600 ]
expect "what is made of them is so, too, whatever it was before" [ "$(mode_of "$scratch/all.pcapng")" = 600 ]
annotate slow --slowest 40
expect "the slowest 40 have, and no others" check "$scratch/slow.pcapng" "$run/messages.jsonl" --slowest 40

# With a page: its messages, too, and it has their frames' numbers.
annotate paged --slowest 1 --report "$scratch/page.html"
tshark -r "$scratch/paged.pcapng" -Y frame.comment -T fields -e frame.number -e frame.comment >"$scratch/paged" 2>/dev/null
expect "the page has the number of each of its messages' frames" python3 - "$scratch/page.html" "$scratch/paged" <<'PY'
import json, re, sys
rows = json.loads(re.search(r'id="data">\n(.*?)\n</script>', open(sys.argv[1]).read(), re.S).group(1))["rows"]
seq, frame = rows["columns"].index("seq"), rows["columns"].index("frame")
shown = {int(seq): int(line.split("\t")[0]) for line in open(sys.argv[2]) for seq in re.findall(r"ws_latency: seq=(\d+)", line)}
messages = rows["slowest"] + rows["lowest"]
assert rows["frames_file"] == "paged.pcapng" and len(messages) > 1, len(messages)
assert {row[seq]: row[frame] for row in messages}.items() <= shown.items(), (messages, shown)
PY

# As if segments had been reordered and doubled, and as if the capture had missed one.
python3 -B "$here/disorder.py" "$run/frames.pcapng" "$scratch/disordered.pcapng" "$scratch/holed.pcapng"
"$PROF_BIN/event_correlator" --replay "$run/recording" --quiet --unit ns --annotate "$scratch/ordered.pcapng" \
	--frames "$scratch/disordered.pcapng" --keylog "$run/keys.log" >/dev/null 2>"$scratch/ordered.err"
expect "segments out of order and twice do no harm" check "$scratch/ordered.pcapng" "$run/messages.jsonl"
"$PROF_BIN/event_correlator" --replay "$run/recording" --quiet --annotate "$scratch/hole.pcapng" \
	--frames "$scratch/holed.pcapng" --keylog "$run/keys.log" >/dev/null 2>"$scratch/hole.err"
expect "messages that nobody can decrypt are told" grep -q 'cannot decrypt' "$scratch/hole.err"

# The same where the kernel keeps the interface, whose frames DPDK's slots cut.
"$here/../oracle/run.sh" --scenario depth --url-path "/public/stream?streams=btcusdt@depth@100ms/ethusdt@depth@100ms" --seconds 1 \
	--capture passive --merging yes --out "$scratch/passive" --judge no
status=$?
if [ $status != 77 ]; then
	expect "a passive run came about" [ $status = 0 ]
	"$PROF_BIN/event_correlator" --replay "$scratch/passive/recording" --quiet --unit ns --annotate "$scratch/passive.pcapng" \
		--frames "$scratch/passive/frames.pcapng" --keylog "$scratch/passive/keys.log" >/dev/null 2>"$scratch/passive.err"
	expect "its frames are whole, merged ones too: every message has its comment and its payload" \
		check "$scratch/passive.pcapng" "$scratch/passive/messages.jsonl"
	tail -n 1 "$scratch/passive.err"
fi

# Wireshark's own tools take it.
for tool in editcap mergecap; do
	command -v $tool >/dev/null || continue
	case $tool in
	mergecap) mergecap -a -w "$scratch/$tool.pcapng" "$scratch/all.pcapng" ;;
	editcap) editcap "$scratch/all.pcapng" "$scratch/$tool.pcapng" ;;
	esac >/dev/null 2>"$scratch/err"
	expect "$tool takes it, and what comes out still has its comments and its keys" check "$scratch/$tool.pcapng" "$run/messages.jsonl"
done

annotate none --slow-above 4000000000
expect "without a slow message there is no secret in it" [ "$(strings "$scratch/none.pcapng" | grep -c TRAFFIC_SECRET)" = 0 ]
sed -E 's/^(\w+) 0/\1 1/; t; s/^(\w+) ./\1 0/' "$run/keys.log" >"$scratch/other.log" # another connection's
"$PROF_BIN/event_correlator" --replay "$run/recording" --quiet --annotate "$scratch/other.pcapng" \
	--frames "$run/frames.pcapng" --keylog "$scratch/other.log" >/dev/null 2>&1
expect "nor is another connection's" [ "$(strings "$scratch/other.pcapng" | grep -c TRAFFIC_SECRET)" = 0 ]

# refused TEXT PATTERN OPTION...
refused() {
	local text=$1 pattern=$2
	shift 2
	"$PROF_BIN/event_correlator" --replay "$run/recording" --quiet "$@" >/dev/null 2>"$scratch/refused.err"
	local status=$?
	expect "$text" [ $status != 0 ]
	expect "$text: and says why" grep -qE "^event_correlator: .*$pattern" "$scratch/refused.err"
}
ln -s "$run/messages.jsonl" "$scratch/link"
refused "no link is followed" "link: is no plain file" --annotate "$scratch/link" --frames "$run/frames.pcapng"
refused "frames that are not there" "nowhere" --annotate "$scratch/x.pcapng" --frames "$scratch/nowhere"
refused "no frames" "needs the frames" --annotate "$scratch/x.pcapng"
refused "nothing to annotate" "need --annotate" --slowest 3
expect "what the link leads to is untouched" [ "$(mode_of "$run/messages.jsonl")" = 644 ]
finish
