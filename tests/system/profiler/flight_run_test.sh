#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# run_profiler.sh --flight: what surrounds a stall is kept, can be looked at by itself with tshark
# alone, and the page says in which frame; all else stays small.
. "$(dirname "${BASH_SOURCE[0]}")/../system.sh"
require_root
require_tool ip ethtool tshark python3
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
chmod 0711 "$scratch"
export TMPDIR=$scratch
profiler=$PROF_ROOT/run_profiler.sh
out=$scratch/kept

for wrong in "--flight 3" "--flight x --out $out" "--slow-above 5 --out $out" "--flight 3 --slow-above x --out $out"; do
	# shellcheck disable=SC2086
	"$profiler" $wrong >/dev/null 2>"$scratch/err" </dev/null
	expect "$wrong: exit 2, with a line" [ "$? $(wc -l <"$scratch/err")" = "2 1" ]
done

mkdir -p "$out/stalls/20200101T000000"
touch "$out"/recording.bin.7 "$out"/frames.pcapng.9 "$out"/messages.jsonl.3 # of a run that was killed
"$profiler" --host --no-ebpf --duration 3 --rate 500 --flight 2 --slow-above 1 --out "$out" >"$scratch/out" 2>"$scratch/err" </dev/null
expect "exits 0" [ $? = 0 ]
expect "no line for each message" [ "$(grep -c '^\[CORR\]' "$scratch/out")" = 0 ]
expect "parts of an earlier run are gone, its stalls are not" \
	[ -e "$out/stalls/20200101T000000" -a ! -e "$out/recording.bin.7" -a ! -e "$out/frames.pcapng.9" ]
stalls=("$out"/stalls/202[1-9]*)
expect "one stall is kept" [ ${#stalls[@]} = 1 -a -d "${stalls[0]}" ]
expect "by its owner alone" [ "$(stat -c %a "${stalls[0]}") $(stat -c %a "${stalls[0]}/slow.pcapng")" = "700 600" ]
tshark -r "${stalls[0]}/slow.pcapng" -Y 'frame.comment && websocket' -T fields -e frame.number -e frame.comment \
	-e websocket.payload.text >"$scratch/frames" 2>"$scratch/err"
expect "its page has the numbers of the frames that tshark shows" python3 - "${stalls[0]}/report.html" "$scratch/frames" <<'PY'
import json, re, sys
page, frames = sys.argv[1:]
rows = json.loads(re.search(r'id="data">\n(.*?)\n</script>', open(page).read(), re.S).group(1))["rows"]
assert rows["frames_file"] == "slow.pcapng"
seq, frame = rows["columns"].index("seq"), rows["columns"].index("frame")
shown = {}
for line in open(frames):
    number, rest = line.split("\t", 1)
    assert "btcusdt@aggTrade" in rest.split("\t")[-1], rest # decrypted
    shown.update((int(seq), int(number)) for seq in re.findall(r"ws_latency: seq=(\d+)", rest))
messages = rows["slowest"] + rows["lowest"]
assert len(messages) >= 1 and all(shown[row[seq]] == row[frame] for row in messages), (len(messages), len(shown))
PY
finish
