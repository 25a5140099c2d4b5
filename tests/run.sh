#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Installs what is needed, builds every lane and runs it:
#
#   tests/run.sh [--quick] [LANE...]
#
# Lanes: unit sanitizer fuzz system vm (default: all).  --quick leaves out fuzz
# and vm.  The unit lane has the bus's stress tests, with ThreadSanitizer and
# AddressSanitizer, and the check of its model; the sanitizer lane has the client
# against servers that mean ill.  Ends with one line "N passed, N failed, N
# skipped"; exits 0 only if nothing failed.  PROF_FULL=1 in the environment runs every scenario of the
# oracle and the longer tests of the VM as well.
set -u
program=tests/run.sh
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$root/.ci/packages.sh"

all_lanes=(unit sanitizer fuzz system vm)
lanes=()
passed=0 failed=0 skipped=0

usage() { sed -n '/^# Installs/,/^set /{/^set /d; s/^# \{0,1\}//; p}' "${BASH_SOURCE[0]}"; }

for arg in "$@"; do
	case $arg in
	--quick) all_lanes=(unit sanitizer system) ;;
	--help | -h) usage; exit 0 ;;
	unit | sanitizer | fuzz | system | vm) lanes+=("$arg") ;;
	*) echo "$program: $arg: no such lane or option: see --help" >&2; exit 2 ;;
	esac
done
[ ${#lanes[@]} -gt 0 ] || lanes=("${all_lanes[@]}")

wants() { case " ${lanes[*]} " in *" $1 "*) true ;; *) false ;; esac; }

# build FOLDER TARGET CMAKE-ARGUMENT...
build() {
	local folder=$root/$1 target=$2 log
	shift 2
	log=$(mktemp)
	echo "== building ${folder##*/}"
	if cmake -S "$root" -B "$folder" -DPROF_TESTS=ON "$@" >"$log" 2>&1 &&
		cmake --build "$folder" --target "$target" --parallel "$(nproc)" >>"$log" 2>&1; then
		rm -f "$log"
		return 0
	fi
	grep -E -A5 'error|Error|warning' "$log" | head -n 60
	echo "$program: build: ${folder##*/} failed: the whole log is $log" >&2
	failed=$((failed + 1))
	return 1
}

# run FOLDER LABELS JOBS: ctest, its closing lines shown, its verdicts counted.
run() {
	local log total bad skips
	log=$(mktemp)
	echo "== ${1##*/}: $2"
	(cd "$root/$1" && ctest -L "^($2)\$" -j "$3" --output-on-failure --no-tests=error) 2>&1 | tee "$log"
	total=$(sed -n 's/.*tests passed, [0-9]* tests failed out of \([0-9]*\).*/\1/p' "$log")
	bad=$(sed -n 's/.*tests passed, \([0-9]*\) tests failed out of.*/\1/p' "$log")
	skips=$(grep -c '\*\*\*Skipped' "$log")
	# ctest hides what a skipped test said; a skip is never silent here.
	grep -E '^ *[0-9]+/[0-9]+ Test.*Skipped' "$log" | sed -E 's/.*: ([^ ]+) .*/\1/' | while read -r name; do
		(cd "$root/$1" && ctest -R "^$name\$" -V 2>/dev/null) | grep -E 'SKIP' | head -n 1
	done
	if [ -z "$total" ]; then
		failed=$((failed + 1))
	else
		passed=$((passed + total - bad - skips))
		failed=$((failed + bad))
		skipped=$((skipped + skips))
	fi
	rm -f "$log"
}

sections=(build run test)
! wants vm && ! wants system || sections+=(vm)
packages_install "$program" "${sections[@]}" || exit 1

# The VM lane's kernels come while the rest is built; what cannot be had is said by the tests.
prepare_kernels() {
	local kernel
	for kernel in "${PROF_KERNEL:-6.1}" newest; do
		"$root/ebpf/vm/run_in_vm.sh" --prepare --kernel "$kernel"
	done
}
export CMAKE_GENERATOR=${CMAKE_GENERATOR:-Ninja} # of a folder that is there already: what it was made with
! wants vm || prepare_kernels >/dev/null 2>&1 &

if wants unit || wants system || wants vm; then
	build build all -DCMAKE_BUILD_TYPE=Release -DPROF_WERROR=ON &&
		{ ! wants unit || run build "unit|stress|model" "$(nproc)"; }
fi
if wants sanitizer; then
	build build-asan all -DCMAKE_BUILD_TYPE=Debug -DPROF_WERROR=ON -DPROF_SANITIZE=address,undefined &&
		run build-asan "unit|hostile" 2
fi
if wants fuzz; then
	build build-fuzz fuzzers -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_COMPILER=clang -DPROF_FUZZ=ON \
		-DPROF_SANITIZE=address,undefined && run build-fuzz "fuzz" 2
fi
! wants system || run build "system" $((2 * $(nproc))) # they wait more than they work
# An emulated machine keeps a processor and a half busy; four of them need 8 GB.
! wants vm || run build "vm" $(($(nproc) < 4 ? $(nproc) : 4))

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
