#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Runs the whole profiler: NIC, kernel and user-space layers, joined byte by byte.
# See --help, and README.md for what the output means.
set -u
program=run_profiler.sh
root=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
bin=$root/build/bin
# Installed, the tree is only these scripts, and the programs are where programs are.
is_installed=
[ -f "$root/CMakeLists.txt" ] || { is_installed=yes; bin=$(realpath "$root/../../bin"); }
user_bin=$bin
. "$root/.ci/packages.sh"
. "$root/exchange/netns.sh"
. "$root/dpdk_capture/pci_handover.sh"

default_stream=btcusdt
exchange_port=9443

usage() {
	cat <<'END'
usage: run_profiler.sh [URL | --live] [options]

Without a URL the embedded exchange is profiled, in network namespaces of its
own; nothing leaves the machine.

  --live               profile Binance USDS-M futures itself
  --duration S         stop after S seconds (default: when interrupted)
  --iface IF           capture passively on IF (default for a URL: the route's)
  --inline PCI         give this adapter to DPDK, and its interface's name,
                       addresses and routes to one through which dpdk_capture
                       hands everything on; all goes back in the end (needs a URL)
  --no-dpdk            run without the NIC layer
  --no-ebpf            run without the kernel layer
  --host               stay on this kernel, even if it cannot run the kernel layer
  --vm                 run in a virtual machine with Debian's kernel
  --kernel VERSION     of the virtual machine: 5.10, 6.1 (default) or 6.12
  --attach METHOD      auto (default), fentry or kprobe
  --scenario NAME      what the embedded exchange sends (exchange --help)
  --rate N             messages a second of the embedded exchange
  --ipv6               the embedded exchange on an IPv6 address
  --subscribe STREAM   subscribe to it as well; may be repeated
  --unit us|ns         unit of the [CORR] lines
  --out DIR            keep recording, JSONL, histograms, report and summary there
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

url='' is_live='' duration='' iface='' inline_pci='' no_dpdk='' no_ebpf='' is_host='' is_vm=''
kernel=6.1 attach=auto scenario='' rate='' is_ipv6='' unit='' out='' is_check='' verbose=''
subscriptions=()
original_args=("$@")

need_value() { [ $# -ge 2 ] && [ -n "$2" ] || usage_error "$1: its value is missing"; }

parse_args() {
	while [ $# -gt 0 ]; do
		case $1 in
		--live) is_live=yes ;;
		--duration) need_value "$@"; duration=$2; shift ;;
		--iface) need_value "$@"; iface=$2; shift ;;
		--inline) need_value "$@"; inline_pci=$2; shift ;;
		--no-dpdk) no_dpdk=yes ;;
		--no-ebpf) no_ebpf=yes ;;
		--host) is_host=yes ;;
		--vm) is_vm=yes ;;
		--kernel) need_value "$@"; kernel=$2; shift ;;
		--attach) need_value "$@"; attach=$2; shift ;;
		--scenario) need_value "$@"; scenario=$2; shift ;;
		--rate) need_value "$@"; rate=$2; shift ;;
		--ipv6) is_ipv6=yes ;;
		--subscribe) need_value "$@"; subscriptions+=("$2"); shift ;;
		--unit) need_value "$@"; unit=$2; shift ;;
		--out) need_value "$@"; out=$2; shift ;;
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
	case $kernel in 5.10 | 6.1 | 6.12) ;; *) usage_error "--kernel '$kernel': not 5.10, 6.1 or 6.12" ;; esac
	case $attach in auto | fentry | kprobe) ;; *) usage_error "--attach '$attach': not auto, fentry or kprobe" ;; esac
	case $unit in '' | us | ns) ;; *) usage_error "--unit '$unit': not us or ns" ;; esac
	[ -z "$url" ] || [ -z "$is_live" ] || usage_error "--live: a URL is given too"
	[ -z "$is_host" ] || [ -z "$is_vm" ] || usage_error "--vm: --host is given too"
	if [ -n "$inline_pci" ]; then
		[ -n "$url$is_live" ] ||
			usage_error "--inline: needs a URL or --live; the embedded exchange has its own link"
		[ -z "$iface$no_dpdk" ] || usage_error "--inline: --iface or --no-dpdk is given too"
	fi
	if [ -z "$url$is_live" ] && [ -n "$iface" ]; then
		usage_error "--iface: needs a URL or --live; the embedded exchange has its own link"
	fi
	if [ -n "$url$is_live" ] && [ -n "$is_ipv6" ]; then
		usage_error "--ipv6: is for the embedded exchange; a URL says itself what it is"
	fi
	if [ -n "$url$is_live" ] && [ -n "$is_vm" ]; then
		usage_error "--vm: runs the embedded exchange only: the virtual machine has no network"
	fi
	[ -z "$is_live" ] || url="wss://fstream.binance.com/market/stream?streams=$default_stream@aggTrade"
}

