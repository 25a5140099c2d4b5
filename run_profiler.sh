#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Runs the whole profiler: NIC, kernel and user-space layers, joined byte by byte.
# Here are its command line and the order of things.
# See --help, and README.md for what the output means.
set -u
program=run_profiler.sh
root=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
bin=$root/build/bin
# Installed, the tree is only these scripts, and the programs are where programs are.
is_installed=
[ -f "$root/CMakeLists.txt" ] || { is_installed=yes; bin=$(realpath "$root/../../bin"); }

# What it does lies with the programs that it does it with:
. "$root/.ci/packages.sh"              # installing what is missing
. "$root/shm/parts.sh"                 # programs: start, wait for, stop
. "$root/exchange/embedded.sh"         # the embedded exchange and its network
. "$root/dpdk_capture/nic_layer.sh"    # the three ways to capture
. "$root/ebpf_loader/kernel_layer.sh"  # the probes, and whether they can run here
. "$root/ws_client/user_layer.sh"      # the client, and its user
. "$root/ws_client/foreign_client.sh"  # or somebody else's
. "$root/correlator/results.sh"        # the correlator, and --out
. "$root/ebpf/vm/profile_in_vm.sh"     # all of that in a virtual machine

usage() {
	cat <<'END'
usage: run_profiler.sh [URL | --live | --client PID] [options]

Without a URL or a process the embedded exchange is profiled, in network namespaces of its
own; nothing leaves the machine.

  --live               profile Binance USDS-M futures itself
  --client PID         profile this process, a WebSocket client in any language, until
                       it ends; says what it finds of it, and what it will not see
  --keylog FILE        its TLS secrets, as SSLKEYLOGFILE makes them, if its own
                       environment does not name them; may be repeated
  --order-id KEY=KEY   its orders, each with the message that it was for: by JSON
                       keys in the order and in the message whose values are the
                       same, or KEY alone (dpdk_capture --help); implies --sends
                       and --stages
  --duration S         stop after S seconds (default: when interrupted)
  --iface IF           capture passively on IF (default for a URL: the route's)
  --inline PCI         give this adapter to DPDK, and its interface's name,
                       addresses and routes to one through which dpdk_capture
                       hands everything on; all goes back in the end (needs a URL)
  --stamps adapter|kernel
                       of the packets: the adapter's own clock, told to stamp each
                       while we run, or the kernel's (default: the adapter's if it
                       is set so already; see --check; needs a URL or --client)
  --no-dpdk            run without the NIC layer
  --no-ebpf            run without the kernel layer
  --host               stay on this kernel, even if it cannot run the kernel layer
  --vm                 run in a virtual machine with Debian's kernel
  --kernel 5.10|6.1|6.12|7.2|7.3|newest
                       of the virtual machine (default 6.1): one of these series, or
                       what else Debian has; newest: the newest it has
  --boot OPTIONS       of the virtual machine's kernel, as preempt=full
  --attach auto|fentry|kprobe|none
                       how the probes are attached (default auto); none, for a
                       client that is named: only where its keys pass, so that no message
                       costs it anything; lines have no kernel stamps
  --stages             take NIC->Kernel apart: the kernel, the scheduler, the reader
  --sends              tell what the sockets send, too (ebpf_loader --help)
  --order-on STREAM    send test orders for its messages (websocket_client --help)
  --scenario NAME      what the embedded exchange sends (exchange --help)
  --rate N             messages a second of the embedded exchange
  --ipv6               the embedded exchange on an IPv6 address
  --subscribe STREAM   subscribe to it as well; may be repeated
  --proxy URL          connect through this proxy, http:// or socks5:// (needs a URL
                       or --live; see websocket_client --help)
  --header NAME:VALUE  send this header field when connecting; may be repeated
  --header-file FILE   send those in this file, one a line: keys belong there
  --unit us|ns         unit of the [CORR] lines
  --out DIR            keep recording, JSONL, histograms, report, summary and frames
                       there, and the slowest messages for Wireshark (slow.pcapng)
  --flight S           for weeks: of all that keep only the newest part, and in
                       DIR/stalls what surrounds stalls, from S seconds before each
  --slow-above US      what a stall is for --flight: a message that took longer
                       (default 10000)
  --check              list what would distort or prevent a measurement; change nothing
  --verbose            say more
  --help, --version    print this, print the version
