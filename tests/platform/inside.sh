#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# inside.sh REGEX LANE...: inside one of the Debians, with a clean clone in /mnt/src: builds the
# preset dev and runs the lanes' tests whose names match REGEX.  Lines "system", "versions", "build"
# and "lane" are for run.sh to make its closing lines of.
set -u
tests=$1
shift
src=/mnt/src
build=$src/build-dev
status=0

version() { dpkg-query -W -f '${Version}' "$1" 2>/dev/null | sed -E 's/^[0-9]+://; s/[-+~].*//'; }

say_versions() {
	echo "system $(. /etc/os-release && echo "$PRETTY_NAME")"
	echo "versions gcc $(gcc -dumpfullversion), clang $(clang -dumpversion)," \
		"CMake $(version cmake), cmocka $(version libcmocka-dev), libbpf $(version libbpf-dev)," \
		"DPDK $(version libdpdk-dev), OpenSSL $(version libssl-dev), libwebsockets $(version libwebsockets-dev)"
}

build_dev() {
	local log=/mnt/build.log
	(cd "$src" && cmake --preset dev && cmake --build --preset dev --parallel "$(nproc)") >"$log" 2>&1 || {
		# The one thing that is to be refused.
		grep -m 1 -oE 'cmake: OpenSSL: .*' "$log" | sed 's/^/build refused: /' | grep . && return 2
		grep -E -A5 'error|Error' "$log" | head -n 40
		tail -n 5 "$log"
		echo "build failed"
		return 1
	}
	# CMake's own, the linker's and clang's for the BPF object stop no build.
	if grep -iE -A3 'warning' "$log" | head -n 20 | grep .; then
		echo "build with warnings"
		return 1
	fi
	echo "build without warnings"
}

# run_lane NAME LABELS
run_lane() {
	local log=/mnt/$1.log total bad skips
	(cd "$build" && ctest -L "^($2)\$" ${tests:+-R "$tests"} --output-on-failure --no-tests=error) >"$log" 2>&1 || status=1
	cp "$build/Testing/Temporary/LastTest.log" "/mnt/$1.full.log"
	total=$(sed -n 's/.*tests passed, [0-9]* tests failed out of \([0-9]*\).*/\1/p' "$log")
	bad=$(sed -n 's/.*tests passed, \([0-9]*\) tests failed out of.*/\1/p' "$log")
	skips=$(grep -cE '\*\*\*Skipped' "$log")
	grep -E '\*\*\*(Failed|Timeout|Exception)|^(FAIL|[a-z ]+: FAIL)' "$log"
	grep -hE '^SKIP' "/mnt/$1.full.log" | sort | uniq -c
	[ -n "$total" ] || { echo "lane $1 ran nothing"; status=1; return; }
	echo "lane $1 $((total - bad - skips)) $bad $skips"
}

say_versions
build_dev || exit
for lane in "$@"; do
	case $lane in
	unit) run_lane unit 'unit|stress|model' ;;
	*) run_lane "$lane" "$lane" ;;
	esac
done
exit $status
