#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# run.sh BIN: inside the VM.
bin=$1
here=$(dirname "${BASH_SOURCE[0]}")
. "$here/../../system/system.sh"
events=/sys/kernel/tracing/kprobe_events
words=$(mktemp)

begin() { # LOADER-ARGUMENT...: sets loader
	local tries=300
	"$bin/ebpf_loader" --bus /probe_crowd --all "$@" 2>"$words" &
	loader=$!
	until grep -q attached "$words" || [ $((tries -= 1)) = 0 ]; do sleep 0.1; done
}

count_crowd() { # sets seen, lost
	python3 "$here/readers.py"
	sleep 1
	kill -INT "$loader"
	wait "$loader"
	seen=$(sed -nE 's/.*loader: ([0-9]+) reads.*/\1/p' "$words")
	lost=$(sed -nE 's/.* missed ([0-9]+), unpaired ([0-9]+),.*/\1+\2/p' "$words")
}

for attach in kprobe fentry; do
	begin --attach $attach
	count_crowd
	expect "$attach: all 240 calls are published ($seen, lost $lost)" [ "$seen" = 240 ]
done
expect "no event is left" [ ! -s $events ]

begin --attach kprobe
kill -KILL "$loader"
wait "$loader" 2>/dev/null
expect "a killed loader leaves its event ($(cat $events))" [ "$(wc -l <$events)" = 1 ]
echo 'r:somebody/tcp_recvmsg_1 tcp_recvmsg' >>$events
begin --attach kprobe
expect "the next one takes it away, and no others" [ "$(grep -c . $events) $(grep -c "ws_latency/tcp_recvmsg_$loader " $events)" = "2 1" ]
kill -INT "$loader"
wait "$loader"
expect "and then its own ($(cat $events))" [ "$(grep -c . $events) $(grep -c ':somebody/' $events)" = "1 1" ]
echo '-:somebody/tcp_recvmsg_1' >>$events

# As many as the kernel thinks fit.
umount /sys/kernel/tracing /sys/kernel/debug
begin --attach kprobe
count_crowd
expect "without tracefs: $seen published and $lost lost are all 240" [ $((seen + lost)) = 240 ]
finish