END
}

say() { echo "$program: $*" >&2; }
die() { say "$@"; exit 1; }
usage_error() { say "$*: see --help"; exit 2; }

version() {
	if [ -n "$is_installed" ]; then
		"$bin/event_correlator" --version | cut -d ' ' -f 2
	else
		sed -n 's/^project(.*VERSION \([0-9.]*\).*/\1/p' "$root/CMakeLists.txt"
	fi
}

# ---- Command line ----------------------------------------------------------

url='' is_live='' client='' duration='' iface='' inline_pci='' no_dpdk='' no_ebpf='' is_host='' is_vm=''
kernel=6.1 boot='' attach=auto scenario='' rate='' is_ipv6='' proxy='' unit='' out='' is_check='' verbose='' stages='' sends='' order_on='' stamps=''
flight_s='' slow_above_us=''
subscriptions=() key_logs=() order_ids=() headers=() header_file=''
original_args=("$@")

need_value() { [ $# -ge 2 ] && [ -n "$2" ] && [ "${2#--}" = "$2" ] || usage_error "$1: its value is missing"; }

parse_args() {
	while [ $# -gt 0 ]; do
		case $1 in
		--live) is_live=yes ;;
		--client) need_value "$@"; client=$2; shift ;;
		--keylog) need_value "$@"; key_logs+=("$2"); shift ;;
		--order-id) need_value "$@"; order_ids+=("$2"); sends=--sends stages=--stages; shift ;;
		--duration) need_value "$@"; duration=$2; shift ;;
		--iface) need_value "$@"; iface=$2; shift ;;
		--inline) need_value "$@"; inline_pci=$2; shift ;;
		--no-dpdk) no_dpdk=yes ;;
		--no-ebpf) no_ebpf=yes ;;
		--host) is_host=yes ;;
		--vm) is_vm=yes ;;
		--kernel) need_value "$@"; kernel=$2; shift ;;
		--boot) need_value "$@"; boot=$2; shift ;;
		--attach) need_value "$@"; attach=$2; shift ;;
		--stages) stages=--stages ;;
		--sends) sends=--sends ;;
		--order-on) need_value "$@"; order_on=$2; shift ;;
		--stamps) need_value "$@"; stamps=$2; shift ;;
		--scenario) need_value "$@"; scenario=$2; shift ;;
		--rate) need_value "$@"; rate=$2; shift ;;
		--ipv6) is_ipv6=yes ;;
		--subscribe) need_value "$@"; subscriptions+=("$2"); shift ;;
		--proxy) need_value "$@"; proxy=$2; shift ;;
		--header) need_value "$@"; headers+=("$2"); shift ;;
		--header-file) need_value "$@"; header_file=$2; shift ;;
		--unit) need_value "$@"; unit=$2; shift ;;
		--out) need_value "$@"; out=$2; shift ;;
		--flight) need_value "$@"; flight_s=$2; shift ;;
		--slow-above) need_value "$@"; slow_above_us=$2; shift ;;
		--check) is_check=yes ;;
		--verbose | -v) verbose=--verbose ;;
		--help | -h) usage; exit 0 ;;
		--version | -V)
			echo "$program $(version)"
			exit 0 ;;
		-*) usage_error "$1: no such option" ;;
		*) [ -z "$url" ] || usage_error "$1: one argument too many"; url=$1 ;;
		esac
		shift
	done
}

