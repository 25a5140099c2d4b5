#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The project on Debian's other releases, each a clean system of its own, made by debootstrap
# from the mirror that this machine uses itself.
set -u
program=tests/platform/run.sh
. "$(dirname "${BASH_SOURCE[0]}")/system.sh"

usage_text="Usage: tests/platform/run.sh [OPTION]... [SUITE]...

Makes a clean Debian of each SUITE (debian12, debian13, sid, experimental; default: all but
the last, which is sid with experimental's OpenSSL and libwebsockets), copies a clean
clone of the last commit into it, builds the preset dev with that Debian's compilers, and runs
the lanes unit and system. Nothing is installed on this machine. Needs root, debootstrap, some
4 GB of disk for each suite, and half an hour for each.

  --cache DIR   where the systems are kept, to be used again until .ci/packages.txt changes
                (default \$XDG_CACHE_HOME/ws_latency/platform or ~/.cache/ws_latency/platform)
  --lanes LIST  lanes to run, comma-separated, of unit and system (default: both)
  --tests REGEX of those lanes, only the tests whose name matches
  --fresh       make the systems anew, with what Debian has today
  --logs DIR    keep the whole logs there
  --prepare     make the systems, run nothing
  --help        this text

Ends with lines for each suite and \"N passed, N failed, N skipped\"; what a system lacks is said
in a line that begins SKIP. Exit status: 0 if nothing failed, 1 if something did, 2 for a wrong
command line."

usage_error() { echo "$program: $*: see --help" >&2; exit 2; }

suites=() lanes=(unit system) tests='' is_fresh='' is_prepare='' logs=''
while [ $# -gt 0 ]; do
	case $1 in
	--cache | --lanes | --tests | --logs) [ $# -ge 2 ] || usage_error "$1 needs a value" ;;
	esac
	case $1 in
	--help | -h) echo "$usage_text"; exit 0 ;;
	--cache) platform_cache=$2; shift ;;
	--lanes)
		IFS=, read -ra lanes <<<"$2"
		for lane in "${lanes[@]}"; do
			case $lane in unit | system) ;; *) usage_error "--lanes '$lane' is not unit or system" ;; esac
		done
		shift
		;;
	--tests) tests=$2; shift ;;
	--logs) [ -d "$2" ] || usage_error "--logs '$2': no such directory"; logs=$(cd "$2" && pwd -P); shift ;;
	--fresh) is_fresh=yes ;;
	--prepare) is_prepare=yes ;;
	-*) usage_error "'$1': unknown option" ;;
	*) platform_codename "$1" >/dev/null || usage_error "'$1' is no suite"; suites+=("$1") ;;
	esac
	shift
done
[ ${#suites[@]} -gt 0 ] || suites=(debian12 debian13 sid)

platform_require debootstrap unshare pivot_root git
platform_open_cache
scratch=$(mktemp -d "$platform_cache/run.XXXXXX")
cleanup() {
	trap '' INT TERM HUP
	platform_end_processes "$scratch/work"
	wait
	rm -rf --one-file-system "$scratch"
}
trap cleanup EXIT
trap 'exit 130' INT TERM HUP

passed=0 failed=0 skipped=0 closing=()
close() { closing+=("$1: ${*:2}"); }

# lane_words FILE: "unit: 1 passed, 0 failed, 0 skipped; system: ..." of what inside.sh has said.
lane_words() {
	awk '$1 == "lane" && NF == 5 { printf "%s%s: %d passed, %d failed, %d skipped", n++ ? "; " : "", $2, $3, $4, $5 }
		$1 == "lane" && NF != 5 { printf "%s%s: %s", n++ ? "; " : "", $2, "ran nothing" }' "$1"
}

add_up() {
	local lane good bad left rest
	while read -r lane good bad left rest; do
		[ -z "$rest" ] && [ -n "$left" ] || continue
		passed=$((passed + good)) failed=$((failed + bad)) skipped=$((skipped + left))
	done < <(sed -n 's/^lane //p' "$1")
}

run_suite() {
	local suite=$1 said=$scratch/$1.said work=$scratch/work failed_before=$failed status log
	[ -z "$is_fresh" ] || rm -f "$platform_cache/$suite/made"
	if ! platform_make "$suite" "$scratch/$suite.make.log"; then
		close "$suite" "SKIP: $platform_why"
		skipped=$((skipped + 1))
		return
	fi
	[ -z "$is_prepare" ] || { close "$suite" "is in $platform_cache/$suite/tree"; return; }
	mkdir "$work"
	git clone -q "$platform_root" "$work/src" || exit 1
	echo "== $suite"
	platform_enter "$platform_cache/$suite/tree" "$work" ALONE \
		bash /mnt/src/tests/platform/inside.sh "$tests" "${lanes[@]}" </dev/null >"$said" 2>&1
	status=$?
	grep -vE '^(system|versions|lane|build) ' "$said"
	close "$suite" "$(sed -n 's/^system //p' "$said"): $(sed -n 's/^versions //p' "$said")"
	close "$suite" "build $(sed -n 's/^build //p' "$said" | tail -n 1); $(lane_words "$said")"
	add_up "$said"
	case $status in
	0) ;;
	2) skipped=$((skipped + 1)) ;; # two OpenSSLs, and refused: nothing can be built there
	*) [ "$failed" != "$failed_before" ] || failed=$((failed + 1)) ;;
	esac
	[ -z "$logs" ] || for log in "$work"/*.log "$said" "$scratch/$suite".*.log; do
		[ ! -e "$log" ] || cp "$log" "$logs/$suite.${log##*/}"
	done
	rm -rf --one-file-system "$work"
}

git -C "$platform_root" diff --quiet HEAD 2>/dev/null ||
	echo "$program: note: what is not committed is not tested" >&2
for suite in "${suites[@]}"; do
	run_suite "$suite"
done
printf '%s\n' "${closing[@]}"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
