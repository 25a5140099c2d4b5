#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# ebpf_loader --keys where there are none to be had: one line that says why, and what would work; no
# file is made.  What is wrong is found before the kernel is asked for anything.
. "$(dirname "${BASH_SOURCE[0]}")/../system.sh"
require_root
scratch=$(mktemp -d)
bus=/loader_keys.$$
sleeper=''
trap '[ -z "$sleeper" ] || kill $sleeper; rm -rf "$scratch" "/dev/shm$bus"' EXIT
keys=$scratch/keys

# refused STATUS PATTERN OPTION...
refused() {
	local status=$1 pattern=$2 got
	shift 2
	"$PROF_BIN/ebpf_loader" --bus "$bus" --duration 1 "$@" >"$scratch/out" 2>"$scratch/err"
	got="$? $(wc -l <"$scratch/err") $(wc -c <"$scratch/out")"
	expect "${*//$scratch\//}: $(sed "s#$scratch/##g" "$scratch/err")" [ "$got" = "$status 1 0" ]
	expect "... which is what is so" grep -qE "^ebpf_loader: .*$pattern" "$scratch/err"
	expect "... and no file is made" [ ! -e "$keys" ]
}

sleep 100 &
sleeper=$!
until [ "$(cat /proc/$sleeper/comm)" = sleep ]; do :; done
printf 'rustls' >"$scratch/rust.app" # no program, but it says what it is
printf '\x7fELF..Go buildinf:..' >"$scratch/go.app"
refused 2 '--keys: it does not say whose: add --pid N, --go PATH or --ssl' --keys "$keys"
refused 2 '--attach none: there is nothing left to do: add --keys' --attach none --pid $sleeper
for other in --all "--port 1" "--ssl $sleeper" --stages --sends --stats; do
	# shellcheck disable=SC2086
	refused 2 '--attach none: reads are not probed' --keys "$keys" --attach none $other
done
refused 1 "--keys of process $sleeper: no file it has mapped so far" --attach none --keys "$keys" --pid $sleeper
refused 2 '--go: there is no --keys' --go /bin/true
refused 1 '--pid 4194304: there is no such process' --keys "$keys" --pid 4194304
refused 1 "--keys of process $sleeper: no file it has mapped so far has EVP_KDF_derive" --keys "$keys" --pid $sleeper
refused 1 '--keys with --go /bin/true: no file' --keys "$keys" --go /bin/true
refused 1 '--keys with --go /nonexistent/app: No such file' --keys "$keys" --go /nonexistent/app
refused 1 'it uses rustls, .*KeyLogFile' --keys "$keys" --go "$scratch/rust.app"
refused 1 "it is a Go program without crypto/tls's writeKeyLog" --keys "$keys" --go "$scratch/go.app"
finish
