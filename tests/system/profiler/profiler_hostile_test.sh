#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# run_profiler.sh with whatever goes wrong before and around a run: each time one
# line that says what, where and what to do, the right status, nothing left.
. "$(dirname "${BASH_SOURCE[0]}")/../system.sh"
require_root
require_tool ip ethtool unshare setpriv
scratch=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || kill "$pid" 2>/dev/null; umount "$scratch/full" 2>/dev/null; rm -rf "$scratch"' EXIT
export TMPDIR=$scratch/tmp
mkdir -m 0777 "$TMPDIR"
chmod 0711 "$scratch"
profiler=$PROF_ROOT/run_profiler.sh
launch=("$profiler")
stdout=$scratch/out
nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)

begin() { # ARGUMENT...: sets pid
	: >"$scratch/err" # or what the last one said is taken for this one's words
	setsid env --default-signal=INT "${launch[@]}" "$@" >"$stdout" 2>"$scratch/err" </dev/null &
	pid=$!
}

until_said() {
	local tries=300
	until grep -q -s -e "$2" "$scratch/$1"; do
		[ $((tries -= 1)) -gt 0 ] && kill -0 "$pid" 2>/dev/null || { fail "$1 says '$2'"; return 1; }
		sleep 0.1
	done
}

ended() { # TEXT STATUS
	local status left
	wait "$pid"
	status=$?
	expect "$1: exits $2 ($status)" [ $status = "$2" ]
	left=$(leftovers_of "$pid")
	expect "$1: nothing is left behind$left" [ -z "$left" ]
	pid=
}

# refused TEXT STATUS PATTERN ARGUMENT...: and one line that has PATTERN.
refused() {
	local text=$1 status=$2 pattern=$3
	shift 3
	begin "$@"
	ended "$text" "$status"
	expect "$text: one line that says so" [ "$(grep -c -e "$pattern" "$scratch/err")" = 1 ]
	grep -q -e "$pattern" "$scratch/err" || cat "$scratch/err"
}

# ---- The command line -----------------------------------------------------------
while IFS='|' read -r arguments pattern; do
	# shellcheck disable=SC2086 # its words are the arguments
	"$profiler" $arguments >"$scratch/out" 2>"$scratch/err" </dev/null
	status=$?
	expect "'$arguments': wrong usage, one line" \
		[ "$status $(wc -l <"$scratch/err") $(wc -c <"$scratch/out")" = "2 1 0" ]
	expect "'$arguments' says why" grep -q -e "^run_profiler.sh: .*$pattern.*: see --help" "$scratch/err"
done <<'END'
--no-such|--no-such: no such option
--duration|--duration: its value is missing
--duration --host|--duration: its value is missing
--out --check|--out: its value is missing
--duration 0|--duration '0'
--duration 1x|--duration '1x'
--rate -1|--rate '-1'
--kernel 4.9|--kernel '4.9'
--boot preempt=full|--boot: is for the virtual machine
--attach magic|--attach 'magic'
--unit ms|--unit 'ms'
http://x/|'http://x/'
wss://x/ wss://y/|wss://y/: one argument too many
--live wss://x/|--live: a URL is given too
--vm --host|--vm: --host is given too
--vm --live|--vm: runs the embedded exchange only
--iface lo|--iface: needs a URL
--inline 0000:00:03.0|--inline: needs a URL
--inline zz wss://x/|--inline 'zz'
--ipv6 wss://x/|--ipv6: is for the embedded exchange
--proxy https://u:secret@p/ wss://x/|--proxy: begins with neither http:// nor socks5://
--proxy http://p:1|--proxy: needs a URL
END

# ---- What is not there, or not allowed --------------------------------------------
refused "a scenario that is none" 2 '^exchange: bogus: not a scenario' --host --no-ebpf --scenario bogus
refused "an interface that is not there" 1 "^dpdk_capture: interface 'nosuch': there is none" \
	wss://127.0.0.1:1/ --iface nosuch --no-ebpf
