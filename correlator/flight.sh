#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A flight recorder: while a run of weeks overwrites its own oldest files, keeps those that hold what
# surrounds a stall, frames, recording, lines and keys.
#
#   flight.sh [OPTION]... OUT FOLDER...
#
# In the folders, or in the newest folder in each that has them (the services'), are frames.pcapng (of
# dpdk_capture --write), recording.bin (--record), messages.jsonl (--jsonl) and keys.log, as they are, or
# in parts .1, .2 and so on (--write-size, --record-size, --output-size: how finely it is cut out).
#
#   --above US    a message whose NIC->User (as far as it was seen: NIC->Kernel where no user layer
#                 tells, Kernel->User where no NIC layer does) is longer is a stall (default 10000)
#   --before S    keep what was written from so many seconds before it on (default 10)
#   --every S     and no other one for so long: a storm keeps its first (default 60)
#   --keep N      of the folders made in OUT, one for each stall (default 20); the oldest go
#   --wait S      how often it looks (default 1)
#
# It copies nothing: the files get a second name in OUT, which has to be on their file system. What
# is still being written goes on in there until its part is full: that is what followed the stall.
set -u
program=flight.sh
say() { echo "$program: $*" >&2; }
die() { say "$@"; exit 1; }
usage_error() { say "$@"; say "usage: $program [--above US] [--before S] [--every S] [--keep N] [--wait S] OUT FOLDER..."; exit 2; }

above_us=10000 before_s=10 every_s=60 keep=20 wait_s=1
while [ $# -gt 0 ]; do
	case $1 in
	--above | --before | --every | --keep | --wait)
		[[ ${2:-} =~ ^[0-9]{1,9}(\.[0-9]{1,3})?$ ]] || usage_error "$1 '${2:-}': not a number"
		[[ $1 = --wait || $2 != *.* ]] || usage_error "$1 $2: not a whole number"
		case $1 in
		--above) above_us=$2 ;; --before) before_s=$2 ;; --every) every_s=$2 ;; --keep) keep=$2 ;; --wait) wait_s=$2 ;;
		esac
		shift 2
		;;
	-*) usage_error "$1: no such option" ;;
	*) break ;;
	esac
