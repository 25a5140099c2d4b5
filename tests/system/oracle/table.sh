#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The oracle over every kind of traffic, as a table:
#
#   table.sh [--kernel yes|no] [--capture inline|passive] [--netem yes|no]
#            [--seconds S] [--only NAME]... [--out DIR] [--judge yes|no|only]
#
# --judge no only makes the runs, --judge only gives the verdict on those in DIR.
# Exit: 0 all messages of all runs agree, 1 not, 77 nothing could be run.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
with_kernel=no capture=inline with_netem=no seconds=5 only=' ' out='' judge=yes
while (($#)); do
	(($# >= 2)) || { echo "table: $1: its value is missing" >&2; exit 2; }
	case $1 in
	--kernel) with_kernel=$2 ;;
	--capture) capture=$2 ;;
	--netem) with_netem=$2 ;;
	--seconds) seconds=$2 ;;
	--only) only+="$2 " ;;
	--out) out=$2 ;;
	--judge) judge=$2 ;;
	*) echo "table: $1: no such option" >&2; exit 2 ;;
	esac
	shift 2
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
[ -n "$out" ] || out=$work/out

trades="/market/stream?streams=btcusdt@aggTrade/ethusdt@aggTrade"
depth="/public/stream?streams=btcusdt@depth@100ms/ethusdt@depth@100ms/solusdt@depth@100ms"
depth+="/bnbusdt@depth@100ms/xrpusdt@depth@100ms"
sbe="/stream?streams=btcusdt@trade/btcusdt@bestBidAsk/btcusdt@depth/btcusdt@depth20/ethusdt@depth"
ran=0 wrong=0 left_out=0

# once NAME OPTION...: one run, its words in $work/log.
once() {
	local name=$1
	shift
	mkdir -p "$out/$name"
	"$here/run.sh" --kernel "$with_kernel" --capture "$capture" --seconds "$seconds" \
		--judge "$judge" --table "$work/rows" --title "$name" --out "$out/$name" "$@" \
		>"$work/log" 2>&1
}

# run NAME OPTION...
run() {
	local name=$1 status
	shift
	[[ $only == " " || $only == *" $name "* ]] || return 0
	if [ "$judge" = only ]; then
		[ -d "$out/$name" ] || return 0
		{ cat "$out/$name/log" && "$here/judge.sh" "$out/$name" "$work/rows"; } >"$work/log" 2>&1
	else
		once "$name" "$@"
	fi
	status=$?
	# No verdict is none on us; a second one in a row is a fault of something.
	if [ $status = 3 ] && [ "$judge" = yes ]; then
		cat "$work/log"
		echo "$name: once more"
		rm -rf "${out:?}/$name"
		once "$name" "$@"
		status=$?
	fi
	[ "$judge" != no ] || cp "$work/log" "$out/$name/log"
	case $status in
	0) ran=$((ran + 1)) ;;
	77)
		rm -rf "${out:?}/$name"
		left_out=$((left_out + 1))
		cat "$work/log"
		;;
	*)
		ran=$((ran + 1))
		wrong=$((wrong + 1))
		cat "$work/log"
		;;
	esac
}

run steady --scenario steady
run bursts --scenario bursts
run coalesced --scenario coalesced
run depth --scenario depth --url-path "$depth"
run split --scenario split
run fragments --scenario fragments
run mixed --scenario mixed
run rekey --scenario rekey
run two-connections --scenario market --url-path "$trades" --url-path "$depth"
run reconnect --scenario reconnect --seconds $((seconds + 4))
run plain --scenario mixed --plain yes
run ipv6 --scenario mixed --ip 6
run sbe --scenario mixed --venue sbe --url-path "$sbe"
run sbe-plain --scenario bursts --venue sbe --url-path "$sbe" --plain yes
run merged --scenario depth --url-path "$depth" --capture passive --merging yes
run proxy-39 --scenario mixed --proxy 39
run proxy-300 --scenario coalesced --proxy 300
if [ "$with_netem" = yes ]; then
	run loss --scenario mixed --netem "delay 2ms loss 1%"
	run reorder --scenario mixed --netem "delay 5ms reorder 5%"
	run jitter --scenario mixed --netem "delay 3ms 1ms"
	run duplicate --scenario mixed --netem "delay 1ms duplicate 2% loss 1%"
fi

[ "$judge" != no ] || exit $((wrong > 0))
[ "$ran" -gt 0 ] || { echo "SKIP: nothing of the table can be run here"; exit 77; }
echo "| run | messages | connections | segments | early | copies | tcp_seq | first NIC" \
	"| last NIC | segments of each | correlated | cross-check |"
echo "|---|---|---|---|---|---|---|---|---|---|---|---|"
cat "$work/rows"
echo "$ran runs, $wrong with a disagreement, $left_out left out"
[ "$wrong" = 0 ]
