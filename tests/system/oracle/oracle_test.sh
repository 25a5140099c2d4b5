#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Every message of the embedded run against tshark's decryption of a packet
# capture, under a selection of the scenarios (all of them with PROF_FULL=1);
# and that the oracle notices what is wrong.
. "$(dirname "${BASH_SOURCE[0]}")/../system.sh"
require_root
require_tool ip tcpdump tshark mergecap ethtool python3
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
here=$PROF_ROOT/tests/system/oracle

# altered NAME PYTHON: the oracle must refuse the last run's lines, changed.
altered() {
	python3 - "$scratch/run/steady/messages.jsonl" "$scratch/altered.jsonl" "$2" <<'END'
import json, sys
source, target, change = sys.argv[1:]
lines = [json.loads(line) for line in open(source)]
exec(change)
with open(target, "w") as file:
    file.writelines(json.dumps(line) + "\n" for line in lines)
END
	python3 -B "$here/oracle.py" --port 9443 --pcap "$scratch/run/steady/capture.pcap" \
		--keylog "$scratch/run/steady/keys.log" --jsonl "$scratch/altered.jsonl" \
		--recording "$scratch/run/steady/recording" --count "$count" >"$scratch/log" 2>&1
	[ $? = 1 ] && ! grep -q '^Traceback' "$scratch/log" # its own failure is no verdict
	expect "the oracle notices $1" [ $? = 0 ]
}

# What the runs, which are over, have left; those of other tests may be going on.
left_behind() {
	local file pid
	for file in "$scratch"/run/*/pid; do
		pid=$(cat "$file") || echo "a run that did not say its number"
		ls /dev/shm | grep -xE "ws_latency\.oracle\.$pid(\..*)?"
		ip netns list | grep -oE "^wslat\.$pid\.[a-z]"
	done
}

only=(--only steady --only bursts --only coalesced --only split --only reconnect --only merged
	--only proxy-300)
[ -z "${PROF_FULL:-}" ] || only=()
"$here/table.sh" --seconds 4 "${only[@]}" --out "$scratch/run"
status=$?
[ $status != 77 ] || exit 77
expect "every message of every scenario agrees" [ $status = 0 ]
count=$(wc -l <"$scratch/run/steady/messages.jsonl")
altered "a wrong tcp_seq" 'lines[50]["tcp_seq"] += 1'
altered "an end that is off by one" 'lines[99]["end"] += 1'
altered "two messages that are swapped" \
	'lines[7]["tcp_seq"], lines[8]["tcp_seq"] = lines[8]["tcp_seq"], lines[7]["tcp_seq"]'
altered "a missing message" 'del lines[60]'
altered "one segment too many" 'lines[20]["segments"] += 1'
altered "a time of another frame" 'lines[20]["nic_ns"] = lines[99]["nic_ns"]'
left=$(left_behind)
expect "nothing is left behind ${left//$'\n'/ }" [ -z "$left" ]
finish