# ---- Installing and building -------------------------------------------------

# Runs a command as whoever called sudo, so that no file of the tree becomes root's.
as_invoker() {
	if [ -n "${SUDO_UID:-}" ] && [ "$SUDO_UID" != 0 ] && [ "$(stat -c %u "$root")" = "$SUDO_UID" ]; then
		setpriv --reuid "$SUDO_UID" --regid "$SUDO_GID" --init-groups -- "$@"
	else
		"$@"
	fi
}

build() {
	local log
	[ -z "${PROF_IN_VM:-}" ] || return 0 # the tree is mounted read-only and was built outside
	packages_install "$program" run || exit 1
	[ -z "$is_installed" ] || return 0
	packages_install "$program" build || exit 1
	log=$(mktemp) && chmod 0666 "$log"
	[ -x "$bin/event_correlator" ] || say "building (first run; about half a minute)"
	if [ ! -f "$root/build/CMakeCache.txt" ]; then
		as_invoker cmake -S "$root" -B "$root/build" -DCMAKE_BUILD_TYPE=Release \
			-DPROF_TESTS=OFF >"$log" 2>&1 || { tail -n 20 "$log" >&2; die "build: cmake failed: see $log"; }
	fi
	as_invoker cmake --build "$root/build" --parallel "$(nproc)" >"$log" 2>&1 ||
		{ grep -E -A5 'error|Error' "$log" | head -n 30 >&2; die "build: failed: see $log"; }
	rm -f "$log"
}

# ---- The kernel layer, here or in a virtual machine --------------------------

# Prints why this kernel cannot run the kernel layer; nothing if it can.  By
# trying, because no version number or configuration tells.
kernel_layer_refusal() {
	local text name=/ws_latency.probe.$$
	if text=$("$bin/ebpf_loader" --bus "$name" --attach "$attach" --port 1 --duration 1 2>&1 >/dev/null); then
		text=
	else
		text=$(grep '^ebpf_loader: ' <<<"$text" | tail -n 1)
		text=${text:-"ebpf_loader: failed without a word"}
	fi
	rm -f "/dev/shm$name"
	echo "$text"
}

run_in_vm() {
	local share=()
	packages_install "$program" vm || exit 1
	say "running in a virtual machine with Debian's kernel $kernel:" \
		"correctness is real, latencies under emulation are not representative"
	if [ -n "$out" ]; then
		mkdir -p "$out" || exit 1
		share=(--rw "$(realpath "$out")")
	fi
	PROF_IN_VM=yes
	export PROF_IN_VM
	cd "$root" || exit 1
	exec "$root/ebpf/vm/run_in_vm.sh" --kernel "$kernel" "${share[@]}" \
		--timeout $((${duration:-86000} + 240)) -- \
		env PROF_IN_VM=yes ${SUDO_UID:+SUDO_UID=$SUDO_UID SUDO_GID=$SUDO_GID} \
		"$root/run_profiler.sh" "${guest_args[@]}"
}

# The same arguments, made absolute and without what only concerns this side.
guest_arguments() {
	guest_args=()
	local skip='' arg
	for arg in "${original_args[@]}"; do
		if [ -n "$skip" ]; then skip=; continue; fi
		case $arg in
		--vm | --host) ;;
		--kernel | --out) skip=yes ;;
		*) guest_args+=("$arg") ;;
		esac
	done
	[ -z "$out" ] || guest_args+=(--out "$(realpath -m "$out")")
}

choose_place() {
	local refusal
	[ -z "${PROF_IN_VM:-}" ] || return 0
	guest_arguments
	[ -z "$is_vm" ] || run_in_vm
	[ -z "$no_ebpf" ] || return 0
	refusal=$(kernel_layer_refusal)
	[ -n "$refusal" ] || return 0
	echo "$refusal" >&2
	if [ -n "$is_host" ] || [ -n "$url" ]; then
		say "kernel layer: off, for the reason above: Kernel->User will be n/a"
		no_ebpf=yes
	else
		run_in_vm
	fi
}