check_args() {
	[[ -z $duration || $duration =~ ^[1-9][0-9]{0,7}$ ]] ||
		usage_error "--duration '$duration': not a whole number of seconds"
	[[ -z $rate || $rate =~ ^[1-9][0-9]{0,6}$ ]] || usage_error "--rate '$rate': not a whole number"
	[[ -z $url || $url =~ ^wss?:// ]] || usage_error "'$url': not a ws:// or wss:// URL"
	"$root/ebpf/vm/is_kernel_series.sh" "$kernel" ||
		usage_error "--kernel '$kernel': not a series of kernels from 5.10 on, as 6.1, or newest"
	case $attach in auto | fentry | kprobe | none) ;; *) usage_error "--attach '$attach': not auto, fentry, kprobe or none" ;; esac
	[ "$attach" != none ] || [ -n "$client" ] || usage_error "--attach none: is for --client; --no-ebpf runs without the kernel layer"
	[ "$attach" != none ] || [ -z "$stages$sends" ] || usage_error "--attach none: --stages or --sends is given too"
	case $stamps in '' | adapter | kernel) ;; *) usage_error "--stamps '$stamps': not adapter or kernel" ;; esac
	[ -z "$stamps" ] || [ -n "$url$is_live$client" ] ||
		usage_error "--stamps: needs a URL, --live or --client; the embedded exchange's link has no clock"
	[ -z "$stamps" ] || [ -z "$no_dpdk" ] || usage_error "--stamps: --no-dpdk is given too"
	case $unit in '' | us | ns) ;; *) usage_error "--unit '$unit': not us or ns" ;; esac
	check_flight
	[ -z "$client" ] || check_client
	[ -n "$client" ] || [ ${#key_logs[@]} = 0 ] || usage_error "--keylog: is for --client"
	check_order_ids
	[ -z "$url" ] || [ -z "$is_live" ] || usage_error "--live: a URL is given too"
	[ -z "$is_host" ] || [ -z "$is_vm" ] || usage_error "--vm: --host is given too"
	if [ -n "$inline_pci" ]; then
		[[ $inline_pci =~ ^([0-9a-fA-F]{4}:)?[0-9a-fA-F]{2}:[0-9a-fA-F]{2}\.[0-7]$ ]] ||
			usage_error "--inline '$inline_pci': not a PCI address such as 0000:00:03.0 (lspci -D lists them)"
		[ -n "$url$is_live" ] ||
			usage_error "--inline: needs a URL or --live; the embedded exchange has its own link"
		[ -z "$iface$no_dpdk" ] || usage_error "--inline: --iface or --no-dpdk is given too"
	fi
	[[ -z $proxy || ${proxy,,} =~ ^(http|socks5h?)://. ]] ||
		usage_error "--proxy: begins with neither http:// nor socks5://" # its URL may hold a password
	[ -z "$proxy" ] || [ -n "$url$is_live" ] ||
		usage_error "--proxy: needs a URL or --live; the embedded exchange has its own link"
	if [ -z "$url$is_live$client" ] && [ -n "$iface" ]; then
		usage_error "--iface: needs a URL, --live or --client; the embedded exchange has its own link"
	fi
	if [ -n "$url$is_live" ] && [ -n "$is_ipv6" ]; then
		usage_error "--ipv6: is for the embedded exchange; a URL says itself what it is"
	fi
	if [ -n "$url$is_live" ] && [ -n "$is_vm" ]; then
		usage_error "--vm: runs the embedded exchange only: the virtual machine has no network"
	fi
	if [ -z "$url$is_live$client" ] && [ -n "$header_file${headers[*]}" ]; then
		usage_error "--header: needs a URL or --live; the embedded exchange asks for no key"
	fi
	[ -z "$boot" ] || [ -n "$is_vm" ] || usage_error "--boot: is for the virtual machine: give --vm too"
	[ -z "$is_live" ] || url="wss://fstream.binance.com/market/stream?streams=$default_stream@aggTrade"
}

# ---- Building ----------------------------------------------------------------

# Runs a command as whoever called sudo, so that no file of the tree becomes root's.
as_invoker() {
	if [ -n "${SUDO_UID:-}" ] && [ "$SUDO_UID" != 0 ] && [ "$(stat -c %u "$root")" = "$SUDO_UID" ]; then
		setpriv --reuid "$SUDO_UID" --regid "$SUDO_GID" --init-groups -- "$@"
	else
		"$@"
	fi
}

# build_step COMMAND...: its words only if it fails.
build_step() {
	local log=$run_dir/build.log kept
	as_invoker "$@" >"$log" 2>&1 && return
	stop_if_interrupted
	grep -E -A5 'error|Error' "$log" | head -n 30 >&2
	kept=$(mktemp) && cp "$log" "$kept"
	die "build: $1 failed: see $kept"
}

build() {
	local lock
	[ -z "${PROF_IN_VM:-}" ] || return 0 # the tree is mounted read-only and was built outside
	packages_install "$program" run || { stop_if_interrupted; exit 1; }
	stop_if_interrupted
	[ -z "$is_installed" ] || return 0
	if ! as_invoker test -w "$root"; then
		[ -x "$bin/event_correlator" ] ||
			die "build: $root: cannot be written and holds no programs yet: build it where it can, or copy it"
		say "build: $root cannot be written: using the programs as they are"
		return
	fi
	packages_install "$program" build || { stop_if_interrupted; exit 1; }
	stop_if_interrupted
	[ -x "$bin/event_correlator" ] || say "building (first run; about half a minute)"
	exec {lock}<"$root" # one at a time: two runs would write the same files
	flock --nonblock "$lock" || { say "build: waiting for another run that builds here"; flock "$lock"; }
	stop_if_interrupted
	# Ninja knows in 0.1 s that nothing is to be done, make in 11 s of processor time.
	[ -f "$root/build/CMakeCache.txt" ] || CMAKE_GENERATOR=${CMAKE_GENERATOR:-Ninja} \
		build_step cmake -S "$root" -B "$root/build" -DCMAKE_BUILD_TYPE=Release -DPROF_TESTS=OFF
	build_step cmake --build "$root/build" --parallel "$(nproc)"
	exec {lock}<&-
	stop_if_interrupted
}

# ---- Running -----------------------------------------------------------------

# Everything a run makes bears its number: namespaces, bus, folder.
run_dir=/run/ws_latency.$$ # not in $TMPDIR, which may be closed to the client's user
bus=/ws_latency.$$
failed='' # or the exit status
is_stopping='' is_embedded='' netns_client_exec='' vm_pid=''

on_signal() {
	is_stopping=yes
	[ -z "$vm_pid" ] || kill -INT "$vm_pid" 2>/dev/null
}

# While nothing has been profiled yet.  Later an interrupted run is a whole one.
stop_if_interrupted() {
	[ -n "$is_stopping" ] || return 0
	say "interrupted: nothing was profiled"
	failed=1
	exit 1
}

# What runs that were killed outright could not take away.
remove_stale_runs() {
	local path pid
	for path in /run/ws_latency.[0-9]*; do
		pid=${path##*.}
		[ -d "$path" ] && { [ "$pid" = $$ ] || ! kill -0 "$pid" 2>/dev/null; } || continue
		! mountpoint -q "$path/out" || umount "$path/out" || continue
		rm -rf "$path" "/dev/shm/ws_latency.$pid" "/dev/shm/ws_latency.$pid.probe"
	done
}

# Producers first, so that the correlator takes all that was underway.
cleanup() {
	local part
	trap '' INT TERM HUP
	is_stopping=yes
	for part in websocket_client exchange ebpf_loader dpdk_capture; do
		stop_part "$part" 10
	done
	pci_give_back || failed=1
	stop_correlator
	for part in websocket_client ebpf_loader dpdk_capture event_correlator flight; do
		[ -s "$run_dir/$part.err" ] && [ -n "$verbose$failed" ] && cat "$run_dir/$part.err" >&2
	done
	netns_down
	rm -f "/dev/shm$bus" "/dev/shm$bus.probe" "$packages_log"
	[ -z "$user_out" ] || close_out
	rm -rf "$run_dir"
	[ -z "$failed" ] || exit "$failed"
}

main() {
	parse_args "$@"
	check_args
	if [ -n "$is_check" ]; then
		exec "$root/ebpf_loader/check_host.sh" "$bin/dpdk_capture"
	fi
	[ "$(id -u)" = 0 ] || die "rights: needs root: run sudo $0"
	remove_stale_runs
	trap on_signal INT TERM HUP # before there is anything that could be left
	mkdir -m 0711 "$run_dir" || die "$run_dir: cannot be made"
	trap cleanup EXIT
	[ -z "$inline_pci" ] || inline_pci=$(pci_check "$inline_pci") || exit 1
	build
	choose_place
	prepare_out
	choose_user
	open_out
	[ -z "$client" ] || find_client
	if [ -z "$url$client" ]; then
		is_embedded=yes
		netns_up "$no_dpdk" || { stop_if_interrupted; exit 1; }
	fi
	stop_if_interrupted
	say "bus: $bus"
	start_correlator
	[ -z "$is_embedded" ] || start_exchange
	start_nic_layer
	start_kernel_layer
	start_flight
	[ -n "$client" ] || start_client
	supervise "${duration:-31536000}"
	exit 0 # and not with the status of whatever Ctrl-C interrupted; cleanup() knows of failures
}

main "$@"
