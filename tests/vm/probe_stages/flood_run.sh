#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# flood_run.sh BIN READERS OUT ATTACH: inside the VM.  More tellings than the ring has room
# for, while the loader is stopped: each is published or counted, by the count of the
# kernel's own histogram of sock_def_readable(), which nobody of us keeps.
set -u
bin=$1 readers=$2 out=$3 attach=$4
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../../system/parts.sh"
bus=/probe_stages_flood port=9444
parts_dir=$out title="flood, $attach"
tracing=/sys/kernel/tracing
event=$tracing/events/kprobes/prof_told
trap 'kill -CONT "${pid_of[ebpf_loader]:-$$}" 2>/dev/null; end_in_namespaces' EXIT

start server "$readers" serve 127.0.0.1 $port
start event_correlator "$bin/event_correlator" --quiet --bus $bus
wait_for_bus $bus
start ebpf_loader "$bin/ebpf_loader" --bus $bus --attach "$attach" --stages
wait_for server.out listening
wait_for ebpf_loader.err 'stages inside the kernel told'

echo 'p:prof_told sock_def_readable sk=%di:x64' >>$tracing/kprobe_events || trouble "no event of a kprobe"
"$readers" $bus 127.0.0.1 $port "${STAGES_FLOOD_COUNT:-150000}" 0 flood=drain >"$out/read" 2>"$out/read.err" &
client=$!
sleep 0.9 # its first message has been read, and the next comes after a second
echo 'hist:keys=sk' >$event/trigger || trouble "no histogram"
kill -STOP "${pid_of[ebpf_loader]}"
wait $client || trouble "the reader failed: $(cat "$out/read.err")"
calls=$(sed -n 's/.*sk: *[0-9]* *} hitcount: *\([0-9]*\).*/\1/p' $event/hist | sort -n | tail -n 1)
echo '!hist:keys=sk' >$event/trigger
kill -CONT "${pid_of[ebpf_loader]}"
sleep 1
for part in ebpf_loader event_correlator; do
	stop $part || trouble "$part exited $?"
done
echo '-:prof_told' >>$tracing/kprobe_events
grep 'stages:' "$out/ebpf_loader.err"

# "A tellings = B published + C without data + D lost (ring full) + E lost (bus full)"
number() { sed -n "s/.*[ :]\([0-9][0-9]*\) $1.*/\1/p" "$out/ebpf_loader.err" | head -n 1; }
told=$(number tellings) lost=$(sed -n 's/.* tellings = .*+ \([0-9]*\) lost (ring full).*/\1/p' "$out/ebpf_loader.err")
skipped=$(number 'programs skipped')
sum=$(sed -n 's/.* tellings = \([0-9]*\) published + \([0-9]*\) without data + \([0-9]*\) lost (ring full) + \([0-9]*\) lost (bus full).*/\1 + \2 + \3 + \4/p' \
	"$out/ebpf_loader.err")
echo "calls of sock_def_readable by the kernel's histogram: $calls; told $told = $sum; skipped $skipped"
[ -n "$calls" ] && [ "$calls" = "$told" ] && [ "$told" = $((sum)) ] && [ "${lost:-0}" -gt 0 ]
