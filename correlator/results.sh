# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Sourced by run_profiler.sh: the correlator, and what --out keeps.

user_out='' out_owner='' summary_pid='' write_args=() key_args=()

# With --flight: so many MiB a file of frames or of a recording, of lines, and so many files of each.
flight_part_mib=4 flight_lines_mib=16 flight_part_count=32

check_flight() {
	[ -n "$flight_s" ] || [ -z "$slow_above_us" ] || usage_error "--slow-above: is for --flight"
	[ -n "$flight_s" ] || return 0
	[[ $flight_s =~ ^[1-9][0-9]{0,5}$ ]] || usage_error "--flight '$flight_s': not a whole number of seconds"
	[[ -z $slow_above_us || $slow_above_us =~ ^[1-9][0-9]{0,8}$ ]] ||
		usage_error "--slow-above '$slow_above_us': not a whole number of microseconds"
	[ -n "$out" ] || usage_error "--flight: needs --out, where it keeps what surrounds stalls"
}

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
out_files() { (cd "$out" && ls -d recording.bin* messages.jsonl* trips.jsonl* latency.*.hgrm report.html summary.txt \
	frames.pcapng* keys.log slow.pcapng stalls 2>/dev/null); }

own_files() { # USER:GROUP
	local file
	out_files | while read -r file; do chown -hR "$1" "$out/$file"; done
}

can_write() { "${run_as[@]}" test -w "$1"; }

# Lets the correlator, which runs without rights, write into it.
open_out() {
	local user
	[ -n "$out" ] || return 0
	user_out=$out
	user=$(stat -c %u:%g "$run_dir")
	own_files "$user" # of an earlier run
	# Parts that it left would be taken for this one's; the stalls that it kept stay.
	[ -z "$flight_s" ] || rm -f -- "$out"/frames.pcapng* "$out"/recording.bin* "$out"/messages.jsonl* "$out"/trips.jsonl*
	! can_write "$out" || return 0
	user_out=$run_dir/out # the same folder, by a path that is open to that user
	mkdir "$user_out" && mount --bind "$out" "$user_out" || exit 1
	can_write "$user_out" || chown "$user" "$out"
}

# The run's TLS secrets, where the correlator may read them: somebody else's client has them elsewhere.
set_key_args() { # USER:GROUP
	local file copy
	key_args=()
	[ ! -f "$out/keys.log" ] || key_args=(--keylog "$user_out/keys.log")
	for file in "${key_files[@]}"; do
		copy=$run_dir/keys.${#key_args[@]}
		[ ! "$file" -ef "$out/keys.log" ] || continue
		install -m 0600 -o "${1%:*}" -g "${1#*:}" -- "$file" "$copy" 2>/dev/null || continue # none yet
		key_args+=(--keylog "$copy")
	done
}

# annotate_folder FOLDER: the slowest messages' frames in there, for Wireshark, and a page that has
# their numbers; what went wrong with them does not spoil the run.
annotate_folder() {
	local folder=$1 recording
	recording=$(ls -v "$out/$folder" | grep '^recording\.bin' | head -n 1) # the oldest part that there is
	[ -n "$recording" ] && compgen -G "$out/$folder/frames.pcapng*" >/dev/null || return 0
	if "${run_as[@]}" "$user_bin/event_correlator" --replay "$user_out/$folder/$recording" --quiet \
		--annotate "$user_out/$folder/slow.pcapng" --frames "$user_out/$folder/frames.pcapng" \
		--slowest 100 --report "$user_out/$folder/report.new" "${key_args[@]}" ${unit:+--unit "$unit"} \
		>/dev/null 2>"$run_dir/annotate.err"; then
		mv -- "$out/$folder/report.new" "$out/$folder/report.html"
	else
		rm -f -- "$out/$folder/report.new"
		say "slow.pcapng: $(tail -n 1 "$run_dir/annotate.err")"
	fi
}

# Once the run is over.  With --flight there is no whole recording, but one of each stall.
annotate_slowest() {
	local folder user
	user=$(stat -c %u:%g "$run_dir")
	own_files "$user"
	set_key_args "$user"
	[ -n "$flight_s" ] || annotate_folder .
	for folder in "$out"/stalls/[0-9]*T[0-9]*; do
		[ -z "$flight_s" ] || [ ! -d "$folder" ] || [ -f "$folder/slow.pcapng" ] ||
			annotate_folder "stalls/${folder##*/}"
	done
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
		# The summary, too, has to stay small: no line for each message.
		[ -z "$flight_s" ] || args+=(--quiet --record-size "$flight_part_mib" --record-keep "$flight_part_count"
			--output-size "$flight_lines_mib" --output-keep "$flight_part_count")
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

# Frames for --out, as arguments of dpdk_capture.
set_write_args() {
	[ -n "$out" ] || return 0
	write_args=(--write "$out/frames.pcapng")
	[ -z "$flight_s" ] || write_args+=(--write-size "$flight_part_mib" --write-keep "$flight_part_count")
}

# It gives files a second name, which only their owner or root may.
start_flight() {
	[ -n "$flight_s" ] || return 0
	start flight "$root/correlator/flight.sh" --before "$flight_s" ${slow_above_us:+--above "$slow_above_us"} \
		"$out/stalls" "$out"
	wait_for flight "$run_dir/flight.err" 'keeps stalls' 10
}

stop_correlator() {
	stop_part event_correlator 30
	stop_part flight 10 # it has read the last line then
	[ -z "$user_out" ] || annotate_slowest # in a virtual machine that is done in there
	[ -z "$summary_pid" ] || wait "$summary_pid" 2>/dev/null || failed=${failed:-1} # it has said why
}
