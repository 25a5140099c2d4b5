#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Anybody's messages while they come: Python's websockets and our client on one
# interface, a capture that follows their key logs, no probe.  Python's messages
# are lines of class no-user, ours are held against what was read on the wire;
# the same from tcpdump's file; each ping of Python's has its line; and secrets go nowhere.
program=messages_live
. "$(dirname "${BASH_SOURCE[0]}")/../system.sh"
. "$(dirname "${BASH_SOURCE[0]}")/../parts.sh"
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
python=/usr/bin/python3
require_root
require_tool ip tcpdump python3
"$python" -c 'import websockets' 2>/dev/null || skip "python3-websockets is not installed"
work=$(mktemp -d)
parts_dir=$work
far=wslat.$$.f
near=wslat.$$.n
bus=/ws_live.$$
seconds=2

cleanup() {
	end_in_namespaces $far $near
	rm -rf "$work" "/dev/shm$bus"
}
trap cleanup EXIT

join_namespaces $far 10.77.0.1 $near 10.77.0.2
streams="market/stream?streams=btcusdt@aggTrade/ethusdt@aggTrade/btcusdt@depth@100ms"
url="wss://10.77.0.1:9441/$streams"

start exchange ip netns exec $far "$PROF_BIN/exchange" --listen 10.77.0.1:9441 \
	--cert-dir "$work" --no-client-rate --fault-after 20 \
	--scenario "mixed:1,coalesced:1,split:1,fragments:1,rekey:1"
start correlator "$PROF_BIN/event_correlator" --bus "$bus" --jsonl "$work/live.jsonl" \
	--record "$work/live.recording"
wait_for_bus "$bus"
start tcpdump ip netns exec $near tcpdump -n -i near0 -s 0 -B 65536 --nano -Z root \
	-w "$work/live.pcap" tcp
start capture ip netns exec $near "$PROF_BIN/dpdk_capture" --iface near0 --port 9441 \
	--keylog "$work/python.keys" --keylog "$work/ours.keys" --pings --bus "$bus" --verbose
wait_for exchange.out listening
wait_for tcpdump.err 'listening on'
wait_for capture.err 'ours.keys: is not there yet'
# A key log that others have used for long, too.
"$python" -c 'for i in range(100000): print("CLIENT_RANDOM %064x %096x" % (i + 1, i))' >"$work/python.keys"
start python ip netns exec $near env SSLKEYLOGFILE="$work/python.keys" MESSAGES_PING_S=0.05 "$python" -B \
	"$here/messages_client.py" "$url" "$work/ca.pem" $seconds
start ours ip netns exec $near "$PROF_BIN/websocket_client" "$url" --bus "$bus" \
	--ca-file "$work/ca.pem" --keylog "$work/ours.keys" --duration $seconds
for name in python ours; do
	wait "${pid_of[$name]}" || trouble "$name: $(tail -n 1 "$work/$name.err")"
	unset "pid_of[$name]"
done
sed -E '/^#/d; /^CLIENT_RANDOM 0{40}/d; s/.* //' "$work"/*.keys | grep . >"$work/secrets"
"$python" -B "$here/messages_live.py" secrets "$work/secrets" "/dev/shm$bus" >"$work/found"
status=$?
expect "no secret is on the bus" [ $status = 0 ]
expect "nor would one be in a core dump" grep -q '^Max core file size *0 *0 ' \
	"/proc/${pid_of[capture]}/limits"
locked=$(awk '/^VmLck/ { print $2 }' "/proc/${pid_of[capture]}/status")
expect "memory is locked: $locked kB" [ "$locked" -gt 10000 ]
stop capture || fail "dpdk_capture: $?"
stop correlator || fail "event_correlator: $?"
stop exchange
sleep 1.1 # tcpdump's buffer reaches it once a second
stop tcpdump || fail "tcpdump: $?"

# A client that leaves has not counted what was still on its way: tcpdump has.
counted=$(cat "$work/python.out")
ours=$(sed -nE 's/.*: ([0-9]+) messages, .*/\1/p' "$work/ours.err" "$work/ours.out" | head -n 1)
check=$(grep -F "the user's byte range" "$work/correlator.out")
expect "each of our $ours has the range that was read on the wire: ${check##*:}" \
	grep -q ": agreed=$ours disagreed=0 not-applicable=0$" <<<"$check"
expect "none was lost on the way" grep -q ' bus_drops=0 queue_drops=0 .* cut=0 ' "$work/capture.err"
"$PROF_BIN/dpdk_capture" --pcap "$work/live.pcap" --keylog "$work/python.keys" \
	--keylog "$work/ours.keys" --dump-messages >"$work/lines" 2>"$work/lines.err" ||
	fail "--dump-messages: $(tail -n 1 "$work/lines.err")"
