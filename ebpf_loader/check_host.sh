#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# run_profiler.sh --check: what on this host would prevent or distort a
# measurement.  Reads only; changes nothing.  One line a fact:
#
#   ok|warn|stop  what  finding[: what to do]
#
# "stop" prevents a layer, "warn" distorts or limits what it measures.  Always
# exits 0: a finding is an answer, not a failure.
set -u

row() { printf '%-4s  %-20s %s\n' "$1" "$2" "$3"; }

read_first() { head -n 1 "$1" 2>/dev/null; }

check_rights() {
	local caps
	if [ "$(id -u)" = 0 ]; then
		row ok rights "root"
	else
		row stop rights "uid $(id -u): tracing and capturing need root: use sudo"
	fi
	caps=$(sed -n 's/^CapBnd:[[:space:]]*//p' /proc/self/status)
	# bit 38 CAP_PERFMON, 39 CAP_BPF, 13 CAP_NET_RAW (linux/capability.h)
	(((0x$caps >> 38 & 1) && (0x$caps >> 39 & 1) && (0x$caps >> 13 & 1))) ||
		row stop "capability bound" "$caps lacks CAP_BPF, CAP_PERFMON or CAP_NET_RAW: a container took them away"
}

kernel_config() {
	{ zcat /proc/config.gz || cat "/boot/config-$(uname -r)"; } 2>/dev/null | grep -E "^$1=" | cut -d= -f2
}

check_kernel_layer() {
	local lockdown probes
	lockdown=$(sed -n 's/.*\[\(.*\)\].*/\1/p' /sys/kernel/security/lockdown 2>/dev/null)
	case $lockdown in
	none) row ok lockdown "none" ;;
	confidentiality) row stop lockdown "confidentiality: no tracing here: run_profiler.sh uses a VM" ;;
	integrity) row ok lockdown "integrity: tracing with BPF is allowed" ;;
	*) row warn lockdown "unknown: /sys/kernel/security is not mounted" ;;
	esac
	if [ -r /sys/kernel/btf/vmlinux ]; then
		row ok BTF "/sys/kernel/btf/vmlinux"
	else
		row stop BTF "no /sys/kernel/btf/vmlinux: CO-RE needs CONFIG_DEBUG_INFO_BTF=y"
	fi
	case $(read_first /proc/sys/kernel/ftrace_enabled) in
	0) row stop ftrace "kernel.ftrace_enabled is 0: no probe on a function is run: sysctl kernel.ftrace_enabled=1" ;;
	1) row ok ftrace "kernel.ftrace_enabled is 1" ;;
	*) row warn ftrace "/proc/sys/kernel/ftrace_enabled cannot be read: without ftrace there is no fentry" ;;
	esac
	probes=$(kernel_config CONFIG_KPROBES)
	case $probes in
	y) row ok kprobes "CONFIG_KPROBES=y" ;;
	'') row stop kprobes "not in this kernel's configuration (or it cannot be read): fentry may still work" ;;
	esac
}

# What --stages hangs on; without it all else is measured.  $1: the names of this kernel.
check_stages() {
	local symbol missing=
	if ! [ -r "$1" ]; then
		row warn stages "$1 cannot be read: whether --stages works here is not known"
		return
	fi
	for symbol in sock_def_readable __tracepoint_tcp_probe __tracepoint_tcp_rcv_space_adjust \
		__tracepoint_sched_waking __tracepoint_sched_switch; do
		grep -q " $symbol\$" "$1" || missing+="${missing:+, }${symbol#__tracepoint_}"
	done
	if [ -n "$missing" ]; then
		row warn stages "this kernel lacks $missing: --stages (NIC->Kernel taken apart) will not start; all else works"
	elif ! [ -r /sys/kernel/btf/vmlinux ]; then
		row warn stages "no BTF: --stages (NIC->Kernel taken apart) needs it"
	else
		row ok stages "sock_def_readable, tcp_probe, tcp_rcv_space_adjust, sched_waking, sched_switch: --stages can take NIC->Kernel apart"
	fi
}

check_memory() {
	local free
	free=$(awk '/^HugePages_Free/ { print $2 }' /proc/meminfo)
	if [ "${free:-0}" -gt 0 ]; then
		row ok hugepages "$free free"
	else
		row warn hugepages "none free: DPDK runs without (--no-huge); for line rate: sysctl vm.nr_hugepages=256"
	fi
}

check_nic() {
	local nic features
	nic=$(ip -o route show default 2>/dev/null | sed -n 's/.* dev \([^ ]*\).*/\1/p' | head -n 1)
	if [ -z "$nic" ]; then
		row ok "network card" "no default route: only the embedded exchange can be profiled"
		return
	fi
	if ! command -v ethtool >/dev/null; then
		row warn "network card" "$nic: ethtool is not installed: offloads not checked"
		return
	fi
	features=$(ethtool -k "$nic" 2>/dev/null | awk -F: '/^(generic-receive-offload|large-receive-offload|tcp-segmentation-offload|generic-segmentation-offload)/ && $2 ~ /on/ { printf "%s ", $1 }')
	if [ -n "$features" ]; then
		row warn offloads "$nic: ${features% }: passive capture sees merged frames (class gro): ethtool -K $nic gro off lro off"
	else
		row ok offloads "$nic: none that merge frames"
	fi
	ethtool -c "$nic" 2>/dev/null | awk -v nic="$nic" '
		/^rx-usecs:/ && $2 + 0 > 0 { printf "warn  %-20s %s: rx-usecs %s: arrivals are reported up to that late: ethtool -C %s rx-usecs 0\n", "coalescing", nic, $2, nic; seen = 1 }
		END { if (!seen) printf "ok    %-20s %s: none reported\n", "coalescing", nic }'
}

# $1: dpdk_capture, which asks the adapters.
check_adapters() {
	if [ -x "$1" ]; then
		"$1" -- --check-adapters
	else
		row warn "adapter's stamps" "not asked for: dpdk_capture is not built: run_profiler.sh builds it"
	fi
}

check_clock() {
	local source governor
	source=$(read_first /sys/devices/system/clocksource/clocksource0/current_clocksource)
	case $source in
	tsc | kvm-clock) row ok clocksource "$source" ;;
	*) row warn clocksource "${source:-unknown}: reading the clock is slow; tsc is best" ;;
	esac
	governor=$(read_first /sys/devices/system/cpu/cpu0/cpufreq/scaling_governor)
	case $governor in
	performance) row ok "CPU governor" performance ;;
	'') row ok "CPU governor" "not under this kernel's control" ;;
	*) row warn "CPU governor" "$governor: cores clock up and down during the run: cpupower frequency-set -g performance" ;;
	esac
	# adjtimex(2): the kernel says whether a time daemon keeps its clock.
	case $(timedatectl show -p NTPSynchronized --value 2>/dev/null) in
	yes) row ok "clock sync" "synchronised: exchange -> user latencies have the daemon's error" ;;
	no) row warn "clock sync" "not synchronised: exchange -> user latencies mean nothing; the other stages do not need it" ;;
	*) row warn "clock sync" "unknown (no timedatectl): exchange -> user latencies may mean nothing" ;;
	esac
}

check_cpus() {
	local count
	count=$(nproc)
	if [ "$count" -lt 4 ]; then
		row warn cores "$count: capture, exchange, client and correlator share them; stages include waiting for a core"
	else
		row ok cores "$count"
	fi
}

check_rights
check_kernel_layer
check_stages /proc/kallsyms
check_memory
check_nic
check_adapters "${1:-}"
check_clock
check_cpus
exit 0
