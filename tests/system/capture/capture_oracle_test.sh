#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# tshark is the oracle: every segment of awkward capture files, and of a real
# TCP run, line by line; and every frame that is none is counted as what it is.
set -u
root=${PROF_ROOT:-$(cd "$(dirname "$0")/../../.." && pwd)}
bin=${PROF_BIN:-$root/build/bin}
here=$root/tests/system/capture
work=$(mktemp -d)
ns=wslat.$$.o
recorder=
serving=

fail() { echo "FAIL $1"; tail -3 "$work/err" 2>/dev/null; exit 1; }
clean() {
	[ -z "$recorder" ] || kill "$recorder" 2>/dev/null
	[ -z "$serving" ] || kill "$serving" 2>/dev/null
	ip netns del "$ns" 2>/dev/null
	rm -rf "$work"
}
trap clean EXIT
for tool in tshark python3 iperf3 tcpdump ip; do
	command -v $tool >/dev/null || { echo "SKIP needs $tool"; exit 77; }
done

# What tshark calls a segment: TCP, not a fragment, and not cut within its header.  (4.6 tells the
# length of what is cut behind the byte it is in, 4.0 does not.)
oracle() {
	tshark -n -r "$1" -o ip.defragment:FALSE -o ipv6.defragment:FALSE \
		-o tcp.desegment_tcp_streams:FALSE -o tcp.analyze_sequence_numbers:FALSE \
		-Y 'tcp && !(ip.flags.mf == 1) && !(ip.frag_offset > 0) && !(ipv6.fraghdr.more == 1) && !(ipv6.fraghdr.offset > 0)' \
		-T fields -e frame.time_epoch -e ip.src -e ipv6.src -e tcp.srcport \
		-e ip.dst -e ipv6.dst -e tcp.dstport -e tcp.seq_raw -e tcp.len \
		-e tcp.urgent_pointer 2>/dev/null |
		awk -F'\t' -v OFS='\t' '$9 != "" && $10 != "" { sub(/\./, "", $1); print $1, $2 $3, $4, $5 $6, $7, $8, $9 }'
}

# check FILE STATUS: dpdk_capture and tshark must say the same.  Frames that are cut fail it, in the end.
check() {
	local status
	oracle "$1" >"$work/want"
	"$bin/dpdk_capture" --pcap "$1" --all --dump >"$work/got" 2>"$work/err"
	status=$?
	[ $status = "$2" ] || fail "${1##*/}: dpdk_capture ended with $status"
	[ $status = 0 ] || grep -q 'frames are cut off within their headers: ' "$work/err" || fail "${1##*/}: no reason"
	[ -s "$work/want" ] || fail "${1##*/}: tshark found nothing"
	cmp -s "$work/want" "$work/got" || {
		diff "$work/want" "$work/got" | head -5
		fail "${1##*/}: not what tshark says"
	}
	echo "ok: ${1##*/}: $(wc -l <"$work/got") segments"
}

for seed in 1 2 3; do
	mkdir "$work/$seed"
	python3 "$here/capture_frames.py" "$work/$seed" $seed >"$work/counts" || fail "the writer"
	for file in usec.pcap nsec.pcap swapped.pcap one.pcapng micro.pcapng; do
		check "$work/$seed/$file" 1
		while read -r kind count; do
			grep -q " $kind=$count " "$work/err" ||
				fail "$file: not $count $kind: $(grep -o "$kind=[0-9]*" "$work/err")"
		done <"$work/counts"
	done
done

# The files of the wrong kind are refused, and say why.
printf 'no capture' >"$work/none"
"$bin/dpdk_capture" --pcap "$work/none" --dump >"$work/got" 2>"$work/err"
[ $? = 1 ] || fail "what is no capture file is not refused"
[ ! -s "$work/got" ] || fail "output for what is no capture file"
tshark -r "$work/1/nsec.pcap" -F pcap -w "$work/plain.pcap" 2>/dev/null
printf '\151\000\000\000' | dd of="$work/plain.pcap" bs=1 seek=20 conv=notrunc status=none
"$bin/dpdk_capture" --pcap "$work/plain.pcap" --dump >"$work/got" 2>"$work/err"
[ $? = 1 ] || fail "frames of 802.11 are not refused"
grep -q 'link type' "$work/err" || fail "the link type is not named"

if [ "$(id -u)" = 0 ]; then
	ip netns add "$ns" && ip -n "$ns" link set lo up || fail "network set-up"
	ip netns exec "$ns" tcpdump -i lo -w "$work/real.pcap" --time-stamp-precision=nano \
		-Z root tcp 2>"$work/tcpdump" &
	recorder=$!
	for _ in $(seq 50); do grep -q listening "$work/tcpdump" && break; sleep 0.1; done
	ip netns exec "$ns" iperf3 -s -1 >/dev/null &
	serving=$!
	sleep 0.5
	ip netns exec "$ns" iperf3 -c ::1 -n 4M >/dev/null || fail "iperf3"
	wait $serving
	serving=
	sleep 0.2
	kill -INT $recorder
	wait $recorder
	recorder=
	check "$work/real.pcap" 0
fi
echo "PASS"