refused "nobody listens" 1 '^websocket_client: cannot connect to 127.0.0.1 port 1: ' \
	wss://127.0.0.1:1/ --no-dpdk --no-ebpf
refused "nobody listens: the capture is where the route goes" 1 '^run_profiler.sh: NIC layer: DPDK passive on lo,' \
	wss://127.0.0.1:1/ --no-ebpf
refused "no proxy listens: the capture is where it would" 1 '^run_profiler.sh: NIC layer: DPDK passive on lo,' \
	wss://192.0.2.1:1/ --proxy http://127.0.0.1:9 --no-ebpf
expect "no proxy listens: the client names it" grep -q '^websocket_client: .*proxy' "$scratch/err"
refused "a PCI address where nothing is" 1 '^run_profiler.sh: --inline ffff:00:03.0: there is no such device' \
	wss://127.0.0.1:1/ --inline ffff:00:03.0 --no-ebpf
touch "$scratch/file"
refused "--out is a file" 1 "^run_profiler.sh: --out $scratch/file: cannot be made: " --host --out "$scratch/file"
refused "--out cannot be written" 1 "^run_profiler.sh: --out /sys: cannot be written: " --host --out /sys
if "${nobody[@]}" test -r "$profiler"; then
	"${nobody[@]}" "$profiler" --host >"$scratch/out" 2>"$scratch/err"
	expect "not root: exits 1" [ $? = 1 ]
	expect "not root: one line" [ "$(cat "$scratch/err")" = "run_profiler.sh: rights: needs root: run sudo $profiler" ]
fi

# ---- Where it runs ----------------------------------------------------------------
prefix="$scratch/a prefix"
cmake --install "$(dirname "$PROF_BIN")" --prefix "$prefix" >/dev/null 2>&1
mkdir -m 0755 "$scratch/elsewhere"
cd "$scratch/elsewhere" || exit 1
launch=("$prefix/sbin/run_profiler.sh")
begin --host --no-ebpf --duration 1 --out "what is kept"
ended "installed below a path with a space, from another folder" 0
expect "--out is below that folder" [ -s "what is kept/recording.bin" ]
cd / || exit 1

