#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The loader on this machine's own kernel, where that cannot run it: one line
# that names the lockdown mode if there is one, and nothing left behind.
. "$(dirname "${BASH_SOURCE[0]}")/../system.sh"
require_root
require_tool unshare
scratch=$(mktemp -d)
bus=/loader_refused.$$
trap 'rm -rf "$scratch" "/dev/shm$bus"' EXIT

# The mode, whether securityfs is mounted here or not.
mode=$(unshare -m sh -c '
	cat /sys/kernel/security/lockdown 2>/dev/null ||
		{ mount -t securityfs none /sys/kernel/security && cat /sys/kernel/security/lockdown; }' 2>/dev/null |
	sed -n 's/.*\[\(.*\)\].*/\1/p')

remains() {
	grep -v '^nsfs ' /proc/self/mounts # network namespaces are others', if any
	ls "/dev/shm$bus" 2>&1
	pgrep -f "ebpf_loader.*$bus" # a child that looks up the mode
}

# The numbers of the kernel's BPF programs of these names, whoever loaded them.
programs() {
	bpftool prog list 2>/dev/null |
		sed -nE 's/^([0-9]+): .* name (kprobe_enter|kretprobe_leave|fentry_enter|fexit_leave|thread_exited|socket_moved|bytes_consumed|mptcp_leave) .*/\1/p' | sort
}

# Those that are new since $known and stay.  Another loader on this machine may have some for a
# moment, and the kernel may take away a dead process's a moment after it has ended.
lasting_programs() {
	local left tries=100
	left=$(comm -13 <(echo "$known") <(programs))
	while [ -n "$left" ] && [ $((tries -= 1)) -gt 0 ]; do
		sleep 0.1
		left=$(comm -12 <(echo "$left") <(programs))
	done
	echo "$left"
}

# Where debugfs is mounted the kernel mounts tracefs in it for whoever looks there, as libbpf does.
ls /sys/kernel/debug/tracing >/dev/null 2>&1

before=$(remains)
known=$(programs)
for attach in auto fentry kprobe; do
	"$PROF_BIN/ebpf_loader" --bus "$bus" --attach $attach --duration 1 >"$scratch/out" 2>"$scratch/err"
	status=$?
	[ $status != 0 ] || skip "this kernel lets the probe attach by $attach"
	sed 's/^/  /' "$scratch/err"
	expect "$attach: exits 1" [ $status = 1 ]
	expect "$attach: says so in one line, on stderr" [ "$(wc -l <"$scratch/err") $(wc -c <"$scratch/out")" = "1 0" ]
	expect "$attach: names the kernel, the reason and the remedy" \
		grep -qE "^ebpf_loader: cannot attach to tcp_recvmsg on kernel $(uname -r): .+: .+" "$scratch/err"
	case $mode in
	integrity | confidentiality)
		expect "$attach: names lockdown's mode" grep -q "lockdown: $mode" "$scratch/err"
		;;
	*) expect "$attach: does not blame lockdown" [ "$(grep -c lockdown "$scratch/err")" = 0 ] ;;
	esac
	expect "$attach: nothing is left behind" [ "$(remains)$(lasting_programs)" = "$before" ]
done
finish