done
(($# >= 2)) || usage_error "OUT or FOLDER is missing"
((keep > 0)) || usage_error "--keep 0: nothing would be kept"
out=$1
shift
folders=("$@")
umask 077
mkdir -p -- "$out" || exit 1
for folder in "${folders[@]}"; do
	[ -d "$folder" ] || die "$folder: no such folder"
	[ "$(stat -Lc %d -- "$folder")" = "$(stat -Lc %d -- "$out")" ] ||
		die "$out: is on another file system than $folder: name a folder beside it"
done

# FILE and its parts, oldest first.
parts_of() {
	[ ! -f "$1" ] || echo "$1"
	find "$(dirname "$1")" -maxdepth 1 -name "$(basename "$1").[0-9]*" 2>/dev/null |
		sort -t . -k "$(awk -F. '{ print NF + 1 }' <<<"$1")" -n
}

# latest FILE: which of the folders has it now; of the services', the newest that has.
latest() {
	local top folder found=''
	for top in "${folders[@]}"; do
		for folder in "$top" "$top"/*/; do
			[ -z "$(parts_of "${folder%/}/$1")" ] || found=${folder%/}
		done
		[ -z "$found" ] || { echo "$found/$1"; return; }
	done
}

current='' offset=0 # the file of lines that is read, and how much of it

# New whole lines, from all parts that there are by now.
new_lines() {
	local base part size is_known=''
	base=$(latest messages.jsonl)
	[ -n "$base" ] || return 0
	[[ $current = "$base"* ]] || current=''
	while read -r part; do
		# Older ones have been read, or were there before us and are gone through once.
		[ -z "$current" ] || [ "$part" = "$current" ] || [ -n "$is_known" ] || continue
		is_known=yes
		[ "$part" = "$current" ] || offset=0
		current=$part
		tail -c +$((offset + 1)) -- "$part" 2>/dev/null >"$work/chunk"
		size=$(stat -c %s "$work/chunk")
		if [ "$size" -gt 0 ] && [ "$(tail -c 1 "$work/chunk" | od -An -tx1)" != " 0a" ]; then
			sed -i '$d' "$work/chunk" # a line that is being written waits
			size=$(stat -c %s "$work/chunk")
		fi
		cat "$work/chunk"
		offset=$((offset + size))
	done < <(parts_of "$base")
	# What we were reading has been removed: with the oldest that is left it goes on.
	[ -n "$is_known" ] || current=''
}

# stalls FROM_S: of lines those of stalls that ended from then on, each with when it ended in front (s
# since 1970) and how long it took (ms, rounded up), and for --every S after it no other: a
# storm has thousands a second, which are more than a shell reads.
stalls() {
	awk -v above_ns=$((above_us * 1000)) -v from_s="$1" -v every_s="$every_s" '
	function value(name) {
		return match($0, "\"" name "\":[0-9]+") ? substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 3) : ""
	}
	{
		lasted_ns = value("total_ns")
		if (lasted_ns == "") lasted_ns = value(/"class":"no-user"/ ? "nic_kernel_ns" : "kernel_user_ns")
		wall_ns = value("user_wall_ns")
		if (lasted_ns + 0 <= above_ns || length(wall_ns) < 10) next
		end_s = substr(wall_ns, 1, length(wall_ns) - 9) + 0
		if (end_s < from_s) next
		from_s = end_s + (every_s > 1 ? every_s : 1)
		print end_s, int(lasted_ns / 1000000) + 1, $0
	}'
}

# warn_late PART FROM_S: where its predecessors are gone, it may not go back far enough.
warn_late() {
	local born_s
	born_s=$(stat -c %W -- "$1")
	[[ $1 =~ \.[0-9]+$ ]] && ((born_s > $2)) || return 0
	say "$1: the oldest there is begins $((born_s - $2)) s too late: keep more or larger parts"
}

# keep_stall END_S LASTED_MS LINE: everything that was written from before its beginning on.
keep_stall() {
	local end_s=$1 from_s=$(($1 - $2 / 1000 - 1 - before_s)) folder=$out/.new kept name base part count=0 number oldest=''
	kept=$out/$(date -u -d "@$end_s" +%Y%m%dT%H%M%S)
	[ ! -e "$kept" ] || return 0
	rm -rf -- "$folder" # of one that was killed here
	mkdir -- "$folder" || return 0
	printf '%s\n' "$3" >"$folder/stall.json"
	for name in frames.pcapng recording.bin messages.jsonl keys.log; do
		base=$(latest "$name")
		[ -n "$base" ] || continue
		number=0
		while read -r part; do
			# Keys are written when a connection begins, however long ago.
			[ "$name" = keys.log ] || (($(stat -c %Y -- "$part" 2>/dev/null || echo 0) >= from_s)) || continue
			((number > 0)) || warn_late "$part" "$from_s"
			case $name in # recordings know their number, frames begin with the one that has none
			frames.pcapng) ln -- "$part" "$folder/$name$( ((number == 0)) || echo ".$number")" || continue ;;
			*) ln -- "$part" "$folder/" || continue ;;
			esac
			number=$((number + 1)) count=$((count + 1))
		done < <(parts_of "$base")
	done
	mv -T -- "$folder" "$kept" || return 0
	say "stall of $2 ms until $(date -u -d "@$end_s" +%FT%TZ): kept $count files in $kept"
	for oldest in "$out"/[0-9]*T[0-9]*; do
		(($(find "$out" -mindepth 1 -maxdepth 1 -name '[0-9]*T[0-9]*' | wc -l) > keep)) || break
		rm -rf -- "$oldest"
	done
}

# When the last one that is kept ended: OUT remembers it over restarts.
last_kept_s() {
	local last
	last=$(find "$out" -mindepth 1 -maxdepth 1 -name '[0-9]*T[0-9]*' -printf '%f\n' | sort | tail -n 1)
	[ -z "$last" ] || last=$(date -u -d "${last:0:4}-${last:4:2}-${last:6:2} ${last:9:2}:${last:11:2}:${last:13:2}" +%s)
	echo "${last:-0}"
}

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
is_over=''
trap 'is_over=yes' INT TERM
started_s=$(date +%s)
say "keeps stalls of more than $above_us us in $out"
while :; do
	is_last=$is_over # what was written until then is still looked at
	from_s=$(($(last_kept_s) + every_s))
	((from_s > started_s - before_s)) || from_s=$((started_s - before_s)) # of earlier ones the frames may be gone
	new_lines >"$work/lines"
	stalls "$from_s" <"$work/lines" >"$work/stalls"
	while read -r end_s lasted_ms line; do
		keep_stall "$end_s" "$lasted_ms" "$line"
	done <"$work/stalls"
	[ -z "$is_last" ] || break
	[ -n "$is_over" ] || sleep "$wait_s"
done
