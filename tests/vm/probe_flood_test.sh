#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# As many tcp_recvmsg() as the VM can make for 30 s (PROBE_FLOOD_S), once undisturbed and once
# with the loader stopped in the middle of it, so that some are lost: a probe that is not ours
# counts the calls, and what was published and what was counted as lost must add up to them.
. "$(dirname "${BASH_SOURCE[0]}")/../system/system.sh"
[ -n "${PROF_FULL:-}" ] || skip "left out of the short run: PROF_FULL=1 runs it"
require_root
require_tool qemu-system-x86_64 busybox bpftrace
program=$PROF_BIN/../tests/probe_scenarios
[ -x "$program" ] || skip "probe_scenarios was not built"

guest='
sysctl -q kernel.watchdog=0
status=0
flood() {
	bpftrace -e "kprobe:tcp_recvmsg /comm == \"probe_scenarios\"/ { @calls = count(); }" >count.txt &
	counter=$!
	sleep 8 # until it has attached; too short is seen, not hidden: the sums then differ
	"$0" "$1" $2 registered 4 flood >flood.txt 2>&1 &
	reader=$!
	if [ $3 = stopped ]; then
		sleep 10
		loader=$(pidof ebpf_loader) && kill -STOP $loader && sleep 5 && kill -CONT $loader
	fi
	wait $reader || status=1
	kill -INT $counter
	wait $counter
	cat flood.txt
	calls=$(sed -n "s/^@calls: //p" count.txt)
	read -r read_count lost_count empty_count <<<"$(sed -n \
		"s/^\([0-9]*\) calls = .* + \([0-9]*\) lost; .* \([0-9]*\) empty/\1 \2 \3/p" flood.txt)"
	echo "$2, loader $3: bpftrace counted ${calls:-nothing}, we account for" \
		"$((read_count + empty_count)), $lost_count of them as lost"
	[ "${calls:-0}" = $((read_count + empty_count)) ] || status=1
	[ $3 = running ] || [ "${lost_count:-0}" -gt 0 ] || { echo "nothing was lost"; status=1; }
}
cd "$(mktemp -d)"
for attach in kprobe fentry; do
	flood "$@" $attach running
	flood "$@" $attach stopped
done
exit $status'
"$PROF_ROOT/ebpf/vm/run_in_vm.sh" --kernel "${PROF_KERNEL:-6.1}" --timeout 500 -- env \
	PROBE_FLOOD_S="${PROBE_FLOOD_S:-30}" bash -c "$guest" "$program" "$PROF_BIN/ebpf_loader"
expect "published and lost are what another probe counted" [ $? = 0 ]
finish