# ---- Running -----------------------------------------------------------------

run_dir='' user_out='' bus="/ws_latency.$$" failed='' is_stopping='' summary_pid=''
declare -A pid_of=()
run_as=()

# The client and the correlator need no rights: they get the invoking user's, or
# nobody's if that is root.  user_bin is where that user can reach them.
choose_user() {
	local uid=${SUDO_UID:-} gid=${SUDO_GID:-}
	if [ -z "$uid" ] || [ "$uid" = 0 ]; then
		uid=$(id -u nobody) gid=$(id -g nobody)
	fi
	run_as=(setpriv --reuid "$uid" --regid "$gid" --clear-groups --no-new-privs
		--pdeathsig INT) # again: a change of user clears it
	if ! "${run_as[@]}" test -x "$bin/websocket_client"; then
		# Below somebody's closed home directory: copies where everybody may look.
		user_bin=$run_dir/bin
		mkdir -m 0755 "$user_bin"
		install -m 0755 "$bin/websocket_client" "$bin/event_correlator" "$user_bin"
		if ! "${run_as[@]}" "$user_bin/websocket_client" --version >/dev/null 2>&1; then
			say "user: uid $uid can run neither $bin nor a copy in $run_dir:" \
				"the client and the correlator run as root"
			user_bin=$bin
			run_as=()
			return
		fi
	fi
	chown "$uid:$gid" "$run_dir"
	[ -n "$out" ] || return 0
	chown "$uid:$gid" "$out"
	user_out=$out
	if ! "${run_as[@]}" test -w "$out"; then
		user_out=$run_dir/out # the same folder, by a path that is open to that user
		mkdir "$user_out" && mount --bind "$out" "$user_out" || exit 1
	fi
}

# start NAME COMMAND...: in a session of its own, so that Ctrl-C reaches only
# this script and the parts are stopped in order; dies with the script.
start() {
	local name=$1
	shift
	setsid setpriv --pdeathsig INT -- "$@" 2>"$run_dir/$name.err" &
	pid_of[$name]=$!
}

is_alive() { kill -0 "${pid_of[$1]:-0}" 2>/dev/null && [ -n "${pid_of[$1]:-}" ]; }

# wait_for NAME FILE PATTERN SECONDS: until the part has said so, or is dead.
wait_for() {
	local tries=$(($4 * 20))
	while ! grep -q -E "$3" "$2" 2>/dev/null; do
		is_alive "$1" || part_failed "$1" "it ended while starting"
		[ $((tries -= 1)) -gt 0 ] || part_failed "$1" "it did not start within $4 s"
		[ -z "$is_stopping" ] || return 1
		sleep 0.05
	done
}

part_failed() {
	say "$1: $2:"
	sed 's/^/    /' "$run_dir/$1.err" | tail -n 8 >&2
	failed=yes
	exit 1 # cleanup() does the rest
}

# ignores_interrupt PID: SIGINT is bit 1 of what it ignores.
ignores_interrupt() {
	local mask
	mask=$(sed -n 's/^SigIgn:[[:space:]]*//p' "/proc/$1/status" 2>/dev/null)
	[ $((0x0${mask: -1} & 2)) != 0 ]
}

stop_part() {
	local name=$1 seconds=$2 pid=${pid_of[$1]:-} tries is_deaf=yes
	[ -n "$pid" ] || return 0
	tries=$((seconds * 20))
	# Again if it could not hear: a part that has only begun ignores it, as a
	# shell's background jobs do, until its own handler is in place.  Once only
	# for the others: a second one would tell the correlator not to finish.
	while kill -0 "$pid" 2>/dev/null; do
		if [ "$is_deaf" = yes ] && [ $((tries % 10)) = 0 ]; then
			ignores_interrupt "$pid" || is_deaf=no
			kill -INT "$pid" 2>/dev/null
		fi
		if [ $((tries -= 1)) -le 0 ]; then
			say "$name: does not stop within $seconds s: killed"
			failed=yes
			kill -KILL "$pid" 2>/dev/null
			break
		fi
		sleep 0.05
	done
	wait "$pid" 2>/dev/null
	unset "pid_of[$name]"
}

