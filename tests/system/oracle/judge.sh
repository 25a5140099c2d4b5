#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The verdict on a run of run.sh: judge.sh DIR [TABLE].  Exit: 0 all messages
# agree, 1 not, 3 tshark could not read the capture.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
dir=$1
table=${2:-}
. "$dir/facts" # title port plain merging before capture netem offset_ns count

# The correlator's own second method, where there is a kernel layer to apply it to.
disagreed=$(sed -nE 's/^last read of the thread.* disagreed=([0-9]+).*/\1/p' \
	"$dir/event_correlator.out")
if [ "${disagreed:-0}" != 0 ]; then
	echo "FAIL: $title: the correlator's cross-check disagrees $disagreed times"
	exit 1
fi
if [ "$merging" = yes ]; then
	(cd "$here" && python3 -B merged.py "$dir/sent.pcap" "$dir/recording" "$dir/messages.jsonl") || {
		echo "FAIL: $title: merged frames"
		exit 1
	}
fi

# Every message's comment and payload in tshark, without options and keys; one row of loss and
# one of key updates always, every row with PROF_FULL=1.
annotate() {
	local keys=(--keylog "$dir/keys.log") frames=$dir/frames.pcapng
	[ "$plain" = no ] || keys=()
	"${PROF_BIN:-$here/../../../build/bin}/event_correlator" --replay "$dir/recording" --quiet --unit ns \
		--annotate "$dir/annotated.pcapng" --frames "$frames" "${keys[@]}" >"$dir/annotate.out" 2>&1 &&
		python3 -B "$here/../annotate/annotate_check.py" "$dir/annotated.pcapng" "$dir/messages.jsonl" && return
	tail -n 1 "$dir/annotate.out"
	echo "FAIL: $title: comments"
	return 1
}
if [ "$capture" != none ] && { [ -n "${PROF_FULL:-}" ] || [[ $title == *loss* || $title == *rekey* ]]; }; then
	annotate || exit 1
fi
options=(--keylog "$dir/keys.log")
[ "$plain" = no ] || options=(--plain)
[ "$before" = 0 ] || options+=(--before "$before")
[ "$capture" = none ] || options+=(--need-nic --recording "$dir/recording")
[ -z "$netem" ] || options+=(--disturbed)
python3 -B "$here/oracle.py" --title "$title" --port "$port" --pcap "$dir/capture.pcap" \
	--jsonl "$dir/messages.jsonl" --count "$count" --clock-offset-ns "$offset_ns" \
	--cross-check "${disagreed:-none}" ${table:+--table "$table"} "${options[@]}"
