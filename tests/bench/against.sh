#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# against.sh REV [ROUNDS]: event_correlator of today beside that of REV, which is
# built in a second folder, on the same recordings, in turn; medians of processor
# time (user and system) and their ratios.  What a replay takes without output is
# in all of them: the program as a whole is compared.
# BENCH_EVENTS (4,000,000), BENCH_FOLDER (build/against): where REV is kept.
# PROF_BIN (build-bench/bin): today's, with bench_correlator beside it in ../tests.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
[ $# -ge 1 ] || { echo "against.sh: no revision: give one, as git knows it" >&2; exit 2; }
commit=$(git -C "$root" rev-parse --short "$1^{commit}")
rounds=${2:-7}
events=${BENCH_EVENTS:-4000000}
bin=${PROF_BIN:-$root/build-bench/bin}
other=$("$here/other.sh" "$commit")
work=$(mktemp -d -p /dev/shm)
trap 'rm -rf "$work"' EXIT

# run PROGRAM WHAT RECORDING: processor seconds of one replay.
run() {
	local options
	case $2 in
	jsonl) options="--quiet --jsonl /dev/null" ;;
	csv) options="--quiet --csv /dev/null" ;;
	hgrm) options="--quiet --hgrm $work/h" ;;
	lines) options= ;;
	quiet) options="--quiet" ;;
	esac
	# Words, one an option.
	# shellcheck disable=SC2086
	( TIMEFORMAT='%U %S'
	time "$1" --replay "$3" $options >/dev/null 2>&1 ) 2>&1 | awk '{ print $1 + $2 }'
}
median() { sort -n "$1" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

# compare NAME WHAT CONNECTIONS TARGET
compare() {
	local recording=$work/$3 mine theirs
	[ -e "$recording" ] || "${bin%/bin}/tests/bench_correlator" record "$recording" "$events" "$3"
	: >"$work/mine"
	: >"$work/theirs"
	for _ in $(seq "$rounds"); do
		run "$bin/event_correlator" "$2" "$recording" >>"$work/mine"
		run "$other" "$2" "$recording" >>"$work/theirs"
	done
	mine=$(median "$work/mine")
	theirs=$(median "$work/theirs")
	echo "$1, $3 connections: $commit $theirs s, today $mine s"
	awk -v a="$theirs" -v b="$mine" -v n="$1" -v c="$3" -v t="$4" \
		'BEGIN { printf "RATIO correlator_%s_%s_times %.2f >= %s\n", n, c, a / b, t }'
}
compare jsonl jsonl 4 3
compare csv csv 4 2
compare lines lines 4 2
compare hgrm hgrm 4 2
compare replay quiet 4 1.3
compare replay quiet 1000 1.3
