#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# run.sh PROFILER OUT RUN...: inside the VM.  A RUN is ATTACH:CAUSE: the embedded profile, with
# a culprit that is known: a delay on the way to the exchange or back from it, a client that is
# held after its pong has arrived.  It comes after a while of calm in the same run, whose pings
# RUN.calm counts: machines differ from one start to the next by as much as it does.
calm_s=15 disturbed_s=15
scale=${PING_SCALE:-1} # of the delays, for a host that is so busy that its own are longer
profiler=$1
out=$2
shift 2
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

namespace() { ip netns list | sed -n "s/^\(wslat\.[0-9]*\.$1\).*/\1/p" | head -n 1; }

disturb() { # CAUSE
	case $1 in
	there)
		# On arrival at the exchange, by a detour: DPDK's net_af_packet sends past the qdiscs of nic0.
		ip netns exec "$(namespace x)" sh -c "modprobe ifb numifbs=0; ip link add ifb0 type ifb && ip link set ifb0 up &&
			tc qdisc add dev srv0 handle ffff: ingress &&
			tc filter add dev srv0 parent ffff: matchall action mirred egress redirect dev ifb0 &&
			tc qdisc add dev ifb0 root netem delay $((5 * scale))ms" || echo "no delay can be set" >&2
		;;
	back) ip netns exec "$(namespace x)" tc qdisc add dev srv0 root netem delay $((5 * scale))ms ;;
	hold)
		ip netns exec "$(namespace x)" tc qdisc add dev srv0 root netem delay $((60 * scale))ms
		;;
	esac
}

for run in "$@"; do
	culprit=
	[ "${run#*:}" != hold ] || { python3 -B "$here/hold.py" "$scale" "$out/$run.go" & culprit=$!; }
	PROF_IN_VM=yes "$profiler" --attach "${run%:*}" --duration $((calm_s + disturbed_s)) --out "$out/$run" \
		>"$out/$run.out" 2>"$out/$run.err" &
	pid=$!
	tries=600
	until grep -q '^\[CORR\]' "$out/$run.out" || ! kill -0 $pid 2>/dev/null || [ $((tries -= 1)) = 0 ]; do sleep 0.1; done
	sleep $calm_s
	grep -c '^\[ping\]' "$out/$run.out" >"$out/$run.calm"
	touch "$out/$run.go"
	disturb "${run#*:}"
	wait $pid
	echo $? >"$out/$run.status"
	[ -z "$culprit" ] || kill "$culprit" 2>/dev/null
	echo "$run: $(cat "$out/$run.status"): $(grep -c '^\[ping\]' "$out/$run.out") pings"
done
exit 0
