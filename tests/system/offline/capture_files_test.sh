#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Capture files as others write them: every link type, both byte orders, every
# clock, several interfaces and sections in one file, compressed ones.  What is
# read is what was written, to the nanosecond; tshark says the same where it reads
# such files; and what cannot be read fails the run, and says so.
. "$(dirname "$0")/../system.sh"
require_tool python3 tshark editcap mergecap capinfos
here=$PROF_ROOT/tests/system/offline
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 "$here/capture_files.py" "$work" || { echo "FAIL the writer"; exit 1; }

# read_file NAME ARGUMENT...: into $work/got and $work/err; its exit status.
read_file() {
	local name=$1
	shift
	"$PROF_BIN/dpdk_capture" --no-huge -m 64 -- --pcap "$work/$name" "$@" >"$work/got" 2>"$work/err"
}

# As read and as told: whatever went wrong is one line with the file's name.
is_right() {
	local status
	read_file "$1" --dump
	status=$?
	[ $status = "$(cat "$work/$1.status")" ] || { tail -n 2 "$work/err"; return 1; }
	[ $status = 0 ] || [ "$(grep -c "^dpdk_capture: $work/$1: " "$work/err")" = 1 ] || return 1
	# Compressed data that end early may have given less than was put in.
	if [ "$1" = cut.pcapng.gz ]; then
		cmp -s "$work/got" <(head -n "$(wc -l <"$work/got")" "$work/$1.want")
	else
		cmp "$work/got" "$work/$1.want"
	fi
}

says() { read_file "$1" --dump; grep -qE "$2" "$work/err"; }

oracle() {
	tshark -n -r "$work/$1" -o tcp.desegment_tcp_streams:FALSE -o tcp.analyze_sequence_numbers:FALSE \
		-Y tcp -T fields -e frame.time_epoch -e ip.src -e ipv6.src -e tcp.srcport -e ip.dst -e ipv6.dst \
		-e tcp.dstport -e tcp.seq_raw -e tcp.len 2>/dev/null |
		awk -F'\t' -v OFS='\t' '{ sub(/\./, "", $1); print $1, $2 $3, $4, $5 $6, $7, $8, $9 }'
}
tshark_agrees() { [ -s "$work/$1.want" ] && oracle "$1" | cmp - "$work/$1.want"; }

for file in "$work"/*.want; do
	name=$(basename "${file%.want}")
	expect "$name" is_right "$name"
done
for name in link_sll.pcap link_sll2.pcap link_null_be.pcap link_raw14.pcap link_chdlc.pcap \
	a1b2cd34_be.pcap many_le.pcapng obsolete_be.pcapng sections.pcapng; do
	expect "tshark on $name" tshark_agrees "$name"
done
expect "a link that is not read is named and its frames are counted" \
	says wild.pcapng '^dpdk_capture: .*: 2 frames were not read: of link type 127 \(802.11 with radiotap\)'
expect "and in the counters" says wild.pcapng ' unread=2 '
expect "so is a frame of an interface that is not described" says lost.pcapng '1 frames were not read: of an interface'
expect "a compression that is not read is named" says sections.pcapng.xz 'compressed by xz: unpack it first'
expect "a file that ends early says where" says cut.pcapng 'ends within a frame or a block: it was used up to there'
# Published, its times need a place on our clock: of a machine whose clock is ahead, and of a file
# whose second half is from long before its first.
bus=/prof_files_$$
publish() { "$PROF_BIN/dpdk_capture" --no-huge -m 64 -- --pcap "$work/$1" --all --bus $bus >/dev/null 2>"$work/err"; local status=$?; rm -f /dev/shm$bus; return $status; }
first=$(capinfos -aSTrm "$work/link_sll.pcap" | cut -d , -f 2 | cut -d . -f 1)
editcap -t $(($(date +%s) + 3600 - first)) "$work/link_sll.pcap" "$work/ahead.pcap"
editcap -t -7200 "$work/link_sll.pcap" "$work/before.pcap"
mergecap -a -w "$work/backwards.pcap" "$work/link_sll.pcap" "$work/before.pcap"
expect "a file from the future is published" publish ahead.pcap
expect "and it is said" grep -q "ahead.pcap: is from later than this machine's clock says it is: " "$work/err"
expect "what has no place fails the run" eval '! publish backwards.pcap'
expect "and is counted" grep -qE 'backwards.pcap: [1-9][0-9]* frames were not read: too long before its first one' "$work/err"
expect "frames cut off within their headers are told" says short.pcap ': 1 frames are cut off within their headers: '
expect "a pipe is read as a file is" cmp -s "$work/many_le.pcapng.want" \
	<("$PROF_BIN/dpdk_capture" --no-huge -m 64 -- --pcap /dev/stdin --dump <"$work/many_le.pcapng" 2>/dev/null)
finish
