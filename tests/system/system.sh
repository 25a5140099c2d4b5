# SPDX-License-Identifier: BSD-2-Clause
# Sourced by the system and vm tests: what they all say and look at.
set -u
PROF_ROOT=${PROF_ROOT:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}
PROF_BIN=${PROF_BIN:-$PROF_ROOT/build/bin}
failures=0

skip() { echo "SKIP: $*"; exit 77; }
fail() { echo "FAIL: $*"; failures=$((failures + 1)); }
pass() { echo "ok: $*"; }

# expect TEXT COMMAND...: one named check.
expect() {
	local text=$1
	shift
	if "$@"; then pass "$text"; else fail "$text"; fi
}

finish() {
	[ "$failures" = 0 ] && exit 0
	echo "$failures checks failed"
	exit 1
}

require_root() { [ "$(id -u)" = 0 ] || skip "needs root for network namespaces: run with sudo"; }

require_tool() {
	local tool
	for tool in "$@"; do
		command -v "$tool" >/dev/null || [ -x "$tool" ] || skip "$tool is not installed"
	done
}

# What a run may leave behind, one line each; two calls differ if something was left.
leftovers() {
	ip netns list 2>/dev/null | awk '{ print "namespace", $1 }'
	ls /dev/shm | sed 's/^/shm /'
	awk '{ print "mount", $2 }' /proc/mounts
	ip -o link show | awk -F': ' '{ print "link", $2 }'
	ps -e -o comm= | grep -E '^(websocket_clien|ebpf_loader|dpdk_capture|event_correlat|exchange|qemu-system)' | sed 's/^/process /'
}

# number_after FILE "Userspace events:": the number on that line of a summary, 0 if none.
number_after() {
	local value
	value=$(grep -F "$2" "$1" | head -n 1 | sed -E 's/.*: *([0-9]+).*/\1/')
	echo "${value:-0}"
}