cleanup() {
	trap '' INT TERM HUP
	is_stopping=yes
	for part in websocket_client exchange ebpf_loader dpdk_capture; do
		stop_part "$part" 10
	done
	pci_give_back || failed=yes
	stop_part event_correlator 30
	[ -z "$summary_pid" ] || wait "$summary_pid" 2>/dev/null
	for part in websocket_client ebpf_loader dpdk_capture event_correlator; do
		[ -s "$run_dir/$part.err" ] && [ -n "$verbose$failed" ] && cat "$run_dir/$part.err" >&2
	done
	netns_down
	rm -f "/dev/shm$bus"
	! mountpoint -q "$run_dir/out" || umount "$run_dir/out"
	if [ -n "$out" ] && [ -d "$out" ]; then
		chown -R "${SUDO_UID:-0}:${SUDO_GID:-0}" "$out"
		say "kept in $out:" "$(cd "$out" && echo *)"
	fi
	[ -z "$run_dir" ] || rm -rf "$run_dir"
	[ -z "$failed" ] || exit 1
}

start_correlator() {
	local args=(--bus "$bus" ${unit:+--unit "$unit"} ${verbose:+"$verbose"})
	if [ -n "$out" ]; then
		args+=(--record "$user_out/recording.bin" --jsonl "$user_out/messages.jsonl"
			--hgrm "$user_out/latency" --report "$user_out/report.html")
		exec {report}> >(trap '' INT TERM HUP; exec tee "$out/summary.txt")
		summary_pid=$!
		start event_correlator "${run_as[@]}" "$user_bin/event_correlator" "${args[@]}" >&"$report"
		exec {report}>&-
	else
		start event_correlator "${run_as[@]}" "$user_bin/event_correlator" "${args[@]}"
	fi
	local tries=100
	while [ ! -e "/dev/shm$bus" ]; do
		is_alive event_correlator || part_failed event_correlator "it ended while starting"
		[ $((tries -= 1)) -gt 0 ] || part_failed event_correlator "it made no bus within 5 s"
		sleep 0.05
	done
}

start_exchange() {
	local address=$netns_exchange_addr:$exchange_port
	[ -z "$is_ipv6" ] || address=[$netns_exchange_addr6]:$exchange_port
	mkdir -m 0755 "$run_dir/certs"
	start exchange $netns_exchange_exec "$bin/exchange" --listen "$address" \
		--cert-dir "$run_dir/certs" ${scenario:+--scenario "$scenario"} ${rate:+--rate "$rate"} \
		>"$run_dir/exchange.out"
	wait_for exchange "$run_dir/exchange.out" listening 20
	chmod 0755 "$run_dir" # the client, without rights, reads the CA
	url="wss://$address/market/stream?streams=$default_stream@aggTrade"
}

start_capture_inline() {
	[ -e /dev/net/tun ] || modprobe tun 2>/dev/null # if it fails, the capture says what is missing
	start dpdk_capture $netns_nic_exec "$bin/dpdk_capture" -l 0 "--vdev=net_af_packet0,iface=$netns_nic" -- \
		--exception "$netns_tap" --bus "$bus" --port "$exchange_port" $verbose
	wait_for dpdk_capture "$run_dir/dpdk_capture.err" 'dpdk_capture: inline:' 60
	netns_attach_tap || part_failed dpdk_capture "its tap could not be handed to the client"
	say "NIC layer: DPDK inline on $netns_nic, before the client's kernel sees a frame"
}

start_capture_passive() {
	local host
	host=$(sed -E 's#^wss?://##; s#[/?].*##; s#^\[([^]]*)\].*#\1#; t; s#:[0-9]+$##' <<<"$url")
	if [ -z "$iface" ]; then
		host=$(getent ahosts "$host" | awk 'NR == 1 { print $1 }')
		iface=$(ip -o route get "${host:-0.0.0.0}" 2>/dev/null | sed -n 's/.* dev \([^ ]*\).*/\1/p')
		[ -n "$iface" ] || { say "NIC layer: off: no route to the host of $url: name one with --iface"; return; }
	fi
	start dpdk_capture "$bin/dpdk_capture" -l 0 -- --iface "$iface" --bus "$bus" $verbose
	wait_for dpdk_capture "$run_dir/dpdk_capture.err" 'dpdk_capture: passive:' 60
	say "NIC layer: DPDK passive on $iface, which the kernel keeps"
}

