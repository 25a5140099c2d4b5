#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Follows the JSON lines of event_correlator and puts them into ClickHouse, a batch at a time:
# clickhouse-client by itself stores nothing until its input ends.
#
#   fleet_load.sh PATH clickhouse-client [OPTION]...
#
# PATH is a file of --jsonl, with PATH.1, PATH.2 and so on behind it (--output-size), or a folder
# whose subfolders have a messages.jsonl each, as the service makes them.  It keeps no state of
# its own: which message of a run came last, it asks the database.  So it may be killed at any time,
# and started again: nothing that is on disk is lost, and nothing is stored twice.
#
# LOAD_BATCH_MIB: what is sent at once at most (default 8); LOAD_WAIT_S: how often it looks
# (default 1); LOAD_ONCE=1: until there is nothing more, then it ends.
set -u
program=fleet_load.sh
say() { echo "$program: $*" >&2; }
(($# >= 2)) || { echo "usage: $program PATH clickhouse-client [OPTION]..." >&2; exit 2; }
path=$1
shift
client=("$@")
batch_bytes=$((${LOAD_BATCH_MIB:-8} * 1048576)) wait_s=${LOAD_WAIT_S:-1}
table=ws_latency.messages
insert_count=0
[ -e "$path" ] || { say "$path: no such file or folder"; exit 1; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

declare -A offset last_of # bytes of a file that are done with; of a run the last message stored

ask() { "${client[@]}" --query "$1"; }

# first_of FILE FIELD: of its first line
first_of() { head -n 1 "$1" | grep -oE "\"$2\":(\"[^\"]*\"|[0-9]+)" | head -n 1 | sed -E 's/^[^:]*:"?([^"]*)"?$/\1/'; }

# What follows the last message of the run that is stored.  Lines of a run are in the order of seq.
only_new() { # LAST <LINES
	awk -v last="$1" '{
		if (!match($0, /^\{"seq":[0-9]+/)) next
		if (substr($0, 8, RLENGTH - 7) + 0 > last + 0) print
	}'
}

# The file's whole lines from its offset on, in chunk.  False if there is none.
take_chunk() {
	tail -c +$((${offset[$1]:-0} + 1)) -- "$1" 2>/dev/null | head -c "$batch_bytes" >"$work/chunk"
	[ -s "$work/chunk" ] || return 1
	# The line that is being written, or was cut off by the batch's size, waits.
	[ "$(tail -c 1 "$work/chunk" | od -An -tx1)" = " 0a" ] || sed -i '$d' "$work/chunk"
	[ -s "$work/chunk" ]
}

# What a loader that was killed had sent is stored all the same, after its end.
wait_for_inserts() { # RUN
	local count look_count=0
	while count=$(ask "SELECT count() FROM system.processes WHERE query_id LIKE 'fleet_load.$1.%'") || return 1; do
		[ "$count" != 0 ] || return 0
		[ $((look_count += 1)) != 100 ] || say "run $1: an earlier loader's INSERT is still under way: waiting for it"
		sleep 0.1
	done
}

store_chunk() { # FILE
	local run bytes
	run=$(first_of "$work/chunk" run)
	bytes=$(stat -c %s "$work/chunk")
	[[ $run =~ ^[0-9a-f]{16}$ ]] || { say "$1: not JSON lines of event_correlator"; return 1; }
	if [ -z "${last_of[$run]:-}" ]; then
		wait_for_inserts "$run" || return 1
		last_of[$run]=$(ask "SELECT max(seq) FROM $table WHERE run = '$run'") || return 1
		[[ ${last_of[$run]} =~ ^[0-9]+$ ]] || last_of[$run]=0
	fi
	only_new "${last_of[$run]}" <"$work/chunk" >"$work/new"
	if [ -s "$work/new" ]; then
		# One block, which is stored whole or not at all.
		if ! "${client[@]}" --input_format_skip_unknown_fields 1 --max_insert_block_size 1048576 \
			--query_id "fleet_load.$run.$$.$((insert_count += 1))" \
			--query "INSERT INTO $table FORMAT JSONEachRow" <"$work/new"; then
			unset "last_of[$run]" # who knows what became of it: ask again
			return 1
		fi
		last_of[$run]=$(tail -n 1 "$work/new" | grep -oE '^\{"seq":[0-9]+' | tr -cd 0-9)
	fi
	offset[$1]=$((${offset[$1]:-0} + bytes))
}

# FILE and its parts, oldest first.
parts_of() {
	[ ! -f "$1" ] || echo "$1"
	find "$(dirname "$1")" -maxdepth 1 -name "$(basename "$1").[0-9]*" 2>/dev/null | sort -t . -k "$(awk -F. '{ print NF + 1 }' <<<"$1")" -n
}

files() {
	local folder
	if [ -d "$path" ]; then
		for folder in "$path"/*/; do parts_of "${folder%/}/messages.jsonl"; done
	else
		parts_of "$path"
	fi
}

while :; do
	is_idle=yes
	while read -r file; do
		while take_chunk "$file"; do
			is_idle=''
			store_chunk "$file" || { sleep "$wait_s"; [ -z "${LOAD_ONCE:-}" ] || exit 1; break 2; }
		done
	done < <(files)
	[ -z "$is_idle" ] || [ -z "${LOAD_ONCE:-}" ] || exit 0
	[ -z "$is_idle" ] || sleep "$wait_s"
done
