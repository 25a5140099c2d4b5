# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Sourced by run_profiler.sh: the correlator, and what --out keeps.

user_out='' out_owner='' summary_pid=''

# Makes the folder of --out, before anything is begun.
prepare_out() {
	local text
	[ -n "$out" ] || return 0
	out_owner=$(stat -c %u:%g -- "$out" 2>/dev/null) || out_owner=${SUDO_UID:-0}:${SUDO_GID:-0}
	text=$(mkdir -p -- "$out" 2>&1) || die "--out $out: cannot be made: ${text##*: }: name another folder"
	out=$(realpath "$out")
	chown "$out_owner" "$out"
	text=$( { : >"$out/.ws_latency.$$" && rm "$out/.ws_latency.$$"; } 2>&1) ||
		die "--out $out: cannot be written: ${text##*: }: name another folder"
}

# What a run leaves there, and nothing else, is ours to touch.
out_files() { (cd "$out" && ls -d recording.bin* messages.jsonl trips.jsonl latency.*.hgrm report.html summary.txt \
	frames.pcapng* keys.log slow.pcapng 2>/dev/null); }

own_files() { # USER:GROUP
	local file
	out_files | while read -r file; do chown -h "$1" "$out/$file"; done
}

can_write() { "${run_as[@]}" test -w "$1"; }

# Lets the correlator, which runs without rights, write into it.
open_out() {
	local user
	[ -n "$out" ] || return 0
	user_out=$out
	user=$(stat -c %u:%g "$run_dir")
	own_files "$user" # of an earlier run
	! can_write "$out" || return 0
	user_out=$run_dir/out # the same folder, by a path that is open to that user
	mkdir "$user_out" && mount --bind "$out" "$user_out" || exit 1
	can_write "$user_out" || chown "$user" "$out"
}

# The slowest messages' frames, for Wireshark; what went wrong with them does not spoil the run.
annotate_slowest() {
	local user
	[ -f "$out/frames.pcapng" ] || [ -f "$out/frames.pcapng.1" ] || return 0
	user=$(stat -c %u:%g "$run_dir")
	own_files "$user"
	"${run_as[@]}" "$user_bin/event_correlator" --replay "$user_out/recording.bin" --quiet \
		--annotate "$user_out/slow.pcapng" --frames "$user_out/frames.pcapng" \
		--keylog "$user_out/keys.log" --slowest 100 ${unit:+--unit "$unit"} \
		>/dev/null 2>"$run_dir/annotate.err" || say "slow.pcapng: $(tail -n 1 "$run_dir/annotate.err")"
}

# Afterwards the folder is whose it was, and the files belong to whoever called sudo.
close_out() {
	! mountpoint -q "$run_dir/out" || umount "$run_dir/out"
	[ -d "$out" ] || return 0
	chown "$out_owner" "$out"
	own_files "${SUDO_UID:-0}:${SUDO_GID:-0}"
	say "kept in $out${failed:+, but not whole}:" "$(out_files | paste -sd ' ')"
}

start_correlator() {
	local args=(--bus "$bus" ${unit:+--unit "$unit"} ${verbose:+"$verbose"})
	if [ -n "$out" ]; then
		args+=(--record "$user_out/recording.bin" --jsonl "$user_out/messages.jsonl" --trips "$user_out/trips.jsonl"
			--hgrm "$user_out/latency" --report "$user_out/report.html")
		# To the end, although whoever reads us may go.
		exec {report}> >(trap '' INT TERM HUP; exec "${run_as[@]}" tee -p "$user_out/summary.txt")
		summary_pid=$!
		start event_correlator "${run_as[@]}" "$user_bin/event_correlator" "${args[@]}" >&"$report"
		exec {report}>&-
	else
		start event_correlator "${run_as[@]}" "$user_bin/event_correlator" "${args[@]}"
	fi
	wait_until event_correlator 5 "it made no bus" [ -e "/dev/shm$bus" ]
}

stop_correlator() {
	stop_part event_correlator 30
	[ -z "$user_out" ] || annotate_slowest # in a virtual machine that is done in there
	[ -z "$summary_pid" ] || wait "$summary_pid" 2>/dev/null || failed=${failed:-1} # it has said why
}
