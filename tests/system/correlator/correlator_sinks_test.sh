#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A live run with every output at once, ended by a signal at any moment or by a
# disk that is full: each output is whole and says the same as the others.
. "$(dirname "${BASH_SOURCE[0]}")/../system.sh"
require_tool python3
scratch=$(mktemp -d)
bus=/ws_latency.sinks.$$
pids=()
cleanup() {
	for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null; done
	wait
	! mountpoint -q "$scratch/small" || umount "$scratch/small"
	rm -rf "$scratch" "/dev/shm$bus"
}
trap cleanup EXIT
cd "$scratch" || exit 1

"$PROF_BIN/exchange" --listen 127.0.0.1:0 --cert-dir certs --rate 800 >exchange.out 2>&1 &
pids+=($!)
for _ in $(seq 100); do grep -q listening exchange.out && break; sleep 0.1; done
port=$(sed -n 's/.*listening on 127.0.0.1:\([0-9]*\).*/\1/p' exchange.out)
"$PROF_BIN/websocket_client" --ca-file certs/ca.pem --bus "$bus" \
	"wss://127.0.0.1:$port/market/stream?streams=btcusdt@aggTrade" >client.out 2>&1 &
pids+=($!)
for _ in $(seq 100); do [ -e "/dev/shm$bus" ] && break; sleep 0.1; done

# What came while the last run was looked at: on a slow machine each run would have more than the
# one before, and looking at it would take longer.
drop_backlog() {
	"$PROF_BIN/event_correlator" --bus "$bus" --quiet --duration 1 >backlog.out 2>&1
	expect "what came meanwhile is taken away" [ $? = 0 ]
}

# begin DIR RECORDING ARGUMENT...: an event_correlator that writes everything to DIR; its pid in $correlator.
begin() {
	local dir=$1 recording=$2
	shift 2
	rm -rf "$dir"
	mkdir "$dir"
	env --default-signal=INT "$PROF_BIN/event_correlator" --bus "$bus" --record "$recording" --jsonl "$dir/jsonl" --csv "$dir/csv" \
		--hgrm "$dir/h" --perfetto "$dir/trace" --trips "$dir/trips" --report "$dir/html" --metrics 0 --interval 1 "$@" >"$dir/out" 2>"$dir/err" &
	correlator=$!
	pids+=($correlator)
}

# are_whole NAME DIR RECORDING: every output is there to the end, and of the same messages.
are_whole() {
	local all lines
	all=$(number_after "$2/out" 'Userspace events:')
	lines="$(grep -c '^\[CORR\]' "$2/out") $(wc -l <"$2/jsonl") $(($(wc -l <"$2/csv") - 1))"
	expect "$1: $all messages in lines, JSON and CSV ($lines)" [ "$lines" = "$all $all $all" ]
	expect "$1: a whole page of them" grep -q "\"messages\":$all,.*" "$2/html"
	expect "$1: which ends" [ "$(tail -n 1 "$2/html")" = '</html>' ]
	expect "$1: a trace of them" python3 "$PROF_ROOT/tests/system/correlator/perfetto_check.py" "$2/trace" "$2/jsonl" "$2/trips"
	expect "$1: histograms of every stage" [ "$(cat "$2"/h.*.hgrm | grep -c '^#\[Max')" = 16 ]
	[ "$3" = none ] && return
	"$PROF_BIN/event_correlator" --replay "$3" --jsonl "$2/again" >"$2/out2" 2>"$2/err2"
	expect "$1: the recording replays" [ $? = 0 ]
	expect "$1: whole $(cat "$2/err2")" [ ! -s "$2/err2" ]
	expect "$1: letter by letter" cmp -s "$2/out" "$2/out2"
	expect "$1: and so do its objects" cmp -s "$2/jsonl" "$2/again"
}

for moment in 'INT 0' 'TERM 0.02' 'INT 0.3' 'TERM 1.5'; do
	drop_backlog
	begin run run/recording
	for _ in $(seq 100); do grep -q metrics: run/err && break; sleep 0.01; done
	sleep "${moment#* }"
	kill "-${moment% *}" $correlator
	wait $correlator
	expect "SIG$moment: exits 0" [ $? = 0 ]
	are_whole "SIG$moment" run run/recording
done
drop_backlog
begin run run/recording
sleep 1
kill -INT $correlator
sleep 0.01
kill -INT $correlator 2>/dev/null
wait $correlator
expect "a second signal at once: exits 0" [ $? = 0 ]
are_whole "a second signal at once" run run/recording
drop_backlog
begin run run/recording --duration 24 --record-size 1
wait $correlator
expect "a recording in parts of 1 MiB: exits 0" [ $? = 0 ]
are_whole "a recording in parts" run run/recording
expect "in $(ls run/recording* | wc -l) parts" [ "$(ls run/recording* | wc -l)" -ge 2 ]

if [ "$(id -u)" = 0 ] && mkdir small && mount -t tmpfs -o size=400k none small 2>/dev/null; then
	begin full small/recording
	timeout 60 tail --pid=$correlator -f /dev/null
	expect "a disk that is full ends the run" sh -c "! kill -0 $correlator 2>/dev/null"
	wait $correlator
	expect "with status 1" [ $? = 1 ]
	expect "and says which file ($(tail -n 1 full/err))" grep -q 'small/recording: No space left on device' full/err
	are_whole "on a full disk" full none
	"$PROF_BIN/event_correlator" --replay small/recording --quiet >full/out2 2>full/err2
	expect "what is recorded replays up to the cut" sh -c "[ $? = 0 ] && grep -q 'cut short' full/err2"
	kept=$(number_after full/out2 'Userspace events:')
	expect "which is most of it ($kept)" [ "$kept" -gt 1000 ]
	umount small
else
	echo "note: no root here: no full disk"
fi
finish
