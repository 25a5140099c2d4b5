#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# run.sh PROFILER OUT RUN...: inside the VM.  A RUN is ATTACH:CAUSE: the embedded profile, with
# a culprit that is known: a delay on the way to the exchange or back from it, a client that is
# held after its pong has arrived.  It comes after a while of calm in the same run, whose pings
# RUN.calm counts, as RUN.disturbed those until the culprit was there: machines differ from one start to the next by as much as it does.
duration_s=75 calm_pings=15
scale=${PING_SCALE:-1} # of the delays, for a host that is so busy that its own are longer
profiler=$1
out=$2
shift 2
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

namespace() { ip netns list | sed -n "s/^\(wslat\.[0-9]*\.$1\).*/\1/p" | head -n 1; }

# What a culprit needs is there in the calm as well: loading it takes seconds in this machine.
prepare() { # CAUSE
	modprobe sch_netem
	[ "$1" = there ] || return 0
	# On arrival at the exchange, by a detour: DPDK's net_af_packet sends past the qdiscs of nic0.
	ip netns exec "$(namespace x)" sh -c "modprobe ifb numifbs=0; ip link add ifb0 type ifb && ip link set ifb0 up &&
		tc qdisc add dev srv0 handle ffff: ingress &&
		tc filter add dev srv0 parent ffff: matchall action mirred egress redirect dev ifb0" || echo "no detour" >&2
}

disturb() { # CAUSE
	local device=srv0 delay_ms=5
	case $1 in
	there) device=ifb0 ;;
	hold) delay_ms=60 ;;
	none) return ;;
	esac
	ip netns exec "$(namespace x)" tc qdisc add dev $device root netem delay $((delay_ms * scale))ms
}

# Beside the exchange: what it takes for its answer itself is no wire.  A tap on srv0 hears a
# packet before its detour and not again after it, one on ifb0 when the delay is over.
listen() { # RUN
	local device
	listeners=()
	for device in srv0 ifb0; do
		ip netns exec "$(namespace x)" ip link show $device >/dev/null 2>&1 || continue
		ip netns exec "$(namespace x)" tcpdump -i $device -n -U -s 100 --time-stamp-precision=nano \
			-w "$out/$1.$device.pcap" tcp 2>"$out/$1.$device.tcpdump" &
		listeners+=($!)
	done
}

ping_count() { grep -c '^\[ping\]' "$out/$run.out"; }

# There is one a second; loading what a culprit needs takes some of them.
wait_for_pings() { # COUNT
	local least=$(($(ping_count) + $1)) tries=300
	until [ "$(ping_count)" -ge $least ] || [ $((tries -= 1)) = 0 ]; do sleep 0.1; done
}

for run in "$@"; do
	culprit=
	[ "${run#*:}" != hold ] || { python3 -B "$here/hold.py" "$scale" "$out/$run.go" & culprit=$!; }
	PROF_IN_VM=yes "$profiler" --attach "${run%:*}" --duration $duration_s --rate 60 --out "$out/$run" \
		>"$out/$run.out" 2>"$out/$run.err" &
	pid=$!
	tries=600
	until grep -q '^\[CORR\]' "$out/$run.out" || ! kill -0 $pid 2>/dev/null || [ $((tries -= 1)) = 0 ]; do sleep 0.1; done
	prepare "${run#*:}"
	listen "$run"
	wait_for_pings $calm_pings
	ping_count >"$out/$run.calm"
	touch "$out/$run.go"
	disturb "${run#*:}"
	ping_count >"$out/$run.disturbed"
	wait $pid
	echo $? >"$out/$run.status"
	kill -TERM "${listeners[@]}" 2>/dev/null
	wait "${listeners[@]}"
	[ -z "$culprit" ] || kill "$culprit" 2>/dev/null
	echo "$run: $(cat "$out/$run.status"): $(grep -c '^\[ping\]' "$out/$run.out") pings"
done
exit 0