# The new interface bears the name of the one that goes away with its adapter.
start_capture_pci() {
	local interface
	pci_take "$inline_pci" || { failed=yes; exit 1; }
	interface=${pci_interface:-$netns_tap}
	start dpdk_capture "$bin/dpdk_capture" -l 0 -a "$inline_pci" -- \
		--exception "$interface" --bus "$bus" $verbose
	wait_for dpdk_capture "$run_dir/dpdk_capture.err" 'dpdk_capture: inline:' 60
	pci_set_up_interface "$interface" || part_failed dpdk_capture "its interface $interface cannot be set up"
	say "NIC layer: DPDK $(sed -n 's/^dpdk_capture: \(inline: [^,]*\).*/\1/p' "$run_dir/dpdk_capture.err" | head -n 1)," \
		"before this kernel sees a frame"
}

start_loader() {
	start ebpf_loader "$bin/ebpf_loader" --bus "$bus" --attach "$attach" $verbose
	wait_for ebpf_loader "$run_dir/ebpf_loader.err" 'ebpf_loader: attached' 60
	say "kernel layer: $(sed -n 's/^ebpf_loader: \(attached.*\)/\1/p' "$run_dir/ebpf_loader.err" | head -n 1)"
}

start_client() {
	local args=(--bus "$bus" ${verbose:+"$verbose"}) stream
	[ -n "$is_embedded" ] && args+=(--ca-file "$run_dir/certs/ca.pem")
	for stream in "${subscriptions[@]}"; do
		args+=(--subscribe "$stream")
	done
	start websocket_client $netns_client_exec "${run_as[@]}" "$user_bin/websocket_client" "$url" "${args[@]}"
	say "user layer: websocket_client to $url"
	wait_for_message 60
}

# The run's duration counts from the first message: a handshake can take long
# under emulation.  A feed that stays silent is no failure.
wait_for_message() {
	local deadline=$((SECONDS + $1))
	while [ -z "$is_stopping" ] && is_alive websocket_client && [ "$SECONDS" -lt "$deadline" ]; do
		"$bin/bus_stat" --bus "$bus" 2>/dev/null |
			awk '$2 == "websocket_client" && $7 > 0 { found = 1 } END { exit !found }' && return
		sleep 0.1
	done
}

# Until the time is over, somebody interrupts, or a part dies.
supervise() {
	local deadline=$((SECONDS + ${duration:-31536000})) part
	while [ -z "$is_stopping" ] && [ "$SECONDS" -lt "$deadline" ]; do
		for part in "${!pid_of[@]}"; do
			is_alive "$part" && continue
			wait "${pid_of[$part]}"
			say "$part: ended unexpectedly with status $?: the run stops here"
			failed=yes
			unset "pid_of[$part]"
			return
		done
		sleep 0.2
	done
}

main() {
	parse_args "$@"
	check_args
	if [ -n "$is_check" ]; then
		exec "$root/ebpf_loader/check_host.sh"
	fi
	[ "$(id -u)" = 0 ] || die "rights: needs root: run sudo $0"
	[ -z "$inline_pci" ] || inline_pci=$(pci_check "$inline_pci") || exit 1
	build
	choose_place
	[ -z "$out" ] || { mkdir -p "$out" && out=$(realpath "$out"); } || exit 1
	# Not in $TMPDIR, which may be closed to the user that the client runs as.
	run_dir=/run/ws_latency.$$
	mkdir -m 0711 "$run_dir" || exit 1
	trap 'is_stopping=yes' INT TERM HUP
	trap cleanup EXIT
	choose_user
	is_embedded=
	netns_client_exec=
	if [ -z "$url" ]; then
		is_embedded=yes
		netns_up "$no_dpdk" || { failed=yes; exit 1; }
	fi
	say "bus: $bus"
	start_correlator
	[ -z "$is_embedded" ] || start_exchange
	if [ -n "$no_dpdk" ]; then
		say "NIC layer: off"
	elif [ -n "$is_embedded" ]; then
		start_capture_inline
	elif [ -n "$inline_pci" ]; then
		start_capture_pci
	else
		start_capture_passive
	fi
	if [ -n "$no_ebpf" ]; then
		say "kernel layer: off"
	else
		start_loader
	fi
	start_client
	supervise
}

main "$@"
