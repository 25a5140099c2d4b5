#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# run.sh PROFILER OUT RUN...: inside the VM.  A RUN is ATTACH:CAUSE: the embedded profile
# with --stages, disturbed by a culprit that is known.
profiler=$1
out=$2
shift 2
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

exchange_namespace() { ip netns list | sed -n 's/^\(wslat\.[0-9]*\.x\).*/\1/p' | head -n 1; }

disturb() { # CAUSE CLIENT-PID
	case $1 in
	none) ;;
	hog | stop | flood) exec python3 -B "$here/disturb.py" "$1" "$2" ;;
	hole) ip netns exec "$(exchange_namespace)" tc qdisc add dev srv0 root netem delay 20ms reorder 75% gap 4 ;;
	esac
}

for run in "$@"; do
	PROF_IN_VM=yes "$profiler" --attach "${run%:*}" --stages --unit ns --duration 6 --out "$out/$run" \
		>"$out/$run.out" 2>"$out/$run.err" &
	pid=$!
	culprit=
	tries=600
	until grep -q '^\[CORR\]' "$out/$run.out" || ! kill -0 $pid 2>/dev/null || [ $((tries -= 1)) = 0 ]; do sleep 0.1; done
	client=$(pgrep -x websocket_clie)
	[ -z "$client" ] || { disturb "${run#*:}" "$client" & culprit=$!; }
	wait $pid
	echo $? >"$out/$run.status"
	[ -z "$culprit" ] || kill "$culprit" 2>/dev/null
	echo "$run: $(cat "$out/$run.status")"
done
exit 0
