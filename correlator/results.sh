# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Sourced by run_profiler.sh: the correlator, and what --out keeps.

user_out='' summary_pid=''

# Makes the folder of --out, before anything is begun.
prepare_out() {
	local text
	[ -n "$out" ] || return 0
	text=$(mkdir -p -- "$out" 2>&1) || die "--out $out: cannot be made: ${text##*: }: name another folder"
	out=$(realpath "$out")
	text=$( { : >"$out/.ws_latency.$$" && rm "$out/.ws_latency.$$"; } 2>&1) ||
		die "--out $out: cannot be written: ${text##*: }: name another folder"
}

# Lets the correlator, which runs without rights, write into it.
open_out() {
	[ -n "$out" ] || return 0
	user_out=$out
	[ ${#run_as[@]} != 0 ] || return 0
	chown --reference "$run_dir" "$out"
	if ! "${run_as[@]}" test -w "$out"; then
		user_out=$run_dir/out # the same folder, by a path that is open to that user
		mkdir "$user_out" && mount --bind "$out" "$user_out" || exit 1
	fi
}

# Afterwards it belongs to whoever called sudo.
close_out() {
	! mountpoint -q "$run_dir/out" || umount "$run_dir/out"
	[ -n "$out" ] && [ -d "$out" ] || return 0
	chown -R "${SUDO_UID:-0}:${SUDO_GID:-0}" "$out"
	say "kept in $out${failed:+, but not whole}:" "$(cd "$out" && echo *)"
}

start_correlator() {
	local args=(--bus "$bus" ${unit:+--unit "$unit"} ${verbose:+"$verbose"})
	if [ -n "$out" ]; then
		args+=(--record "$user_out/recording.bin" --jsonl "$user_out/messages.jsonl"
			--hgrm "$user_out/latency" --report "$user_out/report.html")
		exec {report}> >(trap '' INT TERM HUP; exec tee -p "$out/summary.txt") # whoever reads us may go
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
	[ -z "$summary_pid" ] || wait "$summary_pid" 2>/dev/null || failed=${failed:-1} # it has said why
}
