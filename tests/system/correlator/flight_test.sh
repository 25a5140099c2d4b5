#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# flight.sh: of files that go on and are removed behind, those around a stall stay, the first of a
# storm, so many at most; over restarts, and of the services' folders.
. "$(dirname "${BASH_SOURCE[0]}")/../system.sh"
scratch=$(mktemp -d)
recorder=''
cleanup() {
	[ -z "$recorder" ] || { kill "$recorder"; wait "$recorder"; } 2>/dev/null
	rm -rf "$scratch"
}
trap cleanup EXIT
cd "$scratch" || exit 1
flight=$PROF_ROOT/correlator/flight.sh

# line SEQ TOTAL_US [AGO_S]
line() {
	printf '{"seq":%d,"nic_kernel_ns":1,"total_ns":%d,"user_wall_ns":%d000000000,"host":"a"}\n' "$1" $(($2 * 1000)) $(($(date +%s) - ${3:-0}))
}
begin() {
	"$flight" --above 5000 --wait 0.1 "$@" >>said 2>&1 &
	recorder=$!
	for _ in $(seq 200); do grep -q 'keeps stalls' said && break; sleep 0.05; done
}
end() { kill "$recorder"; wait "$recorder" 2>/dev/null; recorder=''; }
kept() { find out -mindepth 1 -maxdepth 1 -name '[0-9]*' 2>/dev/null | sort; }
# kept_is N: within seconds, and no more a little later.
kept_is() {
	for _ in $(seq 100); do [ "$(kept | wc -l)" = "$1" ] && break; sleep 0.05; done
	sleep 0.4
	[ "$(kept | wc -l)" = "$1" ]
}

mkdir run
for part in frames.pcapng.1 frames.pcapng.2 frames.pcapng.3 recording.bin.4 recording.bin.5; do echo $part >run/$part; done
echo keys >run/keys.log # of a connection that is older than what is kept of it
touch -d '1000 seconds ago' run/frames.pcapng.1 run/recording.bin.4 run/keys.log
: >run/messages.jsonl.1
line 1 90000 3600 >run/messages.jsonl.1 # of before our time
begin --before 100 --every 2 --keep 2 out run
line 2 4999 >>run/messages.jsonl.1
printf '{"seq":3,"total_ns":null,"user_wall_ns":%d000000000}\n' "$(date +%s)" >>run/messages.jsonl.1
expect "what is no stall, or an old one, is not kept" kept_is 0

stall=$(line 4 7000)
printf '%s' "${stall:0:40}" >>run/messages.jsonl.1
sleep 0.3
printf '%s\n' "${stall:40}" >>run/messages.jsonl.1
for seq in $(seq 5 40); do echo "${stall/:4,/:$seq,}"; done >>run/messages.jsonl.1
expect "a storm is kept once" kept_is 1
first=$(kept)
expect "by its first line" [ "$(cat "$first/stall.json")" = "$stall" ]
expect "with what was written from before it on, and nothing older" [ "$(cd "$first" && cat frames.pcapng frames.pcapng.1 recording.bin.5)" = \
	"$(printf 'frames.pcapng.2\nframes.pcapng.3\nrecording.bin.5')" ]
expect "and no other file" [ "$(find "$first" -type f | wc -l)" = 6 ]
expect "which are its owner's alone" [ "$(stat -c %a "$first")" = 700 ]
echo after >>run/frames.pcapng.3
rm run/*
expect "what is removed behind stays, and what came then is there" [ "$(tail -n 1 "$first/frames.pcapng.1")" = after ]

echo frames >run/frames.pcapng.9
line 41 100 >run/messages.jsonl.2
sleep 2
stall=$(line 42 9000)
echo "$stall" >>run/messages.jsonl.2
echo "${stall/:42,/:43,}" >run/messages.jsonl.3
expect "it goes on in the next part, and is armed again" kept_is 2
end
echo "${stall/:42,/:44,}" >>run/messages.jsonl.3
: >said
begin --before 100 --every 2 --keep 2 out run
expect "a restart keeps nothing twice" kept_is 2
second=$(kept | tail -n 1)
sleep 2
line 45 9000 >>run/messages.jsonl.3
for _ in $(seq 100); do [ "$(kept | head -n 1)" = "$second" ] && break; sleep 0.05; done
expect "the oldest go" [ ! -e "$first" ] && expect "the newest stay" [ "$(kept | wc -l)" = 2 ]
end

mkdir -p service/20261127T000000.1 service/20261127T000001.1
echo old >service/20261127T000000.1/messages.jsonl
rm -rf out
: >said
begin --every 0 out service
line 1 9000 >service/20261127T000001.1/messages.jsonl
expect "of the services' folders the newest" kept_is 1
end

# A storm as a busy feed makes it: more lines than a shell can read one by one.
: >said
mkdir -p storm
echo frames >storm/frames.pcapng
begin --every 60 out4 storm
stall=$(line 1 9000)
python3 - "$stall" >storm/messages.jsonl <<'PY'
import sys
for seq in range(1, 60001):
    print(sys.argv[1].replace('"seq":1,', f'"seq":{seq},').replace('"host"', '"filler":"' + "x" * 900 + '","host"'))
PY
for _ in $(seq 200); do [ -e out4/[0-9]* ] && break; sleep 0.05; done
expect "a storm's first stall is kept at once" grep -q '"seq":1,' out4/[0-9]*/stall.json
began=$SECONDS
end
expect "and does not hold the end up" [ $((SECONDS - began)) -le 3 ]

# As far as it was seen; and what came just before the end.
: >said
mkdir -p seen
: >seen/messages.jsonl
begin --every 0 --keep 9 --wait 2 out5 seen
printf '{"seq":1,"nic_kernel_ns":9000000,"kernel_user_ns":null,"total_ns":null,"class":"no-user","user_wall_ns":%d000000000}\n' "$(($(date +%s) - 2))" >>seen/messages.jsonl
printf '{"seq":2,"nic_kernel_ns":null,"kernel_user_ns":9000000,"total_ns":null,"class":"no-nic","user_wall_ns":%d000000000}\n' "$(date +%s)" >>seen/messages.jsonl
printf '{"seq":3,"nic_kernel_ns":9000000,"kernel_user_ns":null,"total_ns":null,"class":"user-only","user_wall_ns":%d000000000}\n' "$(($(date +%s) + 3))" >>seen/messages.jsonl
end
expect "without a user, or without a NIC layer, as far as it was seen; and to the last line" \
	[ "$(cat out5/[0-9]*/stall.json | grep -o '"seq":[0-9]*' | paste -sd ' ')" = '"seq":1 "seq":2' ]

for wrong in "--above x out run" "--every 1.5 out run" "--what out run" "--keep 0 out run" "out"; do
	# shellcheck disable=SC2086
	timeout 5 "$flight" $wrong >err 2>&1
	expect "'$wrong': exit 2" [ $? = 2 ]
done
timeout 5 "$flight" out nowhere >err 2>&1
expect "no such folder: exit 1" [ $? = 1 ] && expect "and why" grep -qx 'flight.sh: nowhere: no such folder' err
if [ "$(stat -c %d /dev/shm)" != "$(stat -c %d .)" ]; then
	timeout 5 "$flight" /dev/shm run >err 2>&1
	expect "another file system: exit 1" [ $? = 1 ] && expect "and what to do" grep -q 'another file system than run: name a folder beside it' err
fi
finish
