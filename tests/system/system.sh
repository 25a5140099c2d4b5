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

# A shell's background job ignores SIGINT, and so would the script: tests start it
# by `setsid env --default-signal=INT`.
#
# What the run of run_profiler.sh with that pid has left behind, one line each.
# Everything it makes bears its pid; its temporary files go to $TMPDIR.
leftovers_of() {
	ip netns list 2>/dev/null | grep -o "^wslat\.$1\.[a-z]*" | sed 's/^/namespace /'
	ls /dev/shm | grep -E "\.$1\$" | sed 's/^/shm /'
	grep -o "[^ ]*wslat\.$1\.[^ ]*" /proc/mounts | sed 's/^/mount /'
	ip -o link show | grep -oE '(srv0|nic0|dtap0)' | sed 's/^/link /'
	ps -s "$1" -o pid=,args= | sed 's/^/process /'
	pgrep -a -f "ws_latency\.$1( |\$)" | sed 's/^/process /'
	find "$TMPDIR" "/run/ws_latency.$1" -mindepth 1 2>/dev/null | sed 's/^/file /'
}

# number_after FILE "Userspace events:": the number on that line of a summary, 0 if none.
number_after() {
	local value
	value=$(grep -F "$2" "$1" | head -n 1 | sed -E 's/.*: *([0-9]+).*/\1/')
	echo "${value:-0}"
}
