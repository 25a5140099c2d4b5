# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Sourced by run_profiler.sh: the programs of a run, started, waited for and
# stopped.  Each has its standard error in $run_dir/NAME.err.

declare -A pid_of=()

# start NAME COMMAND...: in a session of its own, so that Ctrl-C reaches only
# this script and the parts are stopped in order; dies with the script.  By
# SIGTERM: a shell's background jobs begin with SIGINT ignored.
start() {
	local name=$1
	shift
	setsid setpriv --pdeathsig TERM -- "$@" 2>"$run_dir/$name.err" &
	pid_of[$name]=$!
}

is_alive() { kill -0 "${pid_of[$1]:-0}" 2>/dev/null && [ -n "${pid_of[$1]:-}" ]; }

# wait_until NAME SECONDS WHAT-IT-DID-NOT COMMAND...: until COMMAND is true, or the part is dead.
wait_until() {
	local name=$1 seconds=$2 text=$3 tries=$(($2 * 20))
	shift 3
	until "$@"; do
		[ -z "$is_stopping" ] || exit 0
		is_alive "$name" || part_failed "$name" "it ended while starting"
		[ $((tries -= 1)) -gt 0 ] || part_failed "$name" "$text within $seconds s"
		sleep 0.05
	done
}

# wait_for NAME FILE PATTERN SECONDS: until the part has said so.
wait_for() { wait_until "$1" "$4" "it did not start" grep -q -s -E "$3" "$2"; }

# A part that ends as by wrong usage was given one of our options as it was.
part_failed() {
	[ -z "$is_stopping" ] || exit 0
	failed=1
	if ! is_alive "$1"; then
		wait "${pid_of[$1]:-}" 2>/dev/null
		[ $? != 2 ] || failed=2
	fi
	# Its own words name what, why and the remedy; without any we say what we know.
	[ -s "$run_dir/$1.err" ] && ! is_alive "$1" || say "$1: $2"
	tail -n 8 "$run_dir/$1.err" >&2
	: >"$run_dir/$1.err" # said
	exit "$failed" # cleanup() does the rest
}

stop_part() { # NAME SECONDS
	local name=$1 seconds=$2 pid=${pid_of[$1]:-} tries status
	[ -n "$pid" ] || return 0
	tries=$((seconds * 20))
	kill -TERM "$pid" 2>/dev/null # once: a second one would tell the correlator not to finish
	while kill -0 "$pid" 2>/dev/null; do
		if [ $((tries -= 1)) -le 0 ]; then
			say "$name: does not stop within $seconds s: killed"
			failed=${failed:-1}
			kill -KILL "$pid" 2>/dev/null
			break
		fi
		sleep 0.05
	done
	wait "$pid" 2>/dev/null
	status=$?
	unset "pid_of[$name]"
	case $status in
	0 | 130 | 143) ;; # before it had a handler (143) or a session of its own (130)
	*) [ $tries -le 0 ] || say "$name: ended with status $status"; failed=${failed:-1} ;;
	esac
}

# Until the time is over, somebody interrupts, or a part dies.
supervise() { # SECONDS
	local deadline=$((SECONDS + $1)) part
	while [ -z "$is_stopping" ] && [ "$SECONDS" -lt "$deadline" ]; do
		! client_is_gone || { say "client $client has ended: so does the run"; return; }
		for part in "${!pid_of[@]}"; do
			is_alive "$part" && continue
			wait "${pid_of[$part]}"
			say "$part: ended unexpectedly with status $?: the run stops here"
			failed=1
			unset "pid_of[$part]"
			return
		done
		sleep 0.2
	done
}
