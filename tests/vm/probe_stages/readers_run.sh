#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# readers_run.sh BIN READERS OUT ATTACH STEP...: inside the VM.  All layers around readers of
# which is known what they do.  A STEP is WAY:CAUSE: a connection that is read by a way and
# disturbed by a culprit; calm ones stand beside.  What check_readers.py needs goes to OUT.
set -u
bin=$1 readers=$2 out=$3 attach=$4
shift 4
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../../system/parts.sh"
bus=/probe_stages port=9443
far=stages_far near=stages_near
parts_dir=$out title=$attach
status=0
trap 'end_in_namespaces $far $near' EXIT

# Who sends has processor 0, what comes in is taken up on 1, who reads has 2 and a culprit's company.
join_namespaces $far 10.99.0.1 $near 10.99.0.2
ip netns exec $far ethtool -K far0 tso off gso off >/dev/null
ip netns exec $near ethtool -K near0 gro off >/dev/null
ip netns exec $near bash -c 'echo 2 >/sys/class/net/near0/queues/rx-0/rps_cpus'
sysctl -q -w net.core.netdev_max_backlog=20000
ip netns exec $far sh -c "tc qdisc add dev far0 clsact && tc filter add dev far0 egress bpf direct-action \
	object-file '${readers%/*}/undated.bpf.o' section tc" || trouble "what is sent keeps its time"
near_mac=$(ip netns exec $near cat /sys/class/net/near0/address)

disturb() { # CAUSE CLIENT-PID
	case $1 in
	none) echo begun ;;
	hog | stop) exec taskset -c 2 python3 -B "$here/disturb.py" "$1" "$2" ;;
	flood)
		modprobe pktgen || echo "no pktgen" >&2
		export FLOOD_MAC=$near_mac
		exec ip netns exec $far taskset -c 0 python3 -B "$here/disturb.py" flood "$2"
		;;
	hole) ip netns exec $far tc qdisc add dev far0 root netem delay 150ms reorder 75% gap 2 && echo begun ;;
	esac
}

start server ip netns exec $far taskset -c 0 "$readers" serve 10.99.0.1 $port
start tcpdump ip netns exec $near taskset -c 0 tcpdump -i near0 -n -s 100 -B 32768 --time-stamp-precision=nano \
	-w "$out/capture.pcap" "src port $port and tcp"
start event_correlator taskset -c 0,1 "$bin/event_correlator" --quiet --bus $bus --jsonl "$out/messages.jsonl"
wait_for_bus $bus
start dpdk_capture ip netns exec $near taskset -c 0,1 "$bin/dpdk_capture" --no-huge -m 128 -- --iface near0 --bus $bus
start ebpf_loader taskset -c 0,1 "$bin/ebpf_loader" --bus $bus --attach "$attach" --stages
wait_for server.out listening
wait_for tcpdump.err 'listening on'
wait_for dpdk_capture.err 'dpdk_capture: passive:'
wait_for ebpf_loader.err 'stages inside the kernel told'

number=0
for step in "$@"; do
	number=$((number + 1))
	way=${step%:*} cause=${step#*:}
	STAGES_GO=$out/$number.go ip netns exec $near taskset -c 2 "$readers" $bus 10.99.0.1 $port \
		"${STAGES_COUNT:-300}" "${STAGES_GAP_US:-4000}" "$number:$step=$way" >"$out/$number.read" 2>"$out/$number.err" &
	client=$!
	[ "$cause" != flood ] || start sink ip netns exec $near taskset -c 1 python3 -B "$here/disturb.py" sink 0
	[ "$cause" != flood ] || wait_for sink.out begun
	disturb "$cause" $client >"$out/$number.cause" &
	culprit=$!
	tries=300
	until [ -s "$out/$number.cause" ] || [ $((tries -= 1)) = 0 ]; do sleep 0.1; done
	touch "$out/$number.go"
	wait $client || { echo "FAIL: $step: the reader exited $?: $(cat "$out/$number.err")"; status=1; }
	[ "$cause" != flood ] || stop sink >/dev/null
	kill -0 $culprit 2>/dev/null || [[ $cause =~ ^(none|hole)$ ]] || { echo "FAIL: $step: the culprit ended early"; status=1; }
	kill $culprit 2>/dev/null
	wait $culprit 2>/dev/null
	[ "$cause" != hole ] || ip netns exec $far tc qdisc del dev far0 root
done
sleep 1.5 # tcpdump's buffer reaches it once a second
for part in ebpf_loader dpdk_capture event_correlator tcpdump; do
	stop $part || { echo "FAIL: $part exited $?"; status=1; }
done
grep -h '^ebpf_loader: ' "$out/ebpf_loader.err"
sed -n '/=== NIC->Kernel/,/^$/p; /=== Losses/,/^$/p' "$out/event_correlator.out"
exit $status