# A checkout that cannot be written, in a mount namespace of its own.
read_only=(unshare -m sh -c 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && cd / && exec "$0/run_profiler.sh" "$@"')
launch=("${read_only[@]}" "$PROF_ROOT")
begin --host --no-ebpf --duration 1
ended "a checkout that cannot be written" 0
expect "it says that it does not build" grep -q "^run_profiler.sh: build: .* cannot be written: using" "$scratch/err"
tree="$scratch/a tree"
mkdir "$tree" && (cd "$PROF_ROOT" && tar -cf - --exclude=build --exclude='build-*' --exclude=.git .) | tar -xf - -C "$tree"
launch=("${read_only[@]}" "$tree")
begin --host --no-ebpf --duration 1
ended "without programs in it" 1
expect "it says so in one line" [ "$(grep -c "^run_profiler.sh: build: .* cannot be written and holds no programs" "$scratch/err") $(wc -l <"$scratch/err")" = "1 1" ]

# ---- Interrupted, killed, twice, without space --------------------------------------
launch=("$profiler")
begin --host --duration 60
until [ -d "/run/ws_latency.$pid" ]; do sleep 0.01; done # it hears SIGINT from then on
kill -INT "$pid"
ended "SIGINT before anything runs" 1
expect "that is said" grep -q '^run_profiler.sh: interrupted: nothing was profiled' "$scratch/err"
for phase in 'bus: ' 'NIC layer: ' 'kernel layer: \(off$\|attached\)' 'user layer: '; do
	begin --host --duration 60
	until_said err "^run_profiler.sh: $phase" && sleep 0.05
	kill -INT "-$pid"
	ended "Ctrl-C after '$phase'" 0
	expect "Ctrl-C after '$phase': nothing is called wrong" [ "$(grep -cE 'ended|failed|network:|line [0-9]+:' "$scratch/err")" = 0 ]
	[ $failures = 0 ] || cat "$scratch/err"
done

mkdir -m 0700 "$scratch/closed"
begin --host --no-ebpf --duration 60 --out "$scratch/closed/killed" # which is mounted elsewhere
until_said out '^\[CORR\]'
kill -KILL "$pid"
killed=$pid
wait "$pid" 2>/dev/null
for _ in $(seq 100); do pgrep -f "ws_latency\.$killed( |\$)" >/dev/null || break; sleep 0.1; done
expect "kill -9 of the script: the programs end" [ -z "$(pgrep -f "ws_latency\.$killed( |\$)")" ]
begin --host --no-ebpf --duration 2
first=$pid
begin --host --no-ebpf --duration 2 # at once
ended "two at once: the second" 0
pid=$first
ended "two at once: the first" 0
left=$(leftovers_of "$killed")
expect "the next run takes away what a killed one left$left" [ -z "$left" ]

# Somebody's folder, with a file of theirs, and results of an earlier run.
mkdir "$scratch/shared"
touch "$scratch/shared/theirs"
chown 1234:1235 "$scratch/shared" "$scratch/shared/theirs"
for turn in first second; do
	begin --host --no-ebpf --duration 1 --out "$scratch/shared"
	ended "--out in somebody's folder, for the $turn time" 0
done
expect "--out leaves the folder and what is theirs to them" \
	[ "$(stat -c %u:%g "$scratch/shared" "$scratch/shared/theirs" | paste -sd ' ')" = "1234:1235 1234:1235" ]
expect "--out: what is kept belongs to who called" \
	[ "$(stat -c %u "$scratch/shared/recording.bin" "$scratch/shared/summary.txt" | sort -u)" = "${SUDO_UID:-0}" ]
expect "--out: and is whole" sh -c "'$PROF_BIN/event_correlator' --replay '$scratch/shared/recording.bin' |
	cmp - '$scratch/shared/summary.txt'"

mkdir "$scratch/full"
if mount -t tmpfs -o size=200k tmpfs "$scratch/full" 2>/dev/null; then
	begin --host --no-ebpf --rate 2000 --duration 20 --out "$scratch/full"
	ended "--out: a full disk" 1
	expect "--out: a full disk is said" \
		grep -q '^event_correlator: .*/full/.*: No space left on device: ' "$scratch/err"
	expect "--out: and that it is not whole" grep -q "^run_profiler.sh: kept in $scratch/full, but not whole" "$scratch/err"
	umount "$scratch/full"
fi

mkdir "$scratch/late" && ln -s /dev/full "$scratch/late/report.html"
begin --host --no-ebpf --duration 1 --out "$scratch/late"
ended "--out: a report that cannot be written in the end" 1
expect "that is said, with the file" grep -q '^event_correlator: .*/report.html: No space left on device: ' "$scratch/err"
expect "and that it is not whole" grep -q "^run_profiler.sh: kept in $scratch/late, but not whole" "$scratch/err"

mkfifo "$scratch/reader"
head -n 1 "$scratch/reader" >/dev/null &
stdout=$scratch/reader
begin --host --no-ebpf --duration 60 --out "$scratch/kept"
for _ in $(seq 600); do
	[ ! -s "$scratch/kept/messages.jsonl" ] || break
	sleep 0.1
done
sleep 2 # and what goes to nobody is written meanwhile
kill -TERM "$pid" 2>/dev/null # if its client has not ended it: that has nobody to tell its pings
wait "$pid"
left=$(leftovers_of "$pid")
expect "nobody reads: nothing is left behind$left" [ -z "$left" ]
pid=
"$PROF_BIN/event_correlator" --replay "$scratch/kept/recording.bin" >"$scratch/replayed"
expect "nobody reads: --out is whole" cmp "$scratch/replayed" "$scratch/kept/summary.txt"
stdout=$scratch/out

begin --host --no-ebpf --duration 60
until_said out '^\[CORR\]'
ip -n "wslat.$pid.n" link del nic0
ended "the interface goes away" 1
expect "that is said" grep -q '^dpdk_capture: net_af_packet0: its interface is gone: ' "$scratch/err"
finish
