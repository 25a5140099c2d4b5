# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Sourced by the tests that run several programs at once: each has a name, and
# what it says is in $parts_dir/NAME.out and $parts_dir/NAME.err.

declare -A pid_of=()

# start NAME COMMAND...  A shell's background job would ignore SIGINT.
start() {
	local name=$1
	shift
	env --default-signal=INT "$@" >"$parts_dir/$name.out" 2>"$parts_dir/$name.err" </dev/null &
	pid_of[$name]=$!
}

is_alive() { kill -0 "${pid_of[$1]}" 2>/dev/null; }

# join_namespaces FAR ADDRESS NEAR ADDRESS: makes both, far0 in one and near0 in the other, joined.
join_namespaces() {
	ip netns add "$1" && ip netns add "$3" &&
		ip link add far0 netns "$1" type veth peer name near0 netns "$3" || trouble "no namespaces"
	ip -n "$1" addr add "$2/24" dev far0
	ip -n "$3" addr add "$4/24" dev near0
	ip -n "$1" link set lo up && ip -n "$1" link set far0 up
	ip -n "$3" link set lo up && ip -n "$3" link set near0 up
}

# Kills what still runs, waits for it, and takes the namespaces away.
end_in_namespaces() { # NAMESPACE...
	local name
	for name in "${!pid_of[@]}"; do
		kill "${pid_of[$name]}" 2>/dev/null
	done
	wait
	for name in "$@"; do ip netns del "$name" 2>/dev/null; done
}

# A run that did not come about.
trouble() {
	local name
	echo "FAIL: ${title:+$title: }$*"
	for name in "${!pid_of[@]}"; do
		tail -n 5 "$parts_dir/$name.err" | sed "s/^/  $name: /"
	done
	exit 1
}

# wait_for NAME.out|NAME.err PATTERN: until the part has said so.
wait_for() {
	local name=${1%.*} tries=900 was_alive=yes
	until grep -qE "$2" "$parts_dir/$1" 2>/dev/null; do
		[ $was_alive ] && [ $((tries -= 1)) -gt 0 ] || trouble "$name: no '$2'"
		is_alive "$name" || was_alive= # once more: it may have said so with its last breath
		sleep 0.1
	done
}

# wait_for_bus NAME: until event_correlator has made it.
wait_for_bus() {
	local tries=100
	until [ -e "/dev/shm$1" ]; do
		[ $((tries -= 1)) -gt 0 ] || trouble "event_correlator made no bus"
		sleep 0.1
	done
}

# stop NAME: SIGINT, and its exit status.
stop() {
	local name=$1 pid=${pid_of[$1]:-} tries=300 status
	[ -n "$pid" ] || return 0
	kill -INT "$pid" 2>/dev/null
	while kill -0 "$pid" 2>/dev/null; do
		[ $((tries -= 1)) -gt 0 ] || { kill -KILL "$pid"; break; }
		sleep 0.1
	done
	wait "$pid" 2>/dev/null
	status=$?
	unset "pid_of[$name]"
	return $status
}

# Whatever still runs, for an exit by any way.
end_parts() {
	local name
	for name in "${!pid_of[@]}"; do stop "$name"; done
}

# counts_of NAME: what that tcpdump has captured, and what its filter has been given.
counts_of() {
	kill -USR1 "${pid_of[$1]}"
	sleep 0.3
	sed -nE '$s/[^0-9]*([0-9]+)[^0-9]*([0-9]+).*/\1 \2/p' "$parts_dir/$1.err"
}

# stop_tcpdump NAME: it asks the kernel once a second, on a busy machine later, and what it has
# not asked for when it is told to stop is lost.  So it has to have taken all that the kernel has for
# it: on lo it is given each frame twice, and before its filter is set some that it never sees;
# therefore it is enough, too, if nothing comes any more for ten times.
stop_tcpdump() {
	local tries=100 same=0 before=none counts
	while :; do
		counts=$(counts_of "$1")
		[ -n "$counts" ] || counts="0 none"
		[ "${counts#* }" != "${counts% *}" ] && [ "${counts#* }" != $((2 * ${counts% *})) ] || break
		[ "$counts" = "$before" ] && same=$((same + 1)) || same=0
		[ $same -lt 10 ] || break
		before=$counts
		[ $((tries -= 1)) -gt 0 ] || trouble "$1: tcpdump does not take what the kernel has for it"
	done
	stop "$1"
}
