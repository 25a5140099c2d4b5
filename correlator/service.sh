#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Starts a program as a service that keeps something: each start has a folder of its own, named
# for its time, so that what is on disk stays whole, and the oldest folders go.
#
#   service.sh correlator|capture FOLDER [OPTION of the program]...
#
# WS_LATENCY_KEEP_MIB: what all folders may hold together, besides the newest (default 10240).
# WS_LATENCY_PART_MIB: of one file of a recording, of JSON lines, of frames (default 64).
set -u
program=service.sh
die() { echo "$program: $*" >&2; exit 1; }

(($# >= 2)) || { echo "usage: $program correlator|capture FOLDER [OPTION]..." >&2; exit 2; }
role=$1 top=$2
shift 2
keep_mib=${WS_LATENCY_KEEP_MIB:-10240} part_mib=${WS_LATENCY_PART_MIB:-64}
[[ $keep_mib$part_mib =~ ^[0-9]+$ ]] || die "WS_LATENCY_KEEP_MIB, WS_LATENCY_PART_MIB: not whole numbers"
part_count=$((keep_mib / part_mib / 4 + 2)) # of each kind: one start may not fill it all alone
bin=$(dirname "$(realpath "${BASH_SOURCE[0]}")")/../../../bin
[ -x "$bin/event_correlator" ] || bin=$(dirname "$(realpath "${BASH_SOURCE[0]}")")/../build/bin

cd "$top" || die "$top: cannot be entered"
umask 027
folder=$(date -u +%Y%m%dT%H%M%S.%N)
mkdir "$folder" || die "$top: cannot be written"

# The oldest first, until the rest fits.  By another name, so that what has its own is whole even
# if this is killed in between; what such a one has left goes first.
rm -rf ./.going.*
for old in [0-9]*T[0-9]*.[0-9]*; do
	(($(du -sm . | cut -f 1) > keep_mib)) && [ "$old" != "$folder" ] || break
	mv "./$old" "./.going.$old"
	rm -rf "./.going.${old:?}"
done

case $role in
correlator)
	exec "$bin/event_correlator" --quiet --record "$folder/recording.bin" --record-size "$part_mib" \
		--record-keep "$part_count" --jsonl "$folder/messages.jsonl" --output-size "$part_mib" \
		--output-keep "$part_count" "$@"
	;;
capture)
	exec "$bin/dpdk_capture" -l 0 -- --write "$folder/frames.pcapng" --write-size "$part_mib" \
		--write-keep "$part_count" "$@"
	;;
*) die "$role: neither correlator nor capture" ;;
esac