told=$(grep -c 'class=no-user$' "$work/correlator.out")
expect "each of Python's messages ($counted counted) is one of $told lines of no-user" \
	[ "$told" -ge "$counted" -a "$((told + ours))" = "$(wc -l <"$work/lines")" ]
"$python" -B "$here/messages_live.py" compare "$work/lines" "$work/live.jsonl" >"$work/verdict"
status=$?
expect "as in tcpdump's file: $(tail -n 1 "$work/verdict")" [ $status = 0 ]

# Our own pings are told by our client alone.
pings=$(grep -c '^\[ping\] rtt_us=n/a us out_us=n/a wire_us=[0-9]* in_us=n/a tcp_seq=[0-9]* answer_tcp_seq=[0-9]* stack_us=n/a read_us=n/a$' \
	"$work/correlator.out")
expect "pings of Python's: $pings" [ "$pings" -ge 10 ]
expect "each answered, and counted" grep -q "^round trips: answered=$(grep -c '^\[ping\]\|^\[request\]' "$work/correlator.out") " "$work/correlator.out"
if command -v tshark >/dev/null; then
	sed '/^CLIENT_RANDOM 0\{40\}/d' "$work"/*.keys >"$work/all.keys"
	"$python" -B "$PROF_ROOT/tests/vm/ping/tshark_check.py" "$work/correlator.out" "$work/live.pcap" "$work/all.keys" 9441 >"$work/verdict"
	status=$?
	expect "as tshark has them: $(paste -sd ';' "$work/verdict")" [ $status = 0 ]
else
	echo "SKIP of it: tshark is not installed, and the pings' segments are not compared"
fi

# The same file through the bus.
start correlator "$PROF_BIN/event_correlator" --bus "$bus" --jsonl "$work/file.jsonl"
wait_for_bus "$bus"
"$PROF_BIN/dpdk_capture" --pcap "$work/live.pcap" --keylog "$work/python.keys" \
	--keylog "$work/ours.keys" --bus "$bus" 2>"$work/file.err" || fail "--pcap: $?"
stop correlator || fail "event_correlator: $?"
"$python" -B "$here/messages_live.py" compare "$work/lines" "$work/file.jsonl" >"$work/verdict"
status=$?
expect "the file through the bus: $(tail -n 1 "$work/verdict")" [ $status = 0 ]
expect "its report has the exchange-to-NIC latency" grep -q '^E -> NIC (ms): count=[1-9]' \
	"$work/correlator.out"

# What is no key log is one line; keys that fit nothing are told, and give no message.
mkfifo "$work/fifo"
"$PROF_BIN/dpdk_capture" --pcap "$work/live.pcap" --keylog "$work/fifo" --bus "$bus" \
	2>"$work/fifo.err"
said=$?.$(wc -l <"$work/fifo.err")
expect "a fifo: $(sed "s#$work/##" "$work/fifo.err")" [ "$said" = 1.1 ]
for file in fifo .; do
	ip netns exec $near "$PROF_BIN/dpdk_capture" --iface near0 --port 9441 --keylog "$work/$file" \
		--bus "$bus" >"$work/fifo.out" 2>"$work/fifo.err"
	said=$?.$(grep -cv ': passive: ' "$work/fifo.err")
	expect "while it comes: $(sed "s#$work/##" "$work/fifo.err" | tail -n 1)" [ "$said" = 1.1 ]
done
sed -E 's/ [0-9a-f]{4}([0-9a-f]+)$/ 0bad\1/' "$work/python.keys" >"$work/wrong.keys"
"$PROF_BIN/dpdk_capture" --pcap "$work/live.pcap" --keylog "$work/wrong.keys" --bus "$bus" \
	2>"$work/wrong.err" || fail "wrong keys: $?"
expect "wrong keys: $(grep -o '[0-9]* records: no secret fits' "$work/wrong.err")" \
	grep -q 'decoder: published=0 .* messages=0 ' "$work/wrong.err"

# The recording tells the same, and holds no secret; nor does anything that was said.
"$PROF_BIN/event_correlator" --replay "$work/live.recording" --jsonl "$work/again.jsonl" \
	>/dev/null 2>&1
expect "a replay says the same" cmp "$work/live.jsonl" "$work/again.jsonl"
"$python" -B "$here/messages_live.py" secrets "$work/secrets" "$work"/live.recording \
	"$work"/*.jsonl "$work"/*.out "$work"/capture.err "$work"/lines* >"$work/found"
status=$?
expect "no secret anywhere: $(tail -n 1 "$work/found")" [ $status = 0 ]
finish
